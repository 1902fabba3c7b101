"""Calls of Stripe: signed, kept once, handled by the worker."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from marketplace.payments.rails.stripe import events
from marketplace.payments.rails.stripe.gateway import Forged, read_notice
from marketplace.permissions import Permission
from marketplace.web.frame import now, requires, session, settings

blueprint = Blueprint("stripe_calls", __name__, url_prefix="/api/v1/stripe")

MOST_BYTES: Final = 256 * 1024
"""Far more than any event of Stripe."""


@blueprint.post("/webhook")
@requires(Permission.PUBLIC, by_form=False, counted=False)
def webhook() -> ResponseReturnValue:
    """Take a call. Answers 200 for one that is kept, now or before, 400 for one that does not come from Stripe.

    Calls are not counted like forms: Stripe sends all of a month's from a few addresses, and each is signed.
    """
    secret = settings().stripe_webhook_secret
    if not secret:
        abort(404)
    if (request.content_length or 0) > MOST_BYTES:
        abort(413)
    try:
        notice = read_notice(request.get_data(), request.headers.get("Stripe-Signature", ""), secret, now())
    except Forged:
        abort(400)
    events.keep(session(), notice, now())
    return "", 200
