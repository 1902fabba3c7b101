"""Telling the trail of what signed-in people are refused."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request
from flask_login import current_user

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.service import tell_refused_access
from marketplace.web.error_pages import abandon
from marketplace.web.frame import current_actor, database, now


@blueprint.after_app_request
def tell_refusal(response: Response) -> Response:
    """Whatever refused it, a page for want of a right or a form above which the refusal is told.

    What the request has begun is undone first: on SQLite it may hold the lock that the event needs.
    """
    if response.status_code == HTTPStatus.FORBIDDEN and request.endpoint and current_user.is_authenticated:
        abandon()
        tell_refused_access(database(), current_actor(), request.endpoint, now=now())
    return response
