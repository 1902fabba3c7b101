"""Missed due dates: both sides are reminded once, then the application returns to the office once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.approvals import deadlines
from marketplace.approvals.completion.rules import GRACE_DAYS
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, make_application
from tests.work import work_of

DUE = NOW.date()


def waiting(core_app: Flask, database: Database, state: ApplicationState) -> tuple[Database, Cast, int]:
    """An application whose answer from the provider is due today."""
    with core_app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        application = make_application(session, cast.provider, cast.applicant, state=state, due_on=DUE)
        return database, cast, application.id


@pytest.fixture
def office(database: Database, core_app: Flask) -> tuple[Database, Cast, int]:
    """An application whose completion is due today."""
    return waiting(core_app, database, ApplicationState.COMPLETION_REQUESTED)


def run(core_app: Flask, database: Database, days: int) -> int:
    with core_app.app_context():
        return deadlines.catch_up(database, now=NOW + timedelta(days=days))


def stands(database: Database, application_id: int) -> tuple[str, list[tuple[str, str]]]:
    """The state, and the mails as (template, recipient)."""
    with database.read() as session:
        mails = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        state = session.get_one(Application, application_id).state
        return state, [(mail.template, mail.recipient) for mail in mails]


def test_nothing_happens_on_the_due_date(core_app: Flask, office: tuple[Database, Cast, int]) -> None:
    database, _cast, application_id = office
    assert run(core_app, database, 0) == 0
    assert stands(database, application_id) == ("completion_requested", [])


def test_the_day_after_both_are_reminded_once(core_app: Flask, office: tuple[Database, Cast, int]) -> None:
    database, cast, application_id = office
    assert [run(core_app, database, 1), run(core_app, database, 1), run(core_app, database, 2)] == [1, 0, 0]
    assert stands(database, application_id) == (
        "completion_requested",
        [("completion_reminder", cast.applicant.email), ("completion_late", cast.reviewer.email)],
    )


def test_after_the_days_of_grace_it_returns_to_the_office_once(
    core_app: Flask, office: tuple[Database, Cast, int]
) -> None:
    database, cast, application_id = office
    run(core_app, database, 1)
    assert run(core_app, database, GRACE_DAYS) == 0
    assert [run(core_app, database, GRACE_DAYS + 1), run(core_app, database, GRACE_DAYS + 2)] == [1, 0]
    state, mails = stands(database, application_id)
    assert state == "in_review"
    assert mails[2:] == [("completion_late", cast.reviewer.email)]
    with database.read() as session:
        events = session.scalars(
            sa.select(AuditEvent).where(AuditEvent.subject_type == "Application").order_by(AuditEvent.id)
        ).all()
        assert [event.action for event in events] == ["application.remind", "application.lapse"]
        assert session.get_one(Application, application_id).handler_id == cast.reviewer.id


def test_a_hearing_without_answer_ends_the_day_after_its_due_date(
    core_app: Flask, database: Database
) -> None:
    database, cast, application_id = waiting(core_app, database, ApplicationState.HEARING)
    assert [run(core_app, database, days) for days in (0, 1, 2)] == [0, 1, 0]
    assert stands(database, application_id) == ("in_review", [("application_heard", cast.reviewer.email)])


@pytest.mark.parametrize("state", [ApplicationState.IN_REVIEW, ApplicationState.WITHDRAWN])
def test_an_application_that_moved_on_meanwhile_is_left_alone(
    core_app: Flask, office: tuple[Database, Cast, int], state: ApplicationState
) -> None:
    database, _cast, application_id = office
    with database.transaction() as session:
        session.get_one(Application, application_id).state = state
    with core_app.app_context(), database.transaction() as session:
        moment = datetime.combine(date(2027, 1, 1), NOW.timetz())
        assert deadlines.settle(work_of(session, now=moment), application_id) is False
    assert stands(database, application_id) == (state, [])
