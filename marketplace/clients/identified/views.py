"""To the service of identification and back, being told that somebody has signed out there, and our public keys."""

from __future__ import annotations

from typing import Any, Final, cast

from flask import Blueprint, current_app, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.browser import open_session
from marketplace.accounts.models import User
from marketplace.accounts.openid import service as openid
from marketplace.accounts.openid.client import Departure, Identity, OpenIdClient, OpenIdFailed
from marketplace.accounts.openid.keys import published
from marketplace.clients.identified import service
from marketplace.config import Identification
from marketplace.errors import Conflict, NotAllowed, NotFound
from marketplace.i18n import LANGUAGES, _, current_language
from marketplace.permissions import Permission
from marketplace.web.frame import (
    begin_change,
    current_actor,
    feature_blueprint,
    now,
    requires,
    safe_next,
    session,
    settings,
    work,
)
from marketplace.web.posting import Elsewhere, lead_on

_JOURNEY: Final = "identification"
_HOLDS: Final = 600
"""Seconds that somebody may take there."""

leaving: Final = feature_blueprint("identified", __name__, "/account/identification")
returning: Final = Blueprint("identification", __name__, url_prefix="/identification")
"""The addresses that the service is told, without a language."""


def client() -> tuple[OpenIdClient, Identification]:
    """The service's client and its settings. Raises NotFound where there is none."""
    wanted = settings().identification
    if wanted is None:
        raise NotFound()
    kept: tuple[Identification, OpenIdClient] | None = current_app.extensions.get("identification")
    if kept is None or kept[0] != wanted:
        kept = current_app.extensions["identification"] = (wanted, OpenIdClient(wanted))
    return kept[1], wanted


def goodbye_address() -> str:
    """Where a client also signs out at the service; empty when that is not offered, or nobody answers."""
    try:
        return client()[0].farewell(f"{settings().public_url}{url_for('pages.start')}")
    except (OpenIdFailed, NotFound):
        return ""


@leaving.get("", endpoint="leave")
@requires(Permission.PUBLIC)
def leave() -> ResponseReturnValue:
    """Leave for the identification, to sign in."""
    return _depart(join=0)


@leaving.get("/join", endpoint="join")
@requires(Permission.OWN_MATTERS)
def join() -> ResponseReturnValue:
    """Leave for the identification, to be known by it from now on."""
    return _depart(join=current_actor().user_id or 0)


def _depart(*, join: int) -> ResponseReturnValue:
    try:
        departure: Departure = client()[0].depart(_return_address())
    except OpenIdFailed as error:
        return _failed(error, current_language())
    cookie[_JOURNEY] = {
        "state": departure.state,
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "language": current_language(),
        "next": safe_next(request.args.get("next")) or "",
        "join": join,
        "until": int(now().timestamp()) + _HOLDS,
    }
    return redirect(departure.address)


@returning.get("/callback")
@requires(Permission.PUBLIC)
def callback() -> ResponseReturnValue:
    """Back from there: the code is exchanged, and the person signed in, or known from now on."""
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
        return _join(journey, identity, wanted) if journey["join"] else _enter(journey, identity, wanted)
    except (NotAllowed, Conflict) as refusal:
        back = "client_area.data" if journey["join"] else "client_codes.sign_in"
        raise Elsewhere(url_for(back, lang=language), refusal.message, "warning") from refusal


def _enter(journey: dict[str, Any], identity: Identity, wanted: Identification) -> ResponseReturnValue:
    user = service.person_of(work(), identity, issuer=wanted.issuer)
    open_session(user, how="identification", openid_session=identity.session)
    return redirect(journey["next"] or url_for("accounts.landing", lang=journey["language"]))


def _join(journey: dict[str, Any], identity: Identity, wanted: Identification) -> ResponseReturnValue:
    if not current_user.is_authenticated or current_actor().user_id != journey["join"]:
        raise NotFound()
    user = session().get_one(User, journey["join"])
    service.join(work(), user, identity, issuer=wanted.issuer)
    address = url_for("client_area.data", lang=journey["language"])
    return lead_on(address, _("From now on you can sign in with your identification."))


@returning.post("/logout")
@requires(Permission.PUBLIC, by_form=False)
def logout() -> ResponseReturnValue:
    """The service says that somebody has signed out there (back-channel); its signature is the proof."""
    provider, wanted = client()
    try:
        subject, there = provider.signed_out(request.form.get("logout_token", ""), now=now())
    except OpenIdFailed as error:
        current_app.logger.warning("a sign-out from the identification was refused: %s", error.why)
        return {"error": "invalid_request"}, 400, {"Cache-Control": "no-store"}
    openid.sign_out(work(), subject, there, issuer=wanted.issuer)
    return "", 200, {"Cache-Control": "no-store"}


@returning.get("/jwks.json")
@requires(Permission.PUBLIC)
def jwks() -> ResponseReturnValue:
    """Our public keys; the service fetches them by this address, so that they can change without a letter."""
    provider, _wanted = client()
    return published(provider.own_keys), 200, {"Cache-Control": "public, max-age=300"}


def _return_address() -> str:
    return f"{settings().public_url}{url_for('identification.callback')}"


def _failed(error: OpenIdFailed, language: str) -> ResponseReturnValue:
    current_app.logger.warning("the identification failed: %s", error.why)
    return lead_on(
        url_for("client_codes.sign_in", lang=language),
        _("The identification did not succeed. Try again, or sign in with a code of your letter."),
        "warning",
    )
