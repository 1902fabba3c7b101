"""The queue: own organisation, filters, pages, and the same number of queries however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.approvals.queue.queries import NOBODY, Limits, QueueFilter, queue
from marketplace.paging import PER_PAGE
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application, make_provider

LIMITS = Limits({"keusote-2022": NOW - timedelta(days=90)}, NOW.date())


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements executed in the block."""
    statements: list[str] = []
    connection = session.connection()

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def fill(session: Session, cast: Cast, number: int) -> None:
    for index in range(number):
        make_application(
            session,
            make_provider(session),
            cast.applicant,
            state="submitted",
            submitted_at=NOW - timedelta(days=index),
            complete=index % 2 == 0,
        )


def test_the_oldest_is_first_and_drafts_and_other_organisations_are_not_there(
    session: Session, cast: Cast
) -> None:
    fill(session, cast, 3)
    make_application(session, cast.provider, cast.applicant)
    make_application(
        session,
        make_provider(session),
        cast.applicant,
        pilot_key="soite-2018",
        services=("personal_assistance",),
        state="submitted",
        complete=False,
    )
    page = queue(session, "keusote", QueueFilter(), LIMITS)
    assert page.total == 3
    days = [each.submitted_at for each in page.rows]
    assert days == sorted(days, key=lambda day: day or NOW)


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        (QueueFilter(), 2),
        (QueueFilter(state="decided"), 1),
        (QueueFilter(state="submitted"), 1),
        (QueueFilter(handler=NOBODY), 1),
        (QueueFilter(pilot="keusote-2022"), 2),
        (QueueFilter(pilot="soite-2018"), 0),
    ],
)
def test_filters_narrow_the_queue(session: Session, cast: Cast, wanted: QueueFilter, total: int) -> None:
    for state, handler in (("submitted", None), ("in_review", cast.reviewer), ("decided", cast.reviewer)):
        make_application(session, make_provider(session), cast.applicant, state=state, handler=handler)
    assert queue(session, "keusote", wanted, LIMITS).total == total


def test_a_page_beyond_the_last_gives_the_last(session: Session, cast: Cast) -> None:
    fill(session, cast, PER_PAGE + 2)
    page = queue(session, "keusote", QueueFilter(page=99), LIMITS)
    assert (page.page, page.pages, len(page.rows)) == (2, 2, 2)


def test_a_longer_queue_needs_no_more_queries(session: Session) -> None:
    cast = make_cast(session)
    needed = []
    for more in (2, 18):
        fill(session, cast, more)
        session.flush()
        session.expunge_all()
        session.info.clear()
        with counted(session) as statements:
            page = queue(session, "keusote", QueueFilter(), LIMITS)
            for application in page.rows:
                queries.findings_of(session, application, today=NOW.date())
        needed.append(len(statements))
    assert len(page.rows) == 20
    assert needed[0] == needed[1]
    assert session.scalar(sa.text("SELECT 1")) == 1
