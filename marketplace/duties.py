"""What the worker does to many things, each by itself: one that fails stops none of the others.

What failed is logged, kept in a table until it succeeds, and tried again later and later. `marketplace check` tells of
it. A database that is away is no fault of a thing: then the whole duty fails and is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.db import Base, Database, insert_missing

FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=2)
"""How soon a thing that failed is tried again: twice as late each time, up to this."""

TOLD: Final = timedelta(days=2)
"""So long a fault is told of after its last try."""

T = TypeVar("T")
R = TypeVar("R")
_log = logging.getLogger(__name__)


class DutyFault(Base):
    """A thing at which a duty has failed, `times` in a row since `since`, the last time at `at`."""

    __tablename__ = "duty_faults"

    duty: Mapped[str] = mapped_column(primary_key=True)
    thing: Mapped[str] = mapped_column(primary_key=True)
    fault: Mapped[str]
    since: Mapped[datetime]
    at: Mapped[datetime]
    times: Mapped[int]


def each_by_itself(
    database: Database,
    duty: str,
    things: Iterable[T],
    do: Callable[[T], R],
    *,
    now: datetime,
    limit: int | None = None,
    rests: bool = True,
) -> list[R]:
    """What `do` gives for each thing at which it does not fail, `limit` of them at most.

    `do` opens its own transactions; whatever it raises is that thing's fault, a database that is away excepted. A
    thing is named in the table by its text. `rests`: what failed lately is left out until its time has come.
    """
    with database.read() as session:
        known = {
            each.thing: each for each in session.scalars(sa.select(DutyFault).where(DutyFault.duty == duty))
        }
    results: list[R] = []
    for thing in things:
        if limit is not None and len(results) >= limit:
            break
        before = known.get(str(thing))
        if rests and before is not None and now < before.at + _rest(before.times):
            continue
        try:
            results.append(do(thing))
        except OperationalError:
            raise
        except Exception as fault:  # noqa: BLE001 - kept and told of, and the others are done
            _log.exception("the worker could not %s: %s fails", duty, thing)
            _note(database, duty, str(thing), fault, now)
        else:
            if before is not None:
                _forget(database, duty, str(thing))
    return results


def faults(session: Session, *, now: datetime) -> list[str]:
    """A sentence about each duty that fails at something, for the operator."""
    lately = session.scalars(
        sa.select(DutyFault).where(DutyFault.at > now - TOLD).order_by(DutyFault.duty, DutyFault.at.desc())
    )
    found: dict[str, list[DutyFault]] = {}
    for each in lately:
        found.setdefault(each.duty, []).append(each)
    return [
        f"the worker could not {duty} for {len(failed)} ({', '.join(each.thing for each in failed[:3])}"
        f"{' …' if len(failed) > 3 else ''}): {failed[0].fault}; the log says where"
        for duty, failed in found.items()
    ]


def purge(session: Session, *, now: datetime) -> int:
    """Drop faults that nobody is told of any more; how many there were."""
    result = session.execute(sa.delete(DutyFault).where(DutyFault.at <= now - TOLD))
    return int(getattr(result, "rowcount", 0))


def _rest(times: int) -> timedelta:
    rest: timedelta = min(FIRST_REST * 2 ** min(times - 1, 10), LONGEST_REST)
    return rest


def _note(database: Database, duty: str, thing: str, fault: Exception, now: datetime) -> None:
    """Keep the fault; of its text only the kind, for a message may hold what belongs to somebody."""
    first = {"duty": duty, "thing": thing, "fault": "", "since": now, "at": now, "times": 0}
    with database.transaction() as session:
        insert_missing(session, DutyFault, first)
        row = session.get_one(DutyFault, (duty, thing))
        row.fault, row.at, row.times = type(fault).__name__, now, row.times + 1


def _forget(database: Database, duty: str, thing: str) -> None:
    with database.transaction() as session:
        session.execute(sa.delete(DutyFault).where(DutyFault.duty == duty, DutyFault.thing == thing))
