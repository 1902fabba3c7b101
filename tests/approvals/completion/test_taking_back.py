"""A completion request is taken back: the application is in review again, and who had been asked is told why."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.applications.models import Application, CompletionRequest
from marketplace.applications.rules import ApplicationState
from marketplace.applications.sending import service as sending
from marketplace.approvals import deadlines
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion, take_back
from marketplace.approvals.due_days.queries import due_days
from marketplace.approvals.queue.queries import due_dates
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.posting import mark_posted
from marketplace.approvals.standing import service as measures
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.errors import Invalid, NotAllowed
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.permissions import SYSTEM
from marketplace.workflow import NoSuchTransition
from tests.approvals.cast import Cast, make_cast
from tests.approvals.serving.test_serving import hearing_of, without_people
from tests.approvals.standing.test_pages import SignIn, browser
from tests.factories import NOW, make_application
from tests.forms import post_form
from tests.work import work_of

TODAY = NOW.date()
LAST = TODAY + timedelta(days=14)
REASON = "Todistus tuli jo kirjeitse."


def asked(session: Session, cast: Cast) -> Application:
    """An application whose company has been asked for a telephone number."""
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    work = work_of(session, cast.actor("reviewer"))
    request_completion(work, application, [AskedItem("company", "Puhelin puuttuu.")], due_on=LAST)
    session.flush()
    return application


def letters(session: Session) -> list[tuple[str, bool]]:
    """What is served, in its order, and whether it has been sent."""
    rows = session.scalars(sa.select(ServedDocument).order_by(ServedDocument.id))
    return [(each.kind, each.sent_on is not None) for each in rows]


def mails(session: Session) -> list[OutboxMessage]:
    of_this = OutboxMessage.template == "completion_taken_back"
    return list(session.scalars(sa.select(OutboxMessage).where(of_this)))


def test_the_application_is_in_review_and_the_provider_is_told_why(session: Session, cast: Cast) -> None:
    application = asked(session, cast)
    with pytest.raises(NotAllowed):
        take_back(work_of(session, cast.actor("stranger")), application, REASON)
    take_back(work_of(session, cast.actor("reviewer")), application, f" {REASON} ")
    session.flush()
    assert application.state is ApplicationState.IN_REVIEW
    [mail] = mails(session)
    assert mail.recipient == cast.applicant.email
    assert REASON in mail.body
    assert mail.subject.startswith("Sinun ei tarvitse täydentää hakemustasi")
    assert letters(session) == [("completion", True), ("completion_end", True)]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.before["state"], event.after["reason"]) == (
        "application.take_back",
        "completion_requested",
        REASON,
    )


def test_without_a_reason_nothing_is_taken_back(session: Session, cast: Cast) -> None:
    application = asked(session, cast)
    with session.begin_nested() as savepoint:
        with pytest.raises(Invalid) as refusal:
            take_back(work_of(session, cast.actor("reviewer")), application, "  ")
        savepoint.rollback()
    assert refusal.value.field == "reason"
    assert queries.waiting_completion(application) is not None


def test_nothing_is_waited_for_or_reminded_of_any_more(session: Session, cast: Cast) -> None:
    application = asked(session, cast)
    take_back(work_of(session, cast.actor("reviewer")), application, REASON)
    session.flush()
    assert queries.waiting_completion(application) is None
    assert due_dates(session, [application.id]) == {}
    assert due_days(session, "keusote", TODAY) == []
    later = work_of(session, SYSTEM, now=NOW + timedelta(days=30))
    assert not deadlines.settle(later, application.id)
    templates = set(session.scalars(sa.select(OutboxMessage.template)))
    assert not templates & {"completion_reminder", "completion_late"}


def test_what_was_sent_too_late_is_refused_and_not_said_to_have_come(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = asked(session, cast)
    take_back(work_of(session, cast.actor("reviewer")), application, REASON)
    with pytest.raises(NoSuchTransition):
        sending.complete(work_of(session, cast.actor("applicant")), application, store=store)


def test_a_second_request_can_follow(session: Session, cast: Cast) -> None:
    application = asked(session, cast)
    work = work_of(session, cast.actor("reviewer"))
    take_back(work, application, REASON)
    again = request_completion(work, application, [AskedItem("staff", "Tarkenna.")], due_on=LAST)
    session.flush()
    assert queries.waiting_completion(application) is again
    assert queries.ended_unanswered(application) is None


def test_a_letter_that_waits_to_be_posted_is_dropped_and_nobody_is_told(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    without_people(session, cast)
    work = work_of(session, cast.actor("reviewer"))
    request_completion(work, application, [AskedItem("company", "Puhelin puuttuu.")], due_on=LAST)
    session.flush()
    assert letters(session) == [("completion", False)]
    take_back(work, application, REASON)
    assert letters(session) == []
    assert mails(session) == []


def test_who_got_the_letter_gets_another_that_says_so(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    without_people(session, cast)
    work = work_of(session, cast.actor("reviewer"))
    request_completion(work, application, [AskedItem("company", "Puhelin puuttuu.")], due_on=LAST)
    session.flush()
    mark_posted(work, session.scalars(sa.select(ServedDocument)).one(), TODAY)
    take_back(work, application, REASON)
    session.flush()
    assert letters(session) == [("completion", True), ("completion_end", False)]
    written = session.scalars(sa.select(ServedDocument).where(ServedDocument.sent_on.is_(None))).one()
    assert REASON in written.text


def test_a_dropped_measure_posts_no_letter_either(session: Session, cast: Cast) -> None:
    measure, _document = hearing_of(session, cast)
    measures.drop(work_of(session, cast.actor("reviewer")), measure, "Asia selvisi.")
    assert letters(session) == []


@pytest.fixture
def waiting(app: Flask, database: Database) -> tuple[Cast, int]:
    """People, and the number of an application that waits for its completion."""
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        return cast, asked(session, cast).id


def test_the_office_sees_what_the_provider_began_and_both_see_the_reason(
    app: Flask, database: Database, waiting: tuple[Cast, int], sign_in: SignIn
) -> None:
    cast, number = waiting
    review = f"/fi/office/applications/{number}"
    own = f"/fi/provider/{cast.provider.id}/applications/{number}"
    with database.transaction() as session:
        session.merge(cast.provider).phone = "+358 40 123 4567"
    office, company = browser(app, sign_in, cast.reviewer), browser(app, sign_in, cast.applicant)
    assert f"{review}/completion/take-back" in office.get(review).text
    page = office.get(f"{review}/completion/take-back").text
    assert "Palveluntuottaja on jo muuttanut" in page
    swedish = "Intyget har redan kommit per brev, så vi behöver inget mer av er."
    answer = post_form(office, f"{review}/completion/take-back", {"reason": swedish})
    assert answer.status_code == 422
    form = company.get(f"{own}/check").text
    answer = post_form(office, f"{review}/completion/take-back", {"reason": REASON})
    assert answer.location.endswith(review)
    assert REASON in office.get(review).text
    assert REASON in company.get(own).text
    late = company.get(f"{own}/check", follow_redirects=True)
    assert "mitään ei lähetetty" in late.text
    assert "csrf_token" in form
    with database.read() as session:
        assert session.scalars(sa.select(CompletionRequest)).one().taken_back_reason == REASON
