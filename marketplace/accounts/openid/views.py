"""To the organisation's sign-in and back, and being told that somebody has signed out there."""

from __future__ import annotations

from typing import Any, Final, cast

import sqlalchemy as sa
from flask import Blueprint, current_app, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import open_session
from marketplace.accounts.openid import service
from marketplace.accounts.openid.client import OpenIdClient, OpenIdFailed
from marketplace.config import OpenId
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import LANGUAGES, current_language
from marketplace.permissions import Permission
from marketplace.web.frame import begin_change, notify, now, requires, safe_next, session, settings, work
from marketplace.web.posting import Elsewhere

_JOURNEY: Final = "openid"
_HOLDS: Final = 600
"""Seconds that somebody may take at the provider."""

returning = Blueprint("openid", __name__, url_prefix="/openid")
"""The two addresses that the provider is told, without a language."""


def client() -> tuple[OpenIdClient, OpenId]:
    """The provider's client and its settings. Raises NotFound when no organisation signs in this way."""
    wanted = settings().openid
    if wanted is None:
        raise NotFound()
    kept: tuple[OpenId, OpenIdClient] | None = current_app.extensions.get("openid")
    if kept is None or kept[0] != wanted:
        kept = current_app.extensions["openid"] = (wanted, OpenIdClient(wanted))
    return kept[1], wanted


def organisation_name() -> str | None:
    """The short name of the organisation whose staff sign in by their own provider; None when there is none."""
    wanted = settings().openid
    if wanted is None:
        return None
    found: Any = session().scalar(
        sa.text("SELECT short_name FROM organisations WHERE key = :key").columns(short_name=sa.JSON),
        {"key": wanted.organisation},
    )
    return str(found[current_language()]) if found else wanted.organisation


def goodbye_address() -> str:
    """Where the browser also signs out at the provider; empty when it does not offer that or does not answer."""
    try:
        return client()[0].farewell(f"{settings().public_url}{url_for('pages.start')}")
    except (OpenIdFailed, NotFound):
        return ""


@blueprint.get("/openid")
@requires(Permission.PUBLIC)
def openid() -> ResponseReturnValue:
    """Leave for the organisation's sign-in."""
    try:
        departure = client()[0].depart(_return_address())
    except OpenIdFailed as error:
        return _failed(error, current_language())
    cookie[_JOURNEY] = {
        "state": departure.state,
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "language": current_language(),
        "next": safe_next(request.args.get("next")) or "",
        "until": int(now().timestamp()) + _HOLDS,
    }
    return redirect(departure.address)


@returning.get("/callback")
@requires(Permission.PUBLIC)
def callback() -> ResponseReturnValue:
    """Back from the provider: the code is exchanged, and the person signed in."""
    journey = cast(dict[str, Any], cookie.pop(_JOURNEY, {}))
    language = journey.get("language", LANGUAGES[0])
    if not journey or journey["until"] < now().timestamp() or request.args.get("state") != journey["state"]:
        return _failed(OpenIdFailed("the answer belongs to no question of ours (state)"), language)
    provider, wanted = client()
    try:
        identity = provider.arrive(
            request.args.get("code", ""),
            redirect_uri=_return_address(),
            verifier=journey["verifier"],
            nonce=journey["nonce"],
            now=now(),
        )
    except OpenIdFailed as error:
        return _failed(error, language)
    begin_change()
    try:
        user = service.person_of(work(), identity, issuer=wanted.issuer, organisation=wanted.organisation)
    except NotAllowed as refusal:
        raise Elsewhere(url_for("accounts.sign_in", lang=language), refusal.message, "warning") from refusal
    open_session(user, how="openid", openid_session=identity.session)
    return redirect(journey["next"] or url_for("accounts.landing", lang=language))


@returning.post("/logout")
@requires(Permission.PUBLIC, by_form=False)
def logout() -> ResponseReturnValue:
    """The provider says that somebody has signed out there (back-channel); its signature is the proof."""
    provider, wanted = client()
    try:
        subject, there = provider.signed_out(request.form.get("logout_token", ""), now=now())
    except OpenIdFailed as error:
        current_app.logger.warning("a sign-out from the OpenID Connect provider was refused: %s", error.why)
        return {"error": "invalid_request"}, 400, {"Cache-Control": "no-store"}
    service.sign_out(work(), subject, there, issuer=wanted.issuer)
    return "", 200, {"Cache-Control": "no-store"}


def _return_address() -> str:
    return f"{settings().public_url}{url_for('openid.callback')}"


def _failed(error: OpenIdFailed, language: str) -> ResponseReturnValue:
    current_app.logger.warning("signing in by OpenID Connect failed: %s", error.why)
    notify(error.message, "warning")
    return redirect(url_for("accounts.sign_in", lang=language))
