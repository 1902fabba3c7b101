"""How often one address may send forms without having signed in, and how long they may be.

Registering, asking for access and asking for a new password write mail to people; a machine that sends such forms by
the hundred is stopped before it reaches them. The count is kept in the memory of each process, so that with W web
processes an address can reach W times the limit; guessing passwords has a limit of its own, in the database.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, current_app, request
from flask_login import current_user
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from marketplace.web.frame import SAFE_METHODS

ANONYMOUS_FORMS: Final = "30 per minute; 300 per hour"

ANONYMOUS_BYTES: Final = 256 * 1024
"""Of one form; a long application that was written before the session ended is a fifth of it."""

_RATES: Final = parse_many(ANONYMOUS_FORMS)


def init_app(app: Flask) -> None:
    """Count the forms that come to `app`; one too many gets the page of 429."""
    app.extensions["form_limiter"] = new_limiter()
    app.before_request(_measure_form)
    app.before_request(_count_form)


def new_limiter() -> MovingWindowRateLimiter:
    """A count of nothing yet, over a moving window of time."""
    return MovingWindowRateLimiter(MemoryStorage())


def _measure_form() -> None:
    """Refuse a form that is longer than anything a person without an account has to say, before it is read."""
    if request.method in SAFE_METHODS or current_user.is_authenticated:
        return
    if (request.content_length or 0) > ANONYMOUS_BYTES:
        raise RequestEntityTooLarge()


def _count_form() -> None:
    if request.method in SAFE_METHODS or current_user.is_authenticated:
        return
    limiter: MovingWindowRateLimiter = current_app.extensions["form_limiter"]
    for rate in _RATES:
        if not limiter.hit(rate, request.remote_addr or ""):
            raise TooManyRequests()
