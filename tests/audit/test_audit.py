"""The audit trail finds any row that was changed, taken away or cut off."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from marketplace.audit.models import AuditEvent
from marketplace.audit.service import record, verify
from marketplace.db import Database
from marketplace.permissions import SYSTEM
from tests.factories import NOW


@pytest.fixture
def trail(database: Database) -> Database:
    """A database whose trail has five events of the test's own after what was there."""
    with database.transaction() as session:
        for number in range(5):
            record(
                session, actor=SYSTEM, now=NOW, action="test.event", subject=("Thing", number),
                before={"å": 1}, after={"n": number},
            )  # fmt: skip
    return database


def _verify(database: Database) -> tuple[int, str | None]:
    with database.read() as session:
        return verify(session)


def test_an_untouched_trail_holds(trail: Database) -> None:
    count, problem = _verify(trail)
    assert count >= 5
    assert problem is None


@pytest.mark.parametrize("column", ["action", "actor_name", "subject_id", "after", "at"])
def test_a_changed_row_is_named(trail: Database, column: str) -> None:
    with trail.transaction() as session:
        last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).offset(2).limit(1)).one()
        number = last.id
        value = {"after": {"n": 99}, "at": NOW.replace(year=2020)}.get(column, "forged")
        setattr(last, column, value)
    assert _verify(trail)[1] == f"row {number} has been changed"


def test_a_gap_is_named(trail: Database) -> None:
    with trail.transaction() as session:
        number = session.scalars(sa.select(sa.func.max(AuditEvent.id))).one() - 2
        session.execute(sa.delete(AuditEvent).where(AuditEvent.id == number))
    assert _verify(trail)[1] == f"row {number} is missing"


def test_a_cut_off_end_is_named(trail: Database) -> None:
    with trail.transaction() as session:
        number = session.scalars(sa.select(sa.func.max(AuditEvent.id))).one()
        session.execute(sa.delete(AuditEvent).where(AuditEvent.id == number))
    assert _verify(trail)[1] == f"row {number} is missing at the end"


def test_events_of_several_writers_at_once_make_one_chain(database: Database) -> None:
    def write() -> None:
        for _ in range(10):
            with database.transaction() as session:
                record(session, actor=SYSTEM, now=NOW, action="test.event", subject=("Thing", 1))

    with database.transaction() as session:
        record(session, actor=SYSTEM, now=NOW, action="test.first", subject=("Thing", 0))
    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count, problem = _verify(database)
    assert problem is None
    assert count >= 41
