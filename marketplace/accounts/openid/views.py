"""To the organisation's sign-in and back, and being told that somebody has signed out there."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import begin, open_session
from marketplace.accounts.openid import service
from marketplace.accounts.openid.client import Identity, OpenIdClient, OpenIdFailed
from marketplace.accounts.openid.journey import come_back, leave, signed_out_there
from marketplace.config import OpenId
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import current_language
from marketplace.permissions import Permission
from marketplace.web.frame import notify, requires, session, settings, work
from marketplace.web.posting import Elsewhere

_JOURNEY: Final = "openid"

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
    return leave(_JOURNEY, _provider, _return_address(), _failed)


@returning.get("/callback")
@requires(Permission.PUBLIC)
def callback() -> ResponseReturnValue:
    """Back from the provider: the code is exchanged, and the person signed in."""
    return come_back(_JOURNEY, _provider, _return_address(), _failed, _enter)


def _enter(journey: dict[str, Any], identity: Identity) -> ResponseReturnValue:
    wanted, language = client()[1], journey["language"]
    try:
        user = service.person_of(work(), identity, issuer=wanted.issuer, organisation=wanted.organisation)
    except NotAllowed as refusal:
        raise Elsewhere(url_for("accounts.sign_in", lang=language), refusal.message, "warning") from refusal
    if identity.strong:
        open_session(user, how="openid", openid_session=identity.session)
        return redirect(journey["next"] or url_for("accounts.landing", lang=language))
    return redirect(
        begin(user, onward=journey["next"] or None, how="openid", openid_session=identity.session)
    )


@returning.post("/logout")
@requires(Permission.PUBLIC, by_form=False, counted=False)
def logout() -> ResponseReturnValue:
    """The provider says that somebody has signed out there (back-channel); its signature is the proof."""
    provider, wanted = client()
    return signed_out_there(provider, issuer=wanted.issuer, name="OpenID Connect provider")


def _provider() -> OpenIdClient:
    return client()[0]


def _return_address() -> str:
    return f"{settings().public_url}{url_for('openid.callback')}"


def _failed(error: OpenIdFailed, language: str) -> ResponseReturnValue:
    current_app.logger.warning("signing in by OpenID Connect failed: %s", error.why)
    notify(error.message, "warning")
    return redirect(url_for("accounts.sign_in", lang=language))
