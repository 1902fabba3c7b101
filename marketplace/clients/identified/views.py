"""To the service of identification and back, being told that somebody has signed out there, and our public keys."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.browser import open_session
from marketplace.accounts.models import User
from marketplace.accounts.openid import journey
from marketplace.accounts.openid.client import Identity, OpenIdClient, OpenIdFailed
from marketplace.accounts.openid.identification import identification
from marketplace.accounts.openid.keys import published
from marketplace.clients.identified import service
from marketplace.config import Identification
from marketplace.errors import Conflict, NotAllowed, NotFound
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.frame import (
    current_actor,
    feature_blueprint,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.posting import Elsewhere, lead_on

_JOURNEY: Final = "identification"

leaving: Final = feature_blueprint("identified", __name__, "/account/identification")
returning: Final = Blueprint("identification", __name__, url_prefix="/identification")
"""The addresses that the service is told, without a language."""


def goodbye_address() -> str:
    """Where a client also signs out at the service; empty when that is not offered, or nobody answers."""
    try:
        return identification()[0].farewell(f"{settings().public_url}{url_for('pages.start')}")
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
    return journey.leave(_JOURNEY, _provider, _return_address(), _failed, join=join)


@returning.get("/callback")
@requires(Permission.PUBLIC)
def callback() -> ResponseReturnValue:
    """Back from there: the code is exchanged, and the person signed in, or known from now on."""
    return journey.come_back(_JOURNEY, _provider, _return_address(), _failed, _arrived)


def _arrived(kept: dict[str, Any], identity: Identity) -> ResponseReturnValue:
    wanted = identification()[1]
    try:
        return _join(kept, identity, wanted) if kept["join"] else _enter(kept, identity, wanted)
    except (NotAllowed, Conflict) as refusal:
        back = "client_area.data" if kept["join"] else "client_codes.sign_in"
        raise Elsewhere(url_for(back, lang=kept["language"]), refusal.message, "warning") from refusal


def _enter(kept: dict[str, Any], identity: Identity, wanted: Identification) -> ResponseReturnValue:
    user = service.person_of(work(), identity, issuer=wanted.issuer)
    open_session(user, how="identification", openid_session=identity.session)
    return redirect(kept["next"] or url_for("accounts.landing", lang=kept["language"]))


def _join(kept: dict[str, Any], identity: Identity, wanted: Identification) -> ResponseReturnValue:
    if not current_user.is_authenticated or current_actor().user_id != kept["join"]:
        raise NotFound()
    user = session().get_one(User, kept["join"])
    service.join(work(), user, identity, issuer=wanted.issuer)
    address = url_for("client_area.data", lang=kept["language"])
    return lead_on(address, _("From now on you can sign in with your identification."))


@returning.post("/logout")
@requires(Permission.PUBLIC, by_form=False, counted=False)
def logout() -> ResponseReturnValue:
    """The service says that somebody has signed out there (back-channel); its signature is the proof."""
    provider, wanted = identification()
    return journey.signed_out_there(provider, issuer=wanted.issuer, name="identification")


@returning.get("/jwks.json")
@requires(Permission.PUBLIC)
def jwks() -> ResponseReturnValue:
    """Our public keys; the service fetches them by this address, so that they can change without a letter."""
    provider, _wanted = identification()
    return published(provider.own_keys), 200, {"Cache-Control": "public, max-age=300"}


def _provider() -> OpenIdClient:
    return identification()[0]


def _return_address() -> str:
    return f"{settings().public_url}{url_for('identification.callback')}"


def _failed(error: OpenIdFailed, language: str) -> ResponseReturnValue:
    current_app.logger.warning("the identification failed: %s", error.why)
    return lead_on(
        url_for("client_codes.sign_in", lang=language),
        _("The identification did not succeed. Try again, or sign in with a code of your letter."),
        "warning",
    )
