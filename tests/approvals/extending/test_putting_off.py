"""The last day of an answer is put off with a reason that the provider reads, and answers that came by letter count."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, CompletionRequest, Hearing
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion
from marketplace.approvals.extending import queries, rules
from marketplace.approvals.extending.service import put_off
from marketplace.approvals.hearing import service as hearing
from marketplace.approvals.hearing.queries import heard_services
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing import conditions, reminders, service
from marketplace.approvals.standing.models import ApprovalMeasure, StandingReminder
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.decisions.rules import MAX_TEXT
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.outbox import OutboxMessage
from marketplace.permissions import SYSTEM
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast
from tests.approvals.serving.test_serving import hearing_of
from tests.approvals.standing.conftest import TODAY, make_condition, make_standing, open_measure
from tests.approvals.standing.test_pages import SignIn, browser
from tests.approvals.standing.test_pages import cast as committed_cast
from tests.factories import NOW, make_application
from tests.forms import post_form
from tests.work import work_of

LAST = TODAY + timedelta(days=14)
LATER = LAST + timedelta(days=7)


def heard(session: Session, cast: Cast) -> Application:
    application = make_application(
        session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer
    )
    work = work_of(session, cast.actor("reviewer"))
    hearing.hear(work, application, ["transport"], "Liikennelupa puuttuu.", due_on=LAST)
    session.flush()
    return application


def completing(session: Session, cast: Cast) -> Application:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    work = work_of(session, cast.actor("reviewer"))
    request_completion(work, application, [AskedItem("company", "Puhelin puuttuu.")], due_on=LAST)
    session.flush()
    return application


def awaited(session: Session, cast: Cast, kind: Served) -> queries.Awaited:
    """Something that is waited for until LAST."""
    found: queries.Awaited | None
    if kind is Served.HEARING:
        found = queries.of_application(session, heard(session, cast))
    elif kind is Served.COMPLETION:
        found = queries.of_application(session, completing(session, cast))
    elif kind is Served.MEASURE_HEARING:
        found = queries.of_measure(
            open_measure(session, make_standing(session, cast), cast, ApprovalAction.SUSPEND)
        )
    else:
        work = work_of(session, cast.actor("reviewer"))
        found = queries.of_request(
            conditions.send_request(work, make_standing(session, cast), "Kerro sijaisista.", LAST)
        )
    assert found is not None
    return found


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("days", "reason", "today", "faults"),
    [
        (1, "Syy.", 0, ()),
        (0, "Syy.", 0, (("due_on", "not_later"),)),
        (-1, " ", 0, (("due_on", "not_later"), ("reason", "no_reason"))),
        (1, " ", 0, (("reason", "no_reason"),)),
        (1, "x" * (MAX_TEXT + 1), 0, (("reason", "too_long"),)),
        (5, "Syy.", 5, (("due_on", "past"),)),
        (6, "Syy.", 5, ()),
    ],
)
def test_time_is_given_and_never_taken_back(
    days: int, reason: str, today: int, faults: tuple[tuple[str, str], ...]
) -> None:
    to = LAST + timedelta(days=days)
    assert rules.put_off_faults(LAST, to, LAST + timedelta(days=today), reason) == faults


@pytest.mark.parametrize("kind", [Served.HEARING, Served.COMPLETION, Served.MEASURE_HEARING, Served.REQUEST])
def test_the_new_day_is_mailed_served_and_in_the_trail(session: Session, cast: Cast, kind: Served) -> None:
    asked = awaited(session, cast, kind)
    with pytest.raises(NotAllowed):
        put_off(work_of(session, cast.actor("stranger")), asked, LATER, "Loma-aika.")
    put_off(work_of(session, cast.actor("reviewer")), asked, LATER, "Loma-aika.")
    session.flush()
    subject = asked.subject
    assert (subject.hearing_due_on if isinstance(subject, ApprovalMeasure) else subject.due_on) == LATER
    [mail] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "due_day_put_off"))
    body = mail.body.replace("\u00a0", " ")
    assert mail.recipient == cast.applicant.email
    for words in ("Loma-aika.", f"{LATER.day}.{LATER.month}.{LATER.year}", f"{LAST.day}.{LAST.month}."):
        assert words in body
    [document] = session.scalars(sa.select(ServedDocument).where(ServedDocument.kind == Served.PUT_OFF))
    assert getattr(document, queries.column_of(asked).key) == subject.id
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.before["due_on"], event.after["due_on"], event.after["reason"]) == (
        LAST.isoformat(),
        LATER.isoformat(),
        "Loma-aika.",
    )


def test_a_day_is_not_put_off_while_its_letter_waits_to_be_posted(session: Session, cast: Cast) -> None:
    measure, _document = hearing_of(session, cast)
    asked = queries.of_measure(measure)
    assert asked is not None
    with pytest.raises(Conflict, match="ei ole vielä postitettu"):
        put_off(work_of(session, cast.actor("reviewer")), asked, LATER, "Loma-aika.")


def test_who_was_reminded_of_the_old_day_is_reminded_of_the_new_one(session: Session, cast: Cast) -> None:
    work = work_of(session, cast.actor("reviewer"))
    completion = awaited(session, cast, Served.COMPLETION)
    assert isinstance(completion.subject, CompletionRequest)
    completion.subject.reminded_at = NOW
    put_off(work, completion, LATER, "Loma-aika.")
    session.flush()
    assert session.scalar(sa.select(CompletionRequest.reminded_at)) is None
    request = awaited(session, cast, Served.REQUEST)
    session.add(StandingReminder(subject=f"condition:{request.subject.id}", step=-14, sent_at=NOW))
    put_off(work, request, LATER, "Loma-aika.")
    assert session.scalars(sa.select(StandingReminder)).all() == []


def test_a_decider_puts_off_the_day_of_a_condition_which_stands_in_a_decision(
    session: Session, cast: Cast
) -> None:
    condition = make_condition(session, make_standing(session, cast), cast, due_on=LAST)
    assert queries.of_request(condition) is None
    asked = queries.of_condition(condition)
    assert asked is not None
    with pytest.raises(NotAllowed):
        put_off(work_of(session, cast.actor("reviewer")), asked, LATER, "Loma-aika.")
    decider = work_of(session, cast.actor("decider"))
    with pytest.raises(Invalid):
        put_off(decider, asked, LAST - timedelta(days=1), "Loma-aika.")
    put_off(decider, asked, LATER, "Loma-aika.")
    session.flush()
    assert condition.due_on == LATER
    [mail] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "due_day_put_off"))
    assert "hyväksymisesi ehdon täyttämistä" in mail.body
    assert condition.text in mail.body
    for state in (ConditionState.MET, ConditionState.NOT_MET, ConditionState.LIFTED):
        condition.state = state
        assert queries.of_condition(condition) is None


@pytest.mark.parametrize("lapsed", [False, True])
def test_an_answer_by_letter_counts_on_its_day_also_when_it_is_opened_late(
    session: Session, cast: Cast, lapsed: bool
) -> None:
    application = heard(session, cast)
    [asked] = session.scalars(sa.select(Hearing))
    late = NOW + timedelta(days=16)
    if lapsed:
        asked.closed_at, application.state = late, ApplicationState.IN_REVIEW
    reviewer = work_of(session, cast.actor("reviewer"), now=late)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=17)):
        with pytest.raises(Invalid) as refusal:
            hearing.write_down(reviewer, application, hearing.WrittenAnswer("Lupa on.", day))
        assert refusal.value.field == "came_on"
    hearing.write_down(reviewer, application, hearing.WrittenAnswer("Lupa on.", LAST))
    assert (application.state, asked.answer, asked.answer_came_on, asked.answered_by_id) == (
        ApplicationState.IN_REVIEW,
        "Lupa on.",
        LAST,
        cast.reviewer.id,
    )
    assert heard_services(session, application) == {"transport"}
    with pytest.raises(Conflict):
        hearing.write_down(reviewer, application, hearing.WrittenAnswer("Toinen.", LAST))


@pytest.mark.parametrize("lapsed", [False, True])
def test_an_explanation_by_letter_counts_as_the_providers_own(
    session: Session, cast: Cast, lapsed: bool
) -> None:
    measure = open_measure(session, make_standing(session, cast), cast, ApprovalAction.SUSPEND)
    if lapsed:
        service.lapse(work_of(session, SYSTEM), measure)
    reviewer = work_of(session, cast.actor("reviewer"))
    with pytest.raises(Invalid):
        service.write_down_answer(
            reviewer, measure, hearing.WrittenAnswer("Kunnossa.", TODAY + timedelta(days=1))
        )
    service.write_down_answer(reviewer, measure, hearing.WrittenAnswer("Kunnossa.", TODAY))
    assert (measure.state, measure.answer, measure.answer_came_on) == (
        MeasureState.WITH_REVIEWER,
        "Kunnossa.",
        TODAY,
    )
    with pytest.raises(Conflict):
        service.write_down_answer(reviewer, measure, hearing.WrittenAnswer("Toinen.", TODAY))


def test_a_reminder_of_a_request_goes_by_the_new_day(session: Session, cast: Cast) -> None:
    request = awaited(session, cast, Served.REQUEST)
    put_off(work_of(session, cast.actor("reviewer")), request, LATER, "Loma-aika.")
    assert reminders._due_of_condition(request.subject, LAST) != []  # type: ignore[arg-type]
    assert [due.day for due in reminders._due_of_condition(request.subject, LAST)] == [LATER]  # type: ignore[arg-type]


on_pages = committed_cast


@pytest.fixture
def reviewer(app: Flask, sign_in: SignIn, on_pages: Cast) -> FlaskClient:
    return browser(app, sign_in, on_pages.reviewer)


def test_the_pages_put_off_and_write_down(
    app: Flask, database: Database, on_pages: Cast, reviewer: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), database.transaction() as session:
        application = heard(session, on_pages)
        review = f"/fi/office/applications/{application.id}"
        approval = make_standing(session, on_pages)
        measure = open_measure(session, approval, on_pages, ApprovalAction.SUSPEND)
        page = f"/fi/office/approvals/{approval.id}"
        explained = f"{page}/measures/{measure.id}"
        condition = make_condition(session, approval, on_pages, due_on=LAST)
        session.flush()
        term = f"{page}/conditions/{condition.id}/term"
    shown = reviewer.get(review).text
    for place in (f"{review}/due-day", f"{review}/hearing/answer"):
        assert place in shown
    later = f"{LATER.day}.{LATER.month}.{LATER.year}"
    assert post_form(reviewer, f"{review}/due-day", {"due_on": later, "reason": ""}).status_code == 422
    assert post_form(reviewer, f"{review}/due-day", {"due_on": later, "reason": "Loma."}).location == review
    assert post_form(reviewer, f"{explained}/due-day", {"due_on": later, "reason": "Loma."}).location == page
    assert term not in reviewer.get(page).text
    assert reviewer.get(term).status_code == 403
    decider = browser(app, sign_in, on_pages.decider)
    assert term in decider.get(page).text
    assert post_form(decider, term, {"due_on": later, "reason": ""}).status_code == 422
    assert post_form(decider, term, {"due_on": later, "reason": "Loma."}).location == page
    own = browser(app, sign_in, on_pages.applicant).get(f"/fi/provider/{on_pages.provider.id}/").text
    assert own.count(later) >= 2, "both new days stand among the tasks"
    came = f"{TODAY.day}.{TODAY.month}.{TODAY.year}"
    said = {"answer": "Lupa on haettu.", "came_on": came}
    assert post_form(reviewer, f"{review}/hearing/answer", {**said, "answer": ""}).status_code == 422
    assert post_form(reviewer, f"{review}/hearing/answer", said).location == review
    assert "Lupa on haettu." in reviewer.get(review).text
    assert post_form(reviewer, f"{explained}/explanation", said).location == page
    assert "Lupa on haettu." in reviewer.get(page).text
    for gone in (f"{review}/due-day", f"{review}/hearing/answer"):
        assert reviewer.get(gone).location == review
    assert reviewer.get(f"{explained}/due-day").location == page
    with database.read() as session:
        assert session.scalars(sa.select(ServiceApproval)).one().id == approval.id
