"""Counts gather in a process, wait for a database that is busy, and never grow without end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import tallies
from marketplace.db import Database
from marketplace.search import unmet_needs
from marketplace.search.models import UnmetNeed
from marketplace.tallies import Tally
from tests.conftest import NOW

Written = list[tuple[tuple[str], int]]
TODAY = NOW.date()


def writer(written: Written) -> Callable[[Session, Sequence[tuple[tuple[str], int]]], None]:
    return lambda _session, counts: written.extend(counts)


def test_the_first_is_written_at_once_and_what_gathers_later_in_order(database: Database) -> None:
    written: Written = []
    counted = Tally(database, writer(written), pause=3600)
    counted.count([("b",)])
    counted.count([("b",), ("b",), ("a",)])
    counted.count([("b",)])
    assert written == [(("b",), 1)]
    counted.write()
    assert written[1:] == [(("a",), 1), (("b",), 2)]


def test_a_busy_database_gets_them_later_and_no_more_than_can_be_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: Written = []
    counted = Tally(database, writer(written), pause=0)

    def busy(**_how: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(database, "transaction", busy)
        patch.setattr(tallies, "MOST_KEPT", 2)
        for key in ("a", "b", "c", "a"):
            counted.count([(key,)])
    counted.write()
    assert written == [(("a",), 2), (("b",), 1)]


def test_made_up_searches_do_not_fill_the_table_of_needs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unmet_needs, "MOST_A_DAY", 20)
    counted = unmet_needs.tally(database, pause=3600)
    for number in range(100):
        counted.count([(TODAY, "fi", f"sana{number:03}", "186", "{}")])
        if number % 30 == 29:
            counted.write()
    counted.count([(TODAY, "fi", "sana005", "186", "{}"), (TODAY, "fi", "sana999", "091", "{}")])
    counted.write()
    with database.read() as session:
        rows = session.scalars(sa.select(UnmetNeed)).all()
    assert len(rows) == 22
    assert sum(row.count for row in rows) == 102, "every search is counted"
    assert {(row.terms, row.municipality, row.count) for row in rows if row.count > 1 or not row.terms} == {
        ("sana005", "186", 2),
        ("", "186", 80),
        ("", "091", 1),
    }


def test_needs_of_two_processes_add_up_in_one_row(database: Database) -> None:
    need = (TODAY, "fi", "kaivinkone", "186", '{"language": ["sv"]}')
    other = (TODAY - timedelta(days=1), *need[1:])
    for _process in range(2):
        counted = unmet_needs.tally(database, pause=3600)
        for each in (need, other, need):
            counted.count([each])
        counted.write()
    with database.read() as session:
        rows = session.scalars(sa.select(UnmetNeed).order_by(UnmetNeed.day)).all()
    assert [(row.day, row.count, row.filters) for row in rows] == [
        (other[0], 2, {"language": ["sv"]}),
        (TODAY, 4, {"language": ["sv"]}),
    ]
