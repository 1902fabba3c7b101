"""Conditions and requests: who settles them when, what the provider reads, and what binds."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.approvals.standing import conditions, queries, rules, service
from marketplace.approvals.standing.rules import ConditionAction, ConditionState, MeasureState
from marketplace.errors import Conflict, DomainError, Invalid
from marketplace.files.store import FileStore
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import reasons_hidden
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction, ApprovalState
from tests.approvals.cast import Cast
from tests.approvals.standing.conftest import SAFE, TODAY, decide, make_condition, open_measure
from tests.factories import NOW
from tests.stored import path_of
from tests.work import work_of


@pytest.mark.parametrize("state", rules.CONDITION.states)
@pytest.mark.parametrize("action", rules.CONDITION.all_actions)
def test_a_condition_is_met_or_not_by_the_table(
    session: Session, cast: Cast, approval: ServiceApproval, state: ConditionState, action: ConditionAction
) -> None:
    reviewer = cast.actor("reviewer")
    measure = open_measure(session, approval, cast, ApprovalAction.CONDITION)
    condition = make_condition(session, approval, cast, state=state, measure=measure)
    target = rules.CONDITION.table.get((state, action))
    later = work_of(session, reviewer, now=NOW + timedelta(days=1))
    if action is ConditionAction.LIFT:
        conditions.lift(work_of(session, cast.actor("decider")), [condition])
        assert condition.state == (target or ConditionState.LIFTED), "what is lifted already stays so"
        return

    def settle() -> None:
        if action is ConditionAction.MEET:
            conditions.meet(later, condition)
        elif action is ConditionAction.REOPEN:
            conditions.reopen(later, condition)
        else:
            conditions.fail(later, condition, "Todistusta ei ole tullut.")

    if target is None:
        with pytest.raises(Conflict):
            settle()
    else:
        settle()
        by = None if action is ConditionAction.REOPEN else cast.reviewer.id
        assert (condition.state, condition.settled_by_id) == (target, by)


@pytest.mark.parametrize("binding", [True, False])
@pytest.mark.parametrize(("days", "reason", "told"), [(0, "Puuttuu.", 0), (1, " ", 0), (1, "Puuttuu.", 1)])
def test_a_condition_is_not_met_after_its_day_with_a_reason_that_the_provider_reads(
    session: Session, cast: Cast, approval: ServiceApproval, days: int, reason: str, told: int, binding: bool
) -> None:
    condition = make_condition(session, approval, cast, binding=binding)
    work = work_of(session, cast.actor("reviewer"), now=NOW + timedelta(days=days))
    if told:
        conditions.fail(work, condition, reason)
    else:
        with pytest.raises(Invalid) as refusal:
            conditions.fail(work, condition, reason)
        assert refusal.value.field == "reason"
    session.flush()
    mails = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.template == "approval_condition_not_met")
    ).all()
    assert len(mails) == told * len(service.admins(session, cast.provider.id))
    assert all(reason in mail.body for mail in mails)
    assert (condition.state is ConditionState.NOT_MET) == bool(told)


@pytest.mark.parametrize(("text", "days", "field"), [(" ", 1, "text"), ("Soteri.", 0, "due_on")])
def test_a_request_has_words_and_a_day_to_come(
    session: Session, cast: Cast, approval: ServiceApproval, text: str, days: int, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        conditions.send_request(
            work_of(session, cast.actor("reviewer")), approval, text, TODAY + timedelta(days=days)
        )
    assert refusal.value.field == field


def test_a_request_binds_to_nothing_and_says_so(
    session: Session, cast: Cast, approval: ServiceApproval
) -> None:
    asked = conditions.send_request(
        work_of(session, cast.actor("reviewer")), approval, "Kerro sijaisista.", TODAY + timedelta(days=7)
    )
    [mail] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "approval_request"))
    assert "Kerro sijaisista." in mail.body
    assert "ei ole päätös eikä hyväksymisesi ehto" in mail.body
    assert (asked.binding, asked.public) == (False, False)
    assert queries.conditions_for_clients(session, approval)[1] == []
    assert queries.conditions_of_provider(session, cast.provider.id) == [asked]
    asked.due_on = TODAY - timedelta(days=1)
    conditions.fail(work_of(session, cast.actor("reviewer")), asked, "Vastausta ei ole tullut.")
    session.flush()
    assert queries.conditions_of_provider(session, cast.provider.id) == [], "nothing is left to do"
    [standing] = queries.standings(session, [approval], today=TODAY)
    assert "conditions" not in standing.needs(TODAY)


def test_a_new_condition_is_heard_decided_and_followed_up(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.CONDITION, condition_public=True)
    [hearing] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "approval_hearing"))
    assert (measure.state, measure.condition in hearing.body) == (MeasureState.HEARING, True)
    assert queries.conditions_of_provider(session, cast.provider.id) == [], "nothing binds before a decision"
    service.answer(work_of(session, cast.actor("applicant")), measure, "Päivä on liian aikainen.")
    later = TODAY + timedelta(days=60)
    service.propose(
        work_of(session, cast.actor("reviewer")), measure, "Päivää on siirretty.", condition_due_on=later
    )
    made = decide(session, measure, cast, store)
    [condition] = queries.conditions_of_provider(session, cast.provider.id)
    assert (condition.text, condition.due_on, condition.measure, condition.public, condition.binding) == (
        "Toimita Soteri-päätös.",
        later,
        made,
        True,
        True,
    )
    assert (approval.state, made.number) == (ApprovalState.APPROVED, "KEUSOTE-2026/S1")
    offer = queries.offers_of(session, approval)[0]
    assert reasons_hidden(standing_of(session, offer, TODAY), TODAY) == ()
    assert made.file is not None
    pages = PdfReader(io.BytesIO(path_of(store, made.file.sha256).read_bytes())).pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    for words in ("Toimita Soteri-päätös.", "Päivää on siirretty.", "Oikaisuvaatimus"):
        assert words in text


def test_a_condition_whose_day_has_passed_is_not_decided(
    session: Session, cast: Cast, approval: ServiceApproval, store: FileStore
) -> None:
    measure = open_measure(session, approval, cast, ApprovalAction.CONDITION, **SAFE)
    measure.condition_due_on = TODAY - timedelta(days=1)
    with pytest.raises(Conflict, match="Ehdon päivä on mennyt"):
        decide(session, measure, cast, store)
    assert queries.conditions_of_provider(session, cast.provider.id) == []
