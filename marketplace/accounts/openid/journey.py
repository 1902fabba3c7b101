"""The way to a sign-in that somebody else keeps, and back: to an organisation's own, or to identification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, cast

from flask import current_app, g, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.openid import service
from marketplace.accounts.openid.client import Identity, OpenIdClient, OpenIdFailed
from marketplace.allowances import Allowance, give_back, take
from marketplace.i18n import LANGUAGES, current_language
from marketplace.web.addresses import safe_next
from marketplace.web.frame import begin_change, database, now, work
from marketplace.web.visitor import network

REFUSED_SIGN_OUTS: Final = Allowance("refused sign-outs from elsewhere", 30, timedelta(minutes=1))

_HOLDS: Final = 600
"""Seconds that somebody may take there."""

Failed = Callable[[OpenIdFailed, str], ResponseReturnValue]
"""Answers what went wrong, in the language in which the person left."""

Arrived = Callable[[dict[str, Any], Identity], ResponseReturnValue]
"""Goes on with who has come back and with what was kept when they left."""


def leave(
    name: str, provider: Callable[[], OpenIdClient], return_address: str, failed: Failed, **kept: Any
) -> ResponseReturnValue:
    """Leave for the provider; what is needed on the way back is kept in the browser under `name`."""
    try:
        departure = provider().depart(return_address)
    except OpenIdFailed as error:
        return failed(error, current_language())
    cookie[name] = kept | {
        "state": departure.state,
        "nonce": departure.nonce,
        "verifier": departure.verifier,
        "language": current_language(),
        "next": safe_next(request.args.get("next")) or "",
        "until": int(now().timestamp()) + _HOLDS,
    }
    return redirect(departure.address)


def come_back(
    name: str, provider: Callable[[], OpenIdClient], return_address: str, failed: Failed, arrived: Arrived
) -> ResponseReturnValue:
    """Back from the provider: the code is exchanged once, in time and by the browser that left."""
    journey = cast(dict[str, Any], cookie.pop(name, {}))
    language = g.lang = journey.get("language", LANGUAGES[0])
    if not journey or journey["until"] < now().timestamp() or request.args.get("state") != journey["state"]:
        return failed(OpenIdFailed("the answer belongs to no question of ours (state)"), language)
    try:
        identity = provider().arrive(
            request.args.get("code", ""),
            redirect_uri=return_address,
            verifier=journey["verifier"],
            nonce=journey["nonce"],
            now=now(),
        )
    except OpenIdFailed as error:
        return failed(error, language)
    begin_change()
    return arrived(journey, identity)


def signed_out_there(provider: OpenIdClient, *, issuer: str, name: str) -> ResponseReturnValue:
    """The provider says that somebody has signed out there (back-channel); its signature is the proof.

    At the end of a day many sign out, and all of that comes from one address: only what is refused is counted.
    """
    with database().transaction() as counting:
        take(counting, REFUSED_SIGN_OUTS, network(), now=now())
    try:
        subject, there = provider.signed_out(request.form.get("logout_token", ""), now=now())
    except OpenIdFailed as error:
        current_app.logger.warning("a sign-out from the %s was refused: %s", name, error.why)
        return {"error": "invalid_request"}, 400, {"Cache-Control": "no-store"}
    with database().transaction() as counting:
        give_back(counting, REFUSED_SIGN_OUTS, network(), cost=1)
    service.sign_out(work(), subject, there, issuer=issuer)
    return "", 200, {"Cache-Control": "no-store"}
