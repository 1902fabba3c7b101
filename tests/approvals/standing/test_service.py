"""Measures on approvals: who may, when, with what hearing, and what the decision does."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant
from marketplace.accounts.service import actor_of
from marketplace.approvals.hearing.service import WrittenAnswer
from marketplace.approvals.standing import conditions, deciding, queries, rules, service
from marketplace.approvals.standing.labels import REFUSALS
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasureAction, MeasureState
from marketplace.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from marketplace.files.store import FileStore
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import Hidden, reasons_hidden
from marketplace.outbox import OutboxMessage
from marketplace.permissions import GRANTS, STAFF_ROLES, Role
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.service import leave_pilot
from marketplace.providers.rules import APPROVAL, ApprovalAction, ApprovalState
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import SAFE, TODAY, decide, make_condition, make_standing, open_measure
from tests.factories import NOW, make_approval, make_provider, make_user
from tests.stored import path_of
from tests.work import work_of


def mails(session: Session) -> list[tuple[str, str]]:
    return [
        (mail.recipient, mail.template)
        for mail in session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    ]


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
@pytest.mark.parametrize("kind", rules.MEASURE.kinds)
@pytest.mark.parametrize("state", APPROVAL.states)
def test_a_measure_is_opened_in_the_states_of_the_table_by_the_roles_of_the_table(
    session: Session, cast: Cast, state: ApprovalState, kind: ApprovalAction, role: Role
) -> None:
    approval = make_approval(session, cast.provider, state=state)
    actor = actor_of(make_user(session, role, organisation="keusote"))
    plan = rules.MeasurePlan(
        kind,
        "Syy.",
        due_on=TODAY + timedelta(days=14),
        condition="Soteri.",
        condition_due_on=TODAY + timedelta(days=15),
    )
    allowed = rules.ACTION_PERMISSIONS[rules.opening(kind, safety=False)] in GRANTS[role]
    expected: type[DomainError] | None = None
    if not allowed:
        expected = NotAllowed
    elif not APPROVAL.allows(state, kind):
        expected = Conflict
    if expected is None:
        opened = service.open_measure(work_of(session, actor), approval, plan)
        assert opened.state == (
            MeasureState.HEARING if kind in rules.MEASURE.heard else MeasureState.PROPOSED
        )
    else:
        with pytest.raises(expected):
            service.open_measure(work_of(session, actor), approval, plan)
    assert approval.state == state


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
@pytest.mark.parametrize("state", rules.MEASURE.states)
@pytest.mark.parametrize("action", [MeasureAction.DECIDE, MeasureAction.RETURN, MeasureAction.DROP])
def test_a_measure_goes_on_in_the_states_of_the_table_by_the_roles_of_the_table(
    session: Session,
    cast: Cast,
    approval: ServiceApproval,
    store: FileStore,
    action: MeasureAction,
    state: MeasureState,
    role: Role,
) -> None:
    measure = ApprovalMeasure(
        approval=approval,
        kind=ApprovalAction.SUSPEND,
        state=state,
        number="KEUSOTE-2026/S900" if state == "decided" else None,
        language="fi",
        grounds="Syy.",
        proposed_by_id=cast.reviewer.id,
        proposed_at=NOW,
    )
    session.add(measure)
    session.flush()
    actor = actor_of(make_user(session, role, organisation="keusote"))
    verbs: dict[str, Callable[[], object]] = {
        "decide": lambda: deciding.decide(work_of(session, actor), measure, store=store),
        "return": lambda: service.send_back(work_of(session, actor), measure, "Ei riitä."),
        "drop": lambda: service.drop(work_of(session, actor), measure, "Asia selvisi."),
    }
    if rules.ACTION_PERMISSIONS[action] not in GRANTS[role]:
        with pytest.raises(NotAllowed):
            verbs[action]()
    elif (state, action) not in rules.MEASURE.table:
        with pytest.raises(Conflict):
            verbs[action]()
    else:
        verbs[action]()
        assert measure.state == rules.MEASURE.table[state, action]


def test_a_withdrawal_hears_the_provider_and_hides_the_offers_when_another_person_decides(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    measure = open_measure(
        session, approval, cast, ApprovalAction.WITHDRAW, due_on=TODAY + timedelta(days=14)
    )
    assert (measure.state, mails(session)) == ("hearing", [(cast.applicant.email, "approval_hearing")])
    with pytest.raises(Conflict):
        decide(session, measure, cast, store)
    service.answer(work_of(session, cast.actor("applicant")), measure, "Olemme korjanneet tämän.")
    assert mails(session)[-1] == (cast.reviewer.email, "approval_measure_back")
    with pytest.raises(Conflict):
        decide(session, measure, cast, store)
    with pytest.raises(Invalid):
        service.propose(work_of(session, cast.actor("reviewer")), measure, " ")
    service.propose(work_of(session, cast.actor("reviewer")), measure, "Korjausta ei ole osoitettu.")
    decide(session, measure, cast, store)
    session.flush()
    assert (approval.state, measure.state, measure.number) == ("withdrawn", "decided", "KEUSOTE-2026/S1")
    offer = queries.offers_of(session, approval)[0]
    assert reasons_hidden(standing_of(session, offer, TODAY), TODAY) == (Hidden.APPROVAL_WITHDRAWN,)
    assert mails(session)[-1] == (cast.applicant.email, "approval_measure_decided")
    assert measure.file is not None
    text = " ".join(
        " ".join(page.extract_text().split())
        for page in PdfReader(io.BytesIO(path_of(store, measure.file.sha256).read_bytes())).pages
    )
    for words in (
        "KEUSOTE-2026/S1",
        "Ehdot eivät täyty.",
        "Olemme korjanneet tämän.",
        "Korjausta ei ole osoitettu.",
        "oikaisua",
        "14 päivän",
        "Pentti Päättäjä",
    ):
        assert words in text


def test_client_safety_needs_no_hearing_but_a_reason_that_stays(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.WITHDRAW, **SAFE)
    assert (measure.state, mails(session)) == ("proposed", [(cast.decider.email, "approval_safety")])
    decide(session, measure, cast, store)
    assert approval.state == ApprovalState.WITHDRAWN
    event = next(each for each in queries.history(session, approval) if each.action == "approval.propose")
    assert event.after["safety"] == "Asiakas on vaarassa."


def test_a_suspended_approval_is_reinstated_and_its_offers_come_back(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    decide(session, open_measure(session, approval, cast, ApprovalAction.SUSPEND, **SAFE), cast, store)
    offer = queries.offers_of(session, approval)[0]
    assert reasons_hidden(standing_of(session, offer, TODAY), TODAY) == (Hidden.APPROVAL_SUSPENDED,)
    second = decide(session, open_measure(session, approval, cast, ApprovalAction.REINSTATE), cast, store)
    assert (approval.state, second.number) == ("approved", "KEUSOTE-2026/S2")
    assert reasons_hidden(standing_of(session, offer, TODAY), TODAY) == ()


def test_a_refusal_says_what_and_why(session: Session, cast: Cast, approval: ServiceApproval) -> None:
    approval.state = ApprovalState.WITHDRAWN
    with pytest.raises(Conflict, match=str(REFUSALS[ApprovalState.WITHDRAWN])):
        open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    with pytest.raises(Conflict, match=str(REFUSALS[ApprovalState.WITHDRAWN])):
        conditions.send_request(work_of(session, cast.actor("reviewer")), approval, "x", TODAY)
    with pytest.raises(Conflict, match=str(REFUSALS[ApprovalState.WITHDRAWN])):
        service.recheck(work_of(session, cast.actor("reviewer")), approval, "")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"grounds": "  "}, "grounds"),
        ({"due_on": None}, "due_on"),
        ({"due_on": TODAY}, "due_on"),
        ({"due_on": TODAY + timedelta(days=13)}, "short_reason"),
        ({"safety": True, "due_on": None}, "safety_reason"),
        ({"condition": " "}, "condition"),
        ({"condition_due_on": None}, "condition_due_on"),
        ({"condition_due_on": TODAY + timedelta(days=14)}, "condition_due_on"),
        ({**SAFE, "condition_due_on": TODAY}, "condition_due_on"),
    ],
)
def test_a_faulty_plan_is_refused_at_its_field_and_nothing_is_done(
    session: Session, cast: Cast, approval: ServiceApproval, given: dict[str, object], field: str
) -> None:
    kind = ApprovalAction.CONDITION if field.startswith("condition") else ApprovalAction.WITHDRAW
    with pytest.raises(Invalid) as refusal:
        open_measure(session, approval, cast, kind, **given)
    assert refusal.value.field == field
    assert mails(session) == []
    assert queries.measures_of(session, approval) == []


def test_nobody_decides_ones_own_proposal(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    both = make_user(session, Role.REVIEWER, organisation="keusote")
    both.grants.append(RoleGrant(role=Role.DECIDER, organisation_key="keusote"))
    session.flush()
    plan = rules.MeasurePlan(ApprovalAction.SUSPEND, "Syy.", safety=True, safety_reason="Vaara.")
    measure = service.open_measure(work_of(session, actor_of(both)), approval, plan)
    with pytest.raises(NotAllowed):
        deciding.decide(work_of(session, actor_of(both)), measure, store=store)
    assert approval.state == ApprovalState.APPROVED


def test_an_approval_has_one_measure_at_a_time(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    with pytest.raises(Conflict):
        open_measure(session, approval, cast, ApprovalAction.WITHDRAW)


def test_a_measure_is_decided_once_and_not_after_the_approval_has_ended(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND, **SAFE)
    approval.state = ApprovalState.ENDED
    with pytest.raises(Conflict, match=str(REFUSALS[ApprovalState.ENDED])):
        decide(session, measure, cast, store)
    approval.state = ApprovalState.APPROVED
    decide(session, measure, cast, store)
    with pytest.raises(Conflict):
        decide(session, measure, cast, store)


def test_a_returned_measure_is_with_its_reviewer_and_the_provider_is_told_nothing(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    reviewer = work_of(session, cast.actor("reviewer"))
    service.answer(work_of(session, cast.actor("applicant")), measure, "Korjattu.")
    service.propose(reviewer, measure, "Ei riitä.")
    told = [mail for mail in mails(session) if mail[0] == cast.applicant.email]
    service.send_back(work_of(session, cast.actor("decider")), measure, "Selvitä lisää.")
    assert (measure.state, measure.answer, measure.closing_reason) == (
        "with_reviewer", "Korjattu.", "Selvitä lisää.",
    )  # fmt: skip
    assert mails(session)[-1] == (cast.reviewer.email, "approval_measure_back")
    assert [mail for mail in mails(session) if mail[0] == cast.applicant.email] == told
    service.propose(reviewer, measure, "Ei riitä vieläkään.")
    assert measure.state == MeasureState.PROPOSED


def test_leaving_closes_a_measure_in_the_same_transaction_and_it_is_found_at_the_next_application(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.WITHDRAW)
    coordinator = make_user(session, Role.COORDINATOR, organisation="keusote")
    leave_pilot(
        work_of(session, cast.actor("applicant")), provider_id=cast.provider.id, pilot_key="keusote-2022"
    )
    assert (approval.state, measure.state) == ("ended", "fallen")
    assert queries.earlier_measures(session, cast.provider.id, "keusote") == [measure]
    assert queries.earlier_measures(session, cast.provider.id, "soite") == []
    letter = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.recipient == coordinator.email)
    ).one()
    assert "on rauennut" in letter.body


def test_the_office_writes_down_an_explanation_that_came_by_letter(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    by_letter = WrittenAnswer("Kirjeellä tullut.", TODAY)
    with pytest.raises(NotAllowed):
        service.write_down_answer(work_of(session, cast.actor("decider")), measure, by_letter)
    service.write_down_answer(work_of(session, cast.actor("reviewer")), measure, by_letter)
    assert (measure.state, measure.answer) == ("with_reviewer", "Kirjeellä tullut.")


def test_an_explanation_needs_words_and_comes_once(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    applicant = cast.actor("applicant")
    with pytest.raises(Invalid):
        service.answer(work_of(session, applicant), measure, " ")
    service.answer(work_of(session, applicant), measure, "Selitys.")
    with pytest.raises(Conflict):
        service.answer(work_of(session, applicant), measure, "Toinen.")


def test_another_organisations_staff_and_another_provider_see_nothing(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    with pytest.raises(NotFound):
        queries.for_office(work_of(session, cast.actor("stranger")), approval.id)
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    other = make_provider(session)
    with pytest.raises(NotFound):
        queries.for_provider(work_of(session, cast.actor("applicant")), other.id, measure.id)
    assert (
        queries.for_provider(work_of(session, cast.actor("applicant")), cast.provider.id, measure.id)
        is measure
    )


def test_the_provider_does_not_see_a_proposal_without_a_hearing_before_the_decision(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND, **SAFE)
    assert queries.told_to_provider(session, cast.provider.id) == []
    with pytest.raises(NotFound):
        queries.for_provider(work_of(session, cast.actor("applicant")), cast.provider.id, measure.id)
    decide(session, measure, cast, store)
    assert queries.told_to_provider(session, cast.provider.id) == [measure]


def test_the_document_is_in_the_providers_language(session: Session, store: FileStore) -> None:
    cast = make_cast(session, "sv")
    approval = make_standing(session, cast)
    made = decide(session, open_measure(session, approval, cast, ApprovalAction.SUSPEND, **SAFE), cast, store)
    assert made.file is not None
    text = PdfReader(io.BytesIO(path_of(store, made.file.sha256).read_bytes())).pages[0].extract_text()
    assert (made.language, "Beslut" in text, "Asiakas on vaarassa." in text) == ("sv", True, True)


def test_every_step_stands_in_the_history(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    reviewer = cast.actor("reviewer")
    measure = open_measure(session, approval, cast, ApprovalAction.SUSPEND)
    service.answer(work_of(session, cast.actor("applicant")), measure, "Selitys.")
    service.propose(work_of(session, reviewer), measure, "Ei riitä.")
    decide(session, measure, cast, store)
    conditions.send_request(work_of(session, reviewer), approval, "Soteri.", TODAY + timedelta(days=7))
    service.recheck(work_of(session, reviewer), approval, "Kaikki kunnossa.")
    done = {event.action for event in queries.history(session, approval)}
    assert done == {
        "approval.hear",
        "approval.answer",
        "approval.propose",
        "approval.decide",
        "approval.request",
        "approval.recheck",
    }


def test_an_approval_that_needs_something_else_is_not_checked_with_others(
    session: Session, cast: Cast
) -> None:
    due = TODAY - timedelta(days=350)
    good, other = (
        make_standing(session, cast, service_key=each, approved_on=due)
        for each in ("day_activity", "transport")
    )
    work = work_of(session, cast.actor("reviewer"))
    for chosen, note in (((), "Kaikki."), ((good.id,), " ")):
        with pytest.raises(Invalid):
            service.recheck_several(work, chosen, note)
    make_condition(session, other, cast)
    with pytest.raises(Invalid) as refusal:
        service.recheck_several(work, (good.id, other.id), "Kaikki.")
    assert refusal.value.field == "chosen"
    assert service.recheck_several(work, (good.id,), "Kaikki.") == 1
