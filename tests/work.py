"""The unit of work of a test."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.permissions import SYSTEM, Actor
from marketplace.work import UnitOfWork
from tests.factories import NOW


def work_of(session: Session, actor: Actor = SYSTEM, *, now: datetime = NOW) -> UnitOfWork:
    """What `actor` does at `now` in the transaction of `session`."""
    return UnitOfWork(session, actor, now)
