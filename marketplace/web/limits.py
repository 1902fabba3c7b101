"""How often one address may send forms without having signed in, how long they may be, and how much anybody may send
that comes to nothing.

Registering, asking for access and asking for a new password write mail to people; a machine that sends such forms by
the hundred is stopped before it reaches them. All processes count together, in the database; guessing passwords has
limits of its own.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from marketplace.allowances import Allowance, give_back, take
from marketplace.web.frame import SAFE_METHODS, database, is_undone, now, settings
from marketplace.web.visitor import network

ANONYMOUS_FORMS: Final = (
    Allowance("anonymous forms of a minute", 30, timedelta(minutes=1)),
    Allowance("anonymous forms of an hour", 300, timedelta(hours=1)),
)

ANONYMOUS_BYTES: Final = 256 * 1024
"""Of one form; a long application that was written before the session ended is a fifth of it."""


LARGE: Final = ANONYMOUS_BYTES
"""Bytes from which on a form is counted by its length: it carries files."""

_MB: Final = 1024 * 1024
UNFINISHED_BYTES: Final = (
    Allowance("bytes of unfinished forms of a person", 100 * _MB, timedelta(days=1)),
    Allowance("bytes of unfinished forms from one address", 400 * _MB, timedelta(days=1)),
)
"""A file is kept for a day while its form is not finished (`files.store.TOKEN_LIFETIME`): so much of them at most."""

ALL_BYTES: Final = Allowance("bytes of large forms of a person", 2048 * _MB, timedelta(days=1))
"""Whatever comes of them: many days of work of a large provider."""


def init_app(app: Flask) -> None:
    """Count the forms that come to `app`; one too many gets the page of 429."""
    app.before_request(_measure_form)
    app.before_request(_count_form)
    app.before_request(_count_bytes)
    app.after_request(_count_finished)


def _measure_form() -> None:
    """Refuse a form that is longer than anything a person without an account has to say, before it is read."""
    if request.method in SAFE_METHODS or current_user.is_authenticated:
        return
    if (request.content_length or 0) > ANONYMOUS_BYTES:
        raise RequestEntityTooLarge()


def _count_form() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS or current_user.is_authenticated or not getattr(view, "counted", True):
        return
    with database().transaction() as counting:
        for allowance in ANONYMOUS_FORMS:
            take(counting, allowance, network(), now=now())


def _count_bytes() -> None:
    """Count a large form of who has signed in before it is read."""
    if request.method in SAFE_METHODS or not current_user.is_authenticated:
        return
    size = settings().max_request_bytes if request.content_length is None else request.content_length
    if size <= LARGE:
        return
    senders = (current_user.get_id(), network())
    with database().transaction() as counting:
        take(counting, ALL_BYTES, senders[0], now=now(), cost=size)
        for allowance, who in zip(UNFINISHED_BYTES, senders, strict=True):
            take(counting, allowance, who, now=now(), cost=size)
    g.counted = size, senders


def _count_finished(response: Response) -> Response:
    """What has come to something is no unfinished upload."""
    size, senders = g.pop("counted", (0, ()))
    if size and response.status_code < HTTPStatus.BAD_REQUEST and not is_undone():
        with database().transaction() as counting:
            for allowance, who in zip(UNFINISHED_BYTES, senders, strict=True):
                give_back(counting, allowance, who, cost=size)
    return response
