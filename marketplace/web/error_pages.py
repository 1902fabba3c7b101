"""What a reader sees when something goes wrong: one page for every kind of error, and what was begun is undone."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from marketplace.errors import Conflict, DomainError
from marketplace.i18n import _
from marketplace.web.refusals import told


def init_app(app: Flask) -> None:
    """Answer each kind of error in its own way."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(StaleDataError, _overtaken)
    app.register_error_handler(IntegrityError, _overtaken)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)


def error_page(status: int, message: object = "", heading: str = "") -> ResponseReturnValue:
    """The page for an error, or JSON under /api; `message` adds what exactly went wrong.

    `heading` takes the place of that of the status, where only a part of the portal is concerned.
    """
    if request.path.startswith("/api/"):
        phrase = HTTPStatus(status).phrase
        error = {"code": phrase.lower().replace(" ", "_"), "message": str(message) or phrase, "field": None}
        return {"error": error}, status, {"Access-Control-Allow-Origin": "*"}
    known = status if status in (400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503) else 400
    page = render_template("errors/error.html", status=known, message=str(message), own_heading=heading)
    return page, status


def _domain_error(error: DomainError) -> ResponseReturnValue:
    abandon()
    response = make_response(error_page(error.status, told(error)[0][1]))
    if error.wait is not None:
        response.headers["Retry-After"] = str(error.wait)
    return response


def _overtaken(_error: Exception) -> ResponseReturnValue:
    abandon()
    return error_page(
        Conflict.status,
        _(
            "Somebody else changed the same thing at the same time. Open the page again to see how it stands now."
        ),
    )


def _unstorable(_error: Exception) -> ResponseReturnValue:
    """A value that the database cannot hold, such as a text with a null character: nothing has it as its name."""
    abandon()
    return error_page(404 if request.method in ("GET", "HEAD") else 400)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    abandon()
    if error.code in (301, 302, 304, 307, 308) or error.code is None:
        return error
    return error_page(error.code)


def _crash(error: Exception) -> ResponseReturnValue:
    abandon()
    current_app.logger.error("unexpected error", exc_info=error)
    if current_app.testing or current_app.debug:
        raise error
    code = 503 if isinstance(error, (OperationalError, ConnectionError)) else InternalServerError.code
    return error_page(code)


def abandon() -> None:
    """Undo what the request has begun."""
    held = g.get("session")
    if held is not None:
        held.rollback()
