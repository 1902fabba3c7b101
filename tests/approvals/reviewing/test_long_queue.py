"""The queue with 2,000 applications: as few queries as with a handful, an index behind them, and late ones found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.applications.models import Application, ApplicationLine
from marketplace.approvals.queue.queries import Limits, QueueFilter, due_dates, queue
from marketplace.db import Database
from marketplace.paging import PER_PAGE
from marketplace.providers.models import Provider
from tests.approvals.cast import Cast, make_cast
from tests.approvals.test_queue import counted
from tests.factories import NOW, business_id, make_application, make_provider

MANY = 2000
STATES = (
    "submitted",
    "in_review",
    "completion_requested",
    "hearing",
    "proposed",
    "decided",
    "withdrawn",
    "decided",
)
HANDLING_DAYS = 90
LIMITS = Limits({"keusote-2022": NOW - timedelta(days=HANDLING_DAYS)}, NOW.date())
MOST_STATEMENTS = 12


def fill(session: Session, number: int) -> Cast:
    """`number` applications of as many providers, sent an hour apart, a line each, in every state by turns."""
    cast = make_cast(session)
    pattern = make_application(
        session, cast.provider, cast.applicant, services=("transport",), complete=False
    )
    facts = {column.key: getattr(cast.provider, column.key) for column in Provider.__table__.columns}
    providers: list[dict[str, Any]] = [
        facts
        | {
            "id": 10_000 + index,
            "business_id": business_id(1_000_000 + index * 20),
            "official_name": f"P {index}",
        }
        for index in range(number)
    ]
    applications = [
        {
            "id": 10_000 + index,
            "pilot_key": "keusote-2022",
            "pilot_version_id": pattern.pilot_version_id,
            "provider_id": 10_000 + index,
            "state": STATES[index % len(STATES)],
            "created_by_id": cast.applicant.id,
            "created_at": NOW,
            "submitted_at": NOW - timedelta(hours=index),
            "answers": {},
            "revision": 1,
        }
        for index in range(number)
    ]
    lines = [
        {"application_id": 10_000 + index, "service_key": "transport", "municipalities": ["858"]}
        for index in range(number)
    ]
    for model, rows in ((Provider, providers), (Application, applications), (ApplicationLine, lines)):
        session.execute(sa.insert(model), rows)
    return cast


def statements_for(session: Session, wanted: QueueFilter) -> tuple[int, int]:
    """How many statements a page of the queue takes with its automatic checks, and how long the queue is."""
    session.flush()
    session.expunge_all()
    session.info.clear()
    with counted(session) as statements:
        page = queue(session, "keusote", wanted, LIMITS)
        for application in page.rows:
            queries.findings_of(session, application, today=NOW.date())
    assert len(page.rows) == min(PER_PAGE, page.total)
    return len(statements), page.total


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        (QueueFilter(), MANY * 5 // 8),
        (QueueFilter(page=40), MANY * 5 // 8),
        (QueueFilter(state="decided"), MANY // 4),
    ],
)
def test_two_thousand_applications_take_no_more_queries_than_a_few(
    session: Session, wanted: QueueFilter, total: int
) -> None:
    fill(session, MANY)
    taken, found = statements_for(session, wanted)
    assert found == total
    assert taken <= MOST_STATEMENTS


def test_the_queue_is_found_by_its_index(database: Database) -> None:
    with database.transaction() as session:
        fill(session, MANY)
    with database.read() as session:
        if session.connection().dialect.name == "postgresql":
            session.execute(sa.text("ANALYZE applications"))
            explain = "EXPLAIN "
        else:
            explain = "EXPLAIN QUERY PLAN "
        plan = session.execute(
            sa.text(
                explain + "SELECT id FROM applications WHERE pilot_key = 'keusote-2022' "
                "AND state = 'proposed' AND submitted_at < '2026-09-01'"
            )
        )
        assert "ix_applications_queue" in " ".join(str(row) for row in plan)


def test_those_that_are_late_are_found(session: Session) -> None:
    cast = make_cast(session)
    cases = {
        "old": ("in_review", HANDLING_DAYS + 1, None),
        "young": ("in_review", HANDLING_DAYS - 1, None),
        "done": ("decided", HANDLING_DAYS + 1, None),
        "answer missed": ("completion_requested", 5, -1),
        "answer awaited": ("completion_requested", HANDLING_DAYS + 1, 0),
    }
    made = {}
    for name, (state, age, due) in cases.items():
        application = make_application(
            session,
            make_provider(session),
            cast.applicant,
            state=state,
            complete=False,
            submitted_at=NOW - timedelta(days=age),
            due_on=None if due is None else NOW.date() + timedelta(days=due),
        )
        made[application.id] = name
    session.flush()
    page = queue(session, "keusote", QueueFilter(late=True), LIMITS)
    assert {made[application.id] for application in page.rows} == {"old", "answer missed"}
    awaited = due_dates(session, [each.id for each in page.rows])
    assert {made[key]: day - NOW.date() for key, day in awaited.items()} == {
        "answer missed": timedelta(days=-1)
    }
