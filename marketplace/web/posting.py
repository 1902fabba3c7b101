"""Posting a form, in one way for every page: what was sent is checked, done, and the reader led on; or shown again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from flask import Flask, make_response, redirect
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from marketplace.errors import Conflict, DomainError, Fault, Invalid, NotFound
from marketplace.web.forms import BaseForm
from marketplace.web.frame import notify, session
from marketplace.web.refusals import told

T = TypeVar("T")


class Elsewhere(Exception):
    """The page is not the place for this any more: what was begun is undone, and the reader led on and told why.

    Raised in a view, or in what views share; a verb raises Conflict, and `conflicts_lead_to` knows the address.
    """

    def __init__(self, address: str, message: object = "", kind: str = "info") -> None:
        super().__init__(message)
        self.address, self.message, self.kind = address, message, kind


def init_app(app: Flask) -> None:
    """Answer Elsewhere, wherever a view raises it, by a redirect with its message."""
    app.register_error_handler(Elsewhere, _lead_elsewhere)


def _lead_elsewhere(away: Elsewhere) -> ResponseReturnValue:
    session().rollback()
    return lead_on(away.address, away.message, away.kind)


def lead_on(address: str, message: object = "", kind: str = "success") -> Response:
    """The way to another page, with a message there: kind is success, info, warning or danger."""
    if message:
        notify(message, kind)
    return redirect(address)


@contextmanager
def conflicts_lead_to(address: str) -> Iterator[None]:
    """A context in which a Conflict undoes what was begun and leads to `address`, with the reason."""
    try:
        yield
    except Conflict as refusal:
        raise Elsewhere(address, told(refusal)[0][1], "warning") from refusal


def carry_out(
    form: BaseForm,
    verb: Callable[[], T],
    *,
    done: Callable[[T], ResponseReturnValue],
    show: Callable[[], ResponseReturnValue],
    faults: Callable[[], Iterable[Fault]] = tuple,
    refuse: Callable[[DomainError], None] | None = None,
    moved_on: str | None = None,
) -> ResponseReturnValue:
    """Answer a page with a form: show it, or carry out what was sent.

    `verb` is called when the form is valid, and `done` makes the answer of what it returns, most often by `lead_on`.
    What the verb refuses (a DomainError) is undone, and `show` draws the page again with the reason at its field or
    above the form, nothing typed lost, and with the status of the refusal: 422 for what was written, 409 when the
    thing has moved on. NotFound stays an error page.

    What the form read otherwise than it stands (`BaseForm.notes`) is told on the next page.

    `faults` are asked beside the form's own checks, so that everything wrong is told at once; a field that the form
    itself refuses keeps its own words, since there is nothing in it that could be judged. `refuse` tells a refusal
    that `BaseForm.refuse` does not know how to tell. `moved_on` is where a Conflict leads, for a form that has nothing
    to say any more when the thing has moved on.
    """
    if not form.is_submitted():
        return show()
    valid = form.validate()
    more = tuple(fault for fault in faults() if not form.refuses(fault[0]))
    refusal: DomainError = Invalid()
    if more:
        form.show_faults(more)
    elif valid:
        try:
            with conflicts_lead_to(moved_on) if moved_on else nullcontext():
                result = verb()
        except NotFound:
            raise
        except DomainError as error:
            session().rollback()
            (refuse or form.refuse)(error)
            refusal = error
        else:
            for note in form.notes:
                notify(note, "info")
            return done(result)
    return _shown_again(show(), refusal)


def _shown_again(page: ResponseReturnValue, refusal: DomainError) -> Response:
    response = make_response(page)
    response.status_code = refusal.status
    if refusal.wait is not None:
        response.headers["Retry-After"] = str(refusal.wait)
    return response
