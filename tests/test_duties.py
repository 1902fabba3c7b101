"""One bad row stops no duty of the worker: the others are done, the bad one is told of and tried again later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from marketplace import duties, worker
from marketplace.db import Database
from marketplace.duties import DutyFault, each_by_itself
from marketplace.outbox import OutboxMessage
from tests.duty_rows.spoiling import WHEN
from tests.duty_rows.stripe import RUNNING
from tests.duty_rows.table import ROWS
from tests.factories import (
    NOW,
)
from tests.payments.stripe.double import stripe_double
from tests.scanners import Daemon, running


@pytest.fixture
def database(app: Flask) -> Iterator[Database]:
    with app.app_context():
        yield app.extensions["database"]


def faults(database: Database) -> dict[tuple[str, str], int]:
    with database.read() as session:
        return {(each.duty, each.fault): each.times for each in session.scalars(sa.select(DutyFault))}


# --- the guard -------------------------------------------------------------------------------------------------------


def test_what_fails_is_kept_rests_longer_each_time_and_is_forgotten_when_it_succeeds(
    database: Database,
) -> None:
    tried: list[tuple[int, int]] = []

    def do(thing: int) -> int:
        tried.append((minute, thing))
        if thing == 2 and minute < 7:
            raise ValueError("a secret of somebody")
        return thing

    results = []
    for minute in range(10):
        now = NOW + timedelta(minutes=minute)
        results.append(each_by_itself(database, "count", (1, 2, 3), do, now=now))
        with database.read() as session:
            told = duties.faults(session, now=now)
        assert bool(told) is (minute < 7)
        assert "secret" not in "".join(told)
    assert results == [[1, 3]] * 7 + [[1, 2, 3]] * 3
    assert [when for when, thing in tried if thing == 2] == [0, 1, 3, 7, 8, 9]


def test_a_database_that_is_away_is_no_fault_of_a_thing(database: Database) -> None:
    def do(_thing: int) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    with pytest.raises(OperationalError):
        each_by_itself(database, "count", (1, 2), do, now=NOW)
    assert faults(database) == {}


def test_old_faults_go(database: Database) -> None:
    each_by_itself(database, "count", (0,), lambda thing: 1 // thing, now=NOW)
    with database.transaction() as session:
        assert duties.purge(session, now=NOW + duties.TOLD - timedelta(hours=1)) == 0
        assert duties.purge(session, now=NOW + duties.TOLD) == 1


# --- every duty, with one bad row among good ones --------------------------------------------------------------------


WHOLE: Final = {
    "end pauses whose last day is over",
    "write a checkpoint of the audit trail",
    "bring checkpoints of the audit trail into the bucket",
    "drop forms and lists kept too long",
    "end approvals whose clients are served no more",
    "drop sessions, links and counts that are over",
    "confirm deliveries that nobody objects to",
    "freeze statements",
    "count the days until payment",
    "drop old texts of mail",
    "drop questions and wishes of people without an account",
    "remove unused files",
}
"""The duties that are one statement, or look at no row's content."""


def test_every_duty_is_looked_at(app: Flask) -> None:
    settings = replace(app.extensions["settings"], stripe_key="sk_test_1")
    known = {duty.name for lane in worker.lanes(app.extensions["database"], settings) for duty in lane}
    assert known == {*ROWS, *WHOLE}


@pytest.mark.parametrize(
    ("name", "make"),
    [pytest.param(name, make, id=make.__name__) for name, made in ROWS.items() for make in made],
)
def test_one_bad_row_keeps_no_other_from_its_turn(
    app: Flask, database: Database, name: str, make: Callable[..., Callable[[], int]]
) -> None:
    with running(Daemon()) as scanner, stripe_double() as stripe:
        RUNNING[stripe.base] = stripe
        settings = replace(
            app.extensions["settings"],
            clamd_url=scanner.url,
            stripe_key="sk_test_1",
            stripe_base=stripe.base,
        )
        done = make(database, settings)
        duty = next(each for lane in worker.lanes(database, settings) for each in lane if each.name == name)
        for later in (timedelta(0), timedelta(seconds=1)):
            duty.do(NOW + WHEN.get(name, timedelta(0)) + later)
    assert done() == 1
    if (
        name == "follow what Stripe tells"
    ):  # a call that fails is no fault of the portal's: it waits, and is tried again
        return
    with database.read() as session:
        unsent = session.scalars(
            sa.select(OutboxMessage.last_error).where(OutboxMessage.last_error.is_not(None))
        )
        assert [*duties.faults(session, now=NOW), *unsent] != []
