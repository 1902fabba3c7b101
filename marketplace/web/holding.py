"""What gives the right to a change is held while a request makes it: whoever takes that away waits, or has come before.

Who acts is looked at before the request's transaction begins (the cookie of a session, the key of a program). So every
transaction that changes something begins with a lock on that, for reading, and another look.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import g
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from marketplace.errors import Conflict
from marketplace.i18n import _l

LOADED_PERSON: Final = "_login_user"
"""Under this name Flask-Login keeps in `g` who has signed in."""


class WhoActsHasChanged(Exception):
    """What gives the right to a change was taken away between the first look at it and the transaction of the change.

    No view answers it: it is none of the refusals that a form shows.
    """


def hold_while_changing(hold: Callable[[Connection], bool]) -> None:
    """Let every transaction in which the request changes something begin with `hold`: it locks for reading what gives
    the right to that, before all else, and says whether it is still as it was at the first look.

    If it is not, the request is done once more from its beginning, by who acts then.
    """
    g.hold = hold


def begin_by_holding(session: Session) -> Session:
    """The session, each transaction of which begins with what the request holds."""
    event.listen(session, "after_begin", _hold)
    return session


def _hold(_session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    hold = g.get("hold")
    if hold is not None and not transaction.nested and not hold(connection):
        raise WhoActsHasChanged()


def by_who_acts(
    answer: Callable[[], ResponseReturnValue], begin_anew: Callable[[], None]
) -> ResponseReturnValue:
    """The answer; made once more, after `begin_anew`, when who acts is not who it was at the first look any more.

    Raises Conflict when that happens again, or when something of the request has been committed.
    """
    try:
        return answer()
    except WhoActsHasChanged:
        if "is_committed" in g:
            raise _changed_meanwhile() from None
    for name in ("work", "hold", LOADED_PERSON):
        g.pop(name, None)
    begin_anew()
    try:
        return answer()
    except WhoActsHasChanged:
        raise _changed_meanwhile() from None


def _changed_meanwhile() -> Conflict:
    return Conflict(_l("Your account has changed meanwhile. Open the page again."))
