"""What the office does to an application, up to the decision."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications import queries, rules
from marketplace.applications.models import Application, Decision
from marketplace.applications.rules import ApplicationAction, ApplicationState, Outcome
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.hearing import service as hearing
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.rules import Condition, LineProposal
from marketplace.approvals.reviewing.service import take
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.decisions.service import Refused
from marketplace.errors import DomainError, Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from marketplace.workflow import NoSuchTransition
from tests.approvals.cast import Cast
from tests.factories import NOW, make_application, make_approval, make_hearing
from tests.work import work_of

CONDITIONS = (Condition("Soteri.", NOW.date() + timedelta(days=39)), Condition("Enintään kahdeksan."))


def mails(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def propose(session: Session, application: Application, cast: Cast, *outcomes: Outcome) -> None:
    """Propose the outcomes; whoever would be rejected has been heard."""
    application.handler = cast.reviewer
    rejected = [
        line.service_key
        for line, outcome in zip(application.lines, outcomes, strict=True)
        if outcome == Outcome.REJECTED
    ]
    session.add(make_hearing(application, cast.reviewer, rejected))
    service.propose(
        work_of(session, cast.actor("reviewer")),
        application,
        [
            LineProposal(line.id, outcome, "Ehdot täyttyvät.", CONDITIONS if "cond" in outcome else ())
            for line, outcome in zip(application.lines, outcomes, strict=True)
        ],
    )


def act(
    action: str, session: Session, application: Application, cast: Cast, who: str, store: FileStore
) -> None:
    """Take one of the office's actions with all that it asks for."""
    actor, now = cast.actor(who), NOW
    lines = [LineProposal(line.id, Outcome.APPROVED, "Ehdot täyttyvät.") for line in application.lines]
    match action:
        case "take":
            take(work_of(session, actor, now=now), application)
        case "request_completion":
            items = [AskedItem("staff", "Tarkenna.")]
            due_on = now.date() + timedelta(days=14)
            request_completion(work_of(session, actor, now=now), application, items, due_on=due_on)
        case "propose":
            service.propose(work_of(session, actor, now=now), application, lines)
        case "return":
            service.return_to_reviewer(work_of(session, actor, now=now), application, "Tarkista.")
        case "hear":
            due_on = now.date() + timedelta(days=14)
            hearing.hear(
                work_of(session, actor, now=now), application, ["transport"], "Vakuutus.", due_on=due_on
            )
        case "decide":
            deciding.decide(
                work_of(session, actor, now=now),
                application,
                seen=deciding.seen_mark(application),
                store=store,
            )


OFFICE = ("take", "request_completion", "hear", "propose", "return", "decide")
PEOPLE = {
    "reviewer": {"take", "request_completion", "hear", "propose"},
    "decider": {"return", "decide"},
    "stranger": set(),
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("action", OFFICE)
@pytest.mark.parametrize("state", rules.APPLICATION.sent)
def test_each_action_holds_in_its_state_and_for_who_may(
    session: Session,
    cast: Cast,
    store: FileStore,
    state: ApplicationState,
    action: ApplicationAction,
    who: str,
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state=state)
    target = rules.APPLICATION.table.get((state, action))
    if target is not None and action in PEOPLE[who]:
        act(action, session, application, cast, who, store)
        assert application.state == target
    else:
        with pytest.raises(DomainError):
            act(action, session, application, cast, who, store)
        assert application.state == state


def test_the_office_sees_only_what_was_sent_to_its_own_pilots(session: Session, cast: Cast) -> None:
    draft = make_application(session, cast.provider, cast.applicant)
    with pytest.raises(NotFound):
        queries.for_office(work_of(session, cast.actor("reviewer")), draft.id)
    draft.state, draft.submitted_at = ApplicationState.SUBMITTED, NOW
    assert queries.for_office(work_of(session, cast.actor("reviewer")), draft.id) is draft
    with pytest.raises(NotFound):
        queries.for_office(work_of(session, cast.actor("stranger")), draft.id)


def test_taking_makes_a_handler_and_a_second_taker_is_told(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="submitted")
    take(work_of(session, cast.actor("reviewer")), application)
    assert application.handler_id == cast.reviewer.id
    with pytest.raises(NoSuchTransition):
        take(work_of(session, cast.actor("reviewer")), application)


def test_a_completion_request_is_mailed_with_the_offices_words(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    request_completion(
        work_of(session, cast.actor("reviewer")),
        application,
        [AskedItem("staff", "Kerro koulutukset tarkemmin."), AskedItem("evidence", "Vakuutus puuttuu.")],
        due_on=NOW.date() + timedelta(days=14),
    )
    [mail] = mails(session)
    assert (mail.recipient, mail.language) == (cast.applicant.email, "fi")
    assert "Kerro koulutukset tarkemmin." in mail.body
    assert "Henkilöstö" in mail.body
    assert "6.12.2026" in mail.subject
    assert f"/fi/provider/{cast.provider.id}/applications/{application.id}" in mail.body


@pytest.mark.parametrize(
    ("items", "days", "field"),
    [
        ([AskedItem("staff", "Tarkenna.")], -1, "due_on"),
        ([], 1, "sections"),
        ([AskedItem("nowhere", "Tarkenna.")], 1, "sections"),
        ([AskedItem("staff", "")], 1, "text-staff"),
    ],
)
def test_an_impossible_completion_request_is_refused_at_its_field(
    session: Session, cast: Cast, items: list[AskedItem], days: int, field: str
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    with pytest.raises(Invalid) as refusal:
        request_completion(
            work_of(session, cast.actor("reviewer")),
            application,
            items,
            due_on=NOW.date() + timedelta(days=days),
        )
    assert refusal.value.field == field
    assert application.state == ApplicationState.IN_REVIEW


def test_a_proposal_without_grounds_names_the_line(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    first, second = application.lines
    with pytest.raises(Refused) as refusal:
        service.propose(
            work_of(session, cast.actor("reviewer")),
            application,
            [
                LineProposal(first.id, Outcome.APPROVED, "Ehdot täyttyvät."),
                LineProposal(second.id, Outcome.REJECTED, ""),
            ],
        )
    assert [field for field, _ in refusal.value.faults] == [f"outcome-{second.id}", f"grounds-{second.id}"]
    assert application.state == ApplicationState.IN_REVIEW


def test_every_line_needs_a_proposal(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    with pytest.raises(Refused) as refusal:
        service.propose(work_of(session, cast.actor("reviewer")), application, [])
    fields = {field for field, _ in refusal.value.faults}
    assert {f"outcome-{line.id}" for line in application.lines} <= fields


def test_a_returned_proposal_goes_back_with_its_reason(session: Session, cast: Cast) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    propose(session, application, cast, Outcome.APPROVED, Outcome.APPROVED)
    with pytest.raises(Invalid):
        service.return_to_reviewer(work_of(session, cast.actor("decider")), application, " ")
    service.return_to_reviewer(work_of(session, cast.actor("decider")), application, "Tarkista alue.")
    assert application.state == ApplicationState.IN_REVIEW
    [mail] = mails(session)
    assert mail.recipient == cast.reviewer.email
    assert "Tarkista alue." in mail.body


def test_nobody_decides_their_own_proposal(session: Session, cast: Cast, store: FileStore) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    propose(session, application, cast, Outcome.APPROVED, Outcome.APPROVED)
    for line in application.lines:
        line.proposed_by_id = cast.decider.id
    with pytest.raises(NotAllowed):
        deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
    assert application.state == ApplicationState.PROPOSED


def test_a_decision_makes_approvals_an_archived_document_and_a_mail(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    propose(session, application, cast, Outcome.APPROVED_WITH_CONDITIONS, Outcome.REJECTED)
    decision = deciding.decide(
        work_of(session, cast.actor("decider")),
        application,
        seen=deciding.seen_mark(application),
        store=store,
    )
    session.flush()
    assert decision.number == "KEUSOTE-2026/1"
    assert (decision.proposed_by_id, decision.decided_by_id) == (cast.reviewer.id, cast.decider.id)
    assert [line.outcome for line in application.lines] == [
        Outcome.APPROVED_WITH_CONDITIONS,
        Outcome.REJECTED,
    ]
    [approval] = session.scalars(sa.select(ServiceApproval))
    assert (approval.service_key, approval.state, approval.conditions, approval.public_conditions) == (
        "day_activity",
        "approved",
        "Enintään kahdeksan.",
        "Enintään kahdeksan.",
    )
    [condition] = session.scalars(sa.select(ApprovalCondition))
    assert not condition.public, "a task of the provider"
    assert (condition.approval_id, condition.text, condition.due_on, condition.state) == (
        approval.id,
        "Soteri.",
        CONDITIONS[0].due_on,
        "open",
    )
    assert set(approval.municipalities) == {"858", "186"}
    content = store.read(decision.file.sha256)
    assert hashlib.sha256(content).hexdigest() == decision.file.sha256
    [mail] = mails(session)
    assert (mail.template, mail.recipient) == ("decision_made", cast.applicant.email)
    assert mail.attachments is not None
    assert b"keusote-2026-1.pdf" in mail.attachments


def test_an_approval_that_exists_is_renewed_and_a_rejection_leaves_it_alone(
    session: Session, cast: Cast, store: FileStore
) -> None:
    transport = make_approval(session, cast.provider, "transport", municipalities=["106"])
    day_activity = make_approval(session, cast.provider, "day_activity", municipalities=["106"])
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    propose(session, application, cast, Outcome.REJECTED, Outcome.APPROVED)
    deciding.decide(
        work_of(session, cast.actor("decider")),
        application,
        seen=deciding.seen_mark(application),
        store=store,
    )
    assert set(transport.municipalities) == {"106", "858", "186"}
    assert transport.application_line_id == application.lines[1].id
    assert (day_activity.state, day_activity.municipalities) == ("approved", ["106"])


def test_numbers_run_by_organisation_and_year(session: Session, cast: Cast, store: FileStore) -> None:
    numbers = []
    for services in (("day_activity",), ("transport",), ("carer_leave_home",)):
        application = make_application(
            session, cast.provider, cast.applicant, services=services, state="in_review"
        )
        propose(session, application, cast, Outcome.APPROVED)
        decision = deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
        session.flush()
        numbers.append(decision.number)
    assert numbers == ["KEUSOTE-2026/1", "KEUSOTE-2026/2", "KEUSOTE-2026/3"]


def test_deciding_twice_is_refused_and_leaves_one_decision(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    propose(session, application, cast, Outcome.APPROVED, Outcome.APPROVED)
    deciding.decide(
        work_of(session, cast.actor("decider")),
        application,
        seen=deciding.seen_mark(application),
        store=store,
    )
    with pytest.raises(NoSuchTransition):
        deciding.decide(
            work_of(session, cast.actor("decider")),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 1


def test_a_condition_whose_day_has_passed_meanwhile_is_not_decided(
    session: Session, cast: Cast, store: FileStore
) -> None:
    application = make_application(session, cast.provider, cast.applicant, state="in_review")
    propose(session, application, cast, Outcome.APPROVED_WITH_CONDITIONS, Outcome.APPROVED)
    with pytest.raises(Invalid):
        deciding.decide(
            work_of(session, cast.actor("decider"), now=NOW + timedelta(days=40)),
            application,
            seen=deciding.seen_mark(application),
            store=store,
        )
    assert application.state == ApplicationState.PROPOSED
    assert session.scalars(sa.select(Decision)).all() == []
