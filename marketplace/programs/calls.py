"""A call of a provider's program: who it is by its key, the language of the answer, and the form of a problem.

Problems have the form of the public interface: `{"error": {"code", "message", "field"}}`. Nothing here is open data: an
answer is kept by nobody and read by no page of another site.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from marketplace.allowances import take
from marketplace.errors import DomainError
from marketplace.i18n import LANGUAGES, _
from marketplace.permissions import ANYBODY, Actor
from marketplace.providers.api_keys import service as keys
from marketplace.search.api import RequestRefused
from marketplace.web.frame import database, now, session
from marketplace.web.holding import hold_while_changing
from marketplace.web.visitor import network
from marketplace.work import UnitOfWork

_BEARER: Final = "bearer "

CODES: Final = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}
"""What a problem is called by its status."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: in whose name, and for which provider."""

    actor: Actor
    provider_id: int

    def work(self) -> UnitOfWork:
        """The call's unit of work."""
        return UnitOfWork(session(), self.actor, now())


def with_key(endpoint: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """Let a program in by its key, give the endpoint its `Caller`, and make JSON of what it gives or raises."""

    @wraps(endpoint)
    def respond(**asked: Any) -> ResponseReturnValue:
        try:
            g.lang = _language()
            return answer(endpoint(_caller(), **asked))
        except RequestRefused as refusal:
            return answer(refusal.body, refusal.status)
        except DomainError as error:
            body = {
                "code": CODES.get(error.status, "invalid"),
                "message": str(error.message) or _("There is no such thing."),
                "field": error.field,
            }
            response = answer({"error": body}, error.status)
            if error.wait is not None:
                response.headers["Retry-After"] = str(error.wait)
            if error.status == keys.BadKey.status:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response

    return respond


def answer(content: Any, status: int = 200) -> Response:
    """The content as JSON that nobody keeps."""
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    response = Response(data, status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _language() -> str:
    given = request.args.get("lang", LANGUAGES[0])
    if given not in LANGUAGES:
        raise RequestRefused(400, "unknown_value", f"lang is one of {', '.join(LANGUAGES)}", "lang")
    return given


def _caller() -> Caller:
    """Who calls. A key that does not hold is counted by address. Raises BadKey and TooOften."""
    head = request.headers.get("Authorization", "")
    token = head[len(_BEARER) :].strip() if head.lower().startswith(_BEARER) else ""
    try:
        with database().transaction() as using:
            caller = Caller(*keys.use_key(UnitOfWork(using, ANYBODY, now()), token))
    except keys.BadKey:
        with database().transaction() as counting:
            take(counting, keys.WRONG_KEYS, network(), now=now())
        raise
    hold_while_changing(lambda connection: keys.hold_key(connection, caller.actor, caller.provider_id))
    return caller
