"""How often one address may send forms without having signed in, and how long they may be.

Registering, asking for access and asking for a new password write mail to people; a machine that sends such forms by
the hundred is stopped before it reaches them. All processes count together, in the database; guessing passwords has
limits of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Flask, request
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from marketplace.allowances import Allowance, take
from marketplace.web.frame import SAFE_METHODS, database, now

ANONYMOUS_FORMS: Final = (
    Allowance("anonymous forms of a minute", 30, timedelta(minutes=1)),
    Allowance("anonymous forms of an hour", 300, timedelta(hours=1)),
)

ANONYMOUS_BYTES: Final = 256 * 1024
"""Of one form; a long application that was written before the session ended is a fifth of it."""


def init_app(app: Flask) -> None:
    """Count the forms that come to `app`; one too many gets the page of 429."""
    app.before_request(_measure_form)
    app.before_request(_count_form)


def _measure_form() -> None:
    """Refuse a form that is longer than anything a person without an account has to say, before it is read."""
    if request.method in SAFE_METHODS or current_user.is_authenticated:
        return
    if (request.content_length or 0) > ANONYMOUS_BYTES:
        raise RequestEntityTooLarge()


def _count_form() -> None:
    if request.method in SAFE_METHODS or current_user.is_authenticated:
        return
    with database().transaction() as counting:
        for allowance in ANONYMOUS_FORMS:
            take(counting, allowance, request.remote_addr or "", now=now())
