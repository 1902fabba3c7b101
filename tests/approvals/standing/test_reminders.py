"""Reminders go in time, once, to the right people; offers hide when a proof runs out and return when it is renewed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.approvals.extending import queries as awaited
from marketplace.approvals.extending.service import put_off
from marketplace.approvals.standing import reminders, rules
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure, StandingReminder
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.models import Evidence, ServiceApproval
from marketplace.providers.rules import ApprovalAction, ApprovalState
from marketplace.search import changes
from marketplace.search.engine import SearchQuery
from marketplace.search.follower import Follower
from marketplace.search.offer_index import OfferIndex
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import TODAY, make_condition, make_standing, open_measure
from tests.factories import NOW, make_evidence, make_user
from tests.work import work_of

LAST = TODAY + timedelta(days=60)
"""The last day of every proof of the approval below."""


@pytest.fixture
def cast(database: Database) -> Cast:
    """A provider that reads Swedish, with an approval, its proofs and an offer; all proofs end on LAST."""
    with database.transaction() as session:
        cast = make_cast(session, "sv")
        make_standing(session, cast)
        for proof in session.scalars(sa.select(Evidence)):
            proof.valid_until = LAST
        return cast


@pytest.fixture
def remind(app: Flask, database: Database, cast: Cast) -> Callable[[date], int]:
    """Run the reminders as the worker does on a day."""

    def run(day: date) -> int:
        with app.app_context():
            return reminders.remind(database, at(day))

    return run


def at(day: date) -> datetime:
    return NOW + (day - TODAY)


def letters(database: Database) -> list[OutboxMessage]:
    with database.read() as session:
        return list(session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_provider_is_reminded_four_times_each_time_once(
    database: Database, cast: Cast, remind: Callable[[date], int]
) -> None:
    sent = {
        day
        for day in range(-40, 60)
        if remind(LAST + timedelta(days=day)) + remind(LAST + timedelta(days=day))
    }
    assert sent == set(rules.EVIDENCE_STEPS)
    found = letters(database)
    assert [(mail.recipient, mail.language, mail.template) for mail in found] == [
        (cast.applicant.email, "sv", "proof_reminder")
    ] * 4
    assert "21.1.2027" in found[0].subject
    assert "Intyg över betalda skatter" in found[0].body
    assert f"/sv/provider/{cast.provider.id}/evidence" in found[0].body


@pytest.mark.parametrize(
    ("own", "day", "subject", "line"),
    [
        (None, -14, "Förnya dina intyg senast 21.1.2027", "- Ansvarsförsäkring\n"),
        (
            date(2028, 12, 31),
            -14,
            "Förnya dina intyg senast 21.1.2027",
            "- Ansvarsförsäkring (själva dokumentet gäller till 31.12.2028)\n",
        ),
        (
            date(2028, 12, 31),
            28,
            "Dina intyg har inte förnyats",
            "Dessa intyg skulle ha förnyats senast 21.1.2027",
        ),
    ],
)
def test_a_reminder_tells_the_day_of_the_renewal_from_the_end_of_the_document(
    database: Database,
    cast: Cast,
    remind: Callable[[date], int],
    own: date | None,
    day: int,
    subject: str,
    line: str,
) -> None:
    with database.transaction() as session:
        policy = sa.update(Evidence).where(Evidence.kind == "liability_insurance")
        session.execute(policy.values(stated_until=own))
    assert remind(LAST + timedelta(days=day)) == 1
    [letter] = letters(database)
    assert subject in letter.subject.replace("\xa0", " ")
    assert line in letter.body.replace("\xa0", " ")


def test_an_editor_is_not_written_to_and_every_admin_is_in_their_own_language(
    database: Database, cast: Cast, remind: Callable[[date], int]
) -> None:
    with database.transaction() as session:
        second: User = make_user(session, Role.PROVIDER_ADMIN, provider_id=cast.provider.id, language="fi")
    assert remind(LAST) == 1
    assert {(mail.recipient, mail.language) for mail in letters(database)} == {
        (cast.applicant.email, "sv"),
        (second.email, "fi"),
    }


def test_a_renewed_proof_is_not_reminded_of(
    database: Database, cast: Cast, remind: Callable[[date], int]
) -> None:
    with database.transaction() as session:
        for kind in session.scalars(sa.select(Evidence.kind).distinct()).all():
            make_evidence(session, session.merge(cast.provider), kind, valid_until=LAST + timedelta(days=365))
    assert remind(LAST) == 0


@pytest.mark.parametrize("state", [ApprovalState.WITHDRAWN, ApprovalState.ENDED])
def test_nobody_is_reminded_for_an_approval_that_is_over(
    database: Database, cast: Cast, remind: Callable[[date], int], state: ApprovalState
) -> None:
    with database.transaction() as session:
        session.scalars(sa.select(ServiceApproval)).one().state = state
    assert remind(LAST) == 0


def test_a_row_that_another_worker_wrote_first_stops_the_second_letter(
    app: Flask, database: Database, cast: Cast
) -> None:
    with app.app_context():
        with database.read() as session:
            due = reminders.due_proofs(session, LAST)[0]
        with database.transaction() as session:
            session.add(StandingReminder(subject=due.subject, step=due.step, sent_at=NOW))
        assert reminders._send(database, due, at(LAST)) == 0
    assert letters(database) == []


def test_a_condition_is_reminded_of_before_and_on_its_day_until_it_is_met(
    app: Flask, database: Database, cast: Cast, remind: Callable[[date], int]
) -> None:
    due = TODAY + timedelta(days=21)
    with app.app_context(), database.transaction() as session:
        approval = session.scalars(sa.select(ServiceApproval)).one()
        make_condition(session, approval, cast, due_on=due)
    sent = [day for day in range(22) if remind(TODAY + timedelta(days=day))]
    assert sent == [7, 21]
    with database.transaction() as session:
        session.scalars(sa.select(ApprovalCondition)).one().state = ConditionState.MET
        session.execute(sa.delete(StandingReminder))
    assert remind(due) == 0


@pytest.mark.parametrize(("days", "reminded"), [(10, [10]), (20, [20]), (21, [7, 21]), (30, [16, 30])])
def test_a_reminder_keeps_its_distance_from_the_letter_that_told_of_the_day(
    app: Flask, database: Database, cast: Cast, remind: Callable[[date], int], days: int, reminded: list[int]
) -> None:
    with app.app_context(), database.transaction() as session:
        approval = session.scalars(sa.select(ServiceApproval)).one()
        long_ago = NOW - timedelta(days=40)
        condition = make_condition(session, approval, cast, due_on=TODAY + timedelta(5), created_at=long_ago)
        session.add(StandingReminder(subject=f"condition:{condition.id}", step=-14, sent_at=NOW))
        asked = awaited.of_condition(condition)
        assert asked is not None
        decider = work_of(session, cast.actor("decider"))
        put_off(decider, asked, TODAY + timedelta(days=days), "Loma-aika.")
    assert [day for day in range(days + 1) if remind(TODAY + timedelta(days=day))] == reminded


def test_a_hearing_without_an_explanation_goes_to_the_reviewer_after_its_last_day(
    app: Flask, database: Database, cast: Cast, remind: Callable[[date], int]
) -> None:
    with app.app_context(), database.transaction() as session:
        open_measure(session, session.scalars(sa.select(ServiceApproval)).one(), cast, ApprovalAction.SUSPEND)
    remind(TODAY + timedelta(days=14))
    with database.read() as session:
        assert session.scalars(sa.select(ApprovalMeasure)).one().state == MeasureState.HEARING
    remind(TODAY + timedelta(days=15))
    with database.read() as session:
        assert session.scalars(sa.select(ApprovalMeasure)).one().state == MeasureState.WITH_REVIEWER


def test_offers_hide_the_day_after_a_required_proof_ends_and_return_when_it_is_renewed(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    changes.observe()
    folder = tmp_path / "catalogue"
    follower = Follower(database, folder)

    def shown(day: date) -> int:
        follower.catch_up(now=at(day))
        return OfferIndex(folder).search(SearchQuery(day=day, limit=10)).total

    assert shown(LAST) == 1
    hidden_on = LAST + timedelta(days=1)
    assert shown(hidden_on) == 0
    with database.transaction() as session:
        for kind in session.scalars(sa.select(Evidence.kind).distinct()).all():
            make_evidence(
                session,
                session.merge(cast.provider),
                kind,
                issued_on=hidden_on,
                valid_until=LAST + timedelta(days=365),
            )
    assert shown(hidden_on) == 1


def test_suspending_and_reinstating_hides_and_shows_the_offers_at_once(
    app: Flask, database: Database, cast: Cast, tmp_path: Path
) -> None:
    changes.observe()
    folder = tmp_path / "catalogue"
    follower = Follower(database, folder)
    counts = []
    for state in (
        ApprovalState.APPROVED,
        ApprovalState.SUSPENDED,
        ApprovalState.APPROVED,
        ApprovalState.WITHDRAWN,
    ):
        with database.transaction() as session:
            session.scalars(sa.select(ServiceApproval)).one().state = state
        follower.catch_up(now=NOW)
        counts.append(OfferIndex(folder).search(SearchQuery(day=helsinki_date(NOW), limit=10)).total)
    assert counts == [1, 0, 1, 0]
