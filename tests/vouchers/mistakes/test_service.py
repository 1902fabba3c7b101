"""What a counsellor wrote down wrongly is put right, with a trace, and nothing of it is left behind."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.audit.fields import changes
from marketplace.audit.models import AuditEvent
from marketplace.deliveries.models import Delivery
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.ledger import proof
from marketplace.pilots.queries import pilot
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.reports.facts.choice import choice
from marketplace.reports.facts.span import Span
from marketplace.reports.rules import Measure
from marketplace.vouchers import queries, service
from marketplace.vouchers.agreeing.service import end_for_office, record_for_office
from marketplace.vouchers.mistakes.service import annul, may_annul, may_move_on, move_on
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import AgreementFilter, Narrowed
from marketplace.vouchers.rules import AgreementParty, AgreementState, AgreementTerms
from marketplace.work import UnitOfWork
from marketplace.workflow import NoSuchTransition
from tests.factories import NOW
from tests.vouchers.agreeing.conftest import (
    FIRST,
    Choosing,
    accepted,
    asked,
    mails,
    make_store,
    reserved,
)

LAST = date(2027, 2, 14)
REASON = "Sopimus kirjattiin väärän asiakkaan numerolla."


def counsellor(session: Session, scene: Choosing, now: datetime = NOW) -> UnitOfWork:
    return UnitOfWork(session, actor_of(scene.granting.olga), now)


def recorded(session: Session, scene: Choosing, last: date | None = None) -> Agreement:
    """An agreement of twenty hours a month that the counsellor wrote down."""
    terms = AgreementTerms(scene.client.number, FIRST, last, "20")
    return record_for_office(counsellor(session, scene), scene.offer.id, terms, store=make_store())


def measures(session: Session, scene: Choosing) -> set[Measure]:
    """What the report on choice counts of the year."""
    year = Span(date(2026, 1, 1), date(2027, 12, 31))
    return {each.measure for each in choice(session, pilot(session, scene.offer.pilot_key), year)}


# --- recorded by mistake ---------------------------------------------------------------------------------------------


def test_a_mistake_lets_go_of_the_budget_and_counts_nowhere(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    assert reserved(scene.decision)[0] == 1200
    assert Measure.AGREEMENTS in measures(session, scene)
    assert queries.new_to_provider(session, scene.offer.provider_id, today=NOW.date()) == 1
    annul(counsellor(session, scene), made.id, REASON)
    assert (made.state, made.reason, made.ended_by) == (
        AgreementState.MISTAKEN,
        REASON,
        AgreementParty.OFFICE,
    )
    assert reserved(scene.decision) == [0] * 12
    assert Measure.AGREEMENTS not in measures(session, scene)
    assert queries.new_to_provider(session, scene.offer.provider_id, today=NOW.date()) == 0
    assert queries.last_days_under(session, scene.offer.approval_id, today=NOW.date()) == []
    assert list(proof.problems(session)) == []


def test_the_register_keeps_a_mistake_among_what_is_over(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    annul(counsellor(session, scene), made.id, REASON)
    found = {
        state: queries.of_organisation(
            session, made.organisation_key, AgreementFilter(state=state), today=NOW.date()
        ).rows
        for state in (Narrowed.OPEN, Narrowed.ENDED)
    }
    assert (found[Narrowed.OPEN], found[Narrowed.ENDED]) == ([], [made])


def test_both_sides_are_told_of_a_mistake_and_not_why(session: Session, scene: Choosing) -> None:
    annul(counsellor(session, scene), recorded(session, scene).id, REASON)
    told = {person for template, person in mails(session) if template == "agreement_mistaken"}
    assert told == {scene.admin.email, scene.client.email}


def test_a_mistake_leaves_a_trace_without_the_client(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    annul(counsellor(session, scene), made.id, REASON)
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "agreement.annul")).one()
    assert (event.actor_id, event.subject_id) == (scene.granting.olga.id, str(made.id))
    assert [each.after for each in changes(event)] == ["Kirjattu vahingossa"]
    assert REASON not in str(event.after)


@pytest.mark.parametrize("reason", ["", "   ", "Väärä asiakas 131052-308T."])
def test_a_mistake_has_a_reason_without_an_identity_code(
    session: Session, scene: Choosing, reason: str
) -> None:
    made = recorded(session, scene)
    with pytest.raises(Invalid) as refused:
        annul(counsellor(session, scene), made.id, reason)
    assert refused.value.field == "reason"
    assert made.state is AgreementState.IN_FORCE


def test_what_was_asked_for_and_accepted_is_no_mistake(session: Session, scene: Choosing) -> None:
    made = accepted(session, scene, asked(session, scene))
    assert not may_annul(made)
    with pytest.raises(Conflict):
        annul(counsellor(session, scene), made.id, REASON)
    assert made.state is AgreementState.IN_FORCE


def test_an_agreement_under_which_services_are_recorded_is_no_mistake(
    session: Session, scene: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recorded(session, scene)
    monkeypatch.setattr(
        "marketplace.vouchers.mistakes.service.settled_until", lambda _session, _agreement: FIRST
    )
    with pytest.raises(Conflict):
        annul(counsellor(session, scene), made.id, REASON)
    assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 0
    assert reserved(scene.decision)[0] == 1200


def test_a_mistake_is_one_for_good(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    annul(counsellor(session, scene), made.id, REASON)
    with pytest.raises(NoSuchTransition):
        annul(counsellor(session, scene), made.id, REASON)
    with pytest.raises(NoSuchTransition):
        move_on(counsellor(session, scene), made.id, None)


def test_nobody_else_puts_anything_right(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene, LAST)
    for who in (scene.admin, scene.citizen):
        work = UnitOfWork(session, actor_of(who), NOW)
        with pytest.raises(NotFound):
            annul(work, made.id, REASON)
        with pytest.raises(NotFound):
            move_on(work, made.id, None)


def test_after_a_mistake_the_right_agreement_is_recorded(session: Session, scene: Choosing) -> None:
    annul(counsellor(session, scene), recorded(session, scene).id, REASON)
    assert recorded(session, scene).state is AgreementState.IN_FORCE
    assert reserved(scene.decision)[0] == 1200


# --- a last day that was too early -----------------------------------------------------------------------------------


def test_a_last_day_is_moved_on_and_holds_what_it_needs(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    end_for_office(counsellor(session, scene), made.id, LAST)
    assert reserved(scene.decision) == [1200, 1200, 600, *[0] * 9]
    move_on(counsellor(session, scene, NOW + timedelta(minutes=1)), made.id, date(2027, 3, 31))
    assert (made.state, made.ends_on, made.ended_by) == (AgreementState.IN_FORCE, date(2027, 3, 31), None)
    assert reserved(scene.decision) == [1200, 1200, 1200, 1200, *[0] * 8]
    move_on(counsellor(session, scene, NOW + timedelta(minutes=2)), made.id, None)
    assert (made.ends_on, reserved(scene.decision)) == (None, [1200] * 12)


def test_a_day_that_was_recorded_with_the_agreement_moves_on_too(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene, LAST)
    assert may_move_on(made)
    move_on(counsellor(session, scene), made.id, date(2027, 2, 28))
    assert reserved(scene.decision) == [1200, 1200, 1200, *[0] * 9]


def test_a_day_that_has_gone_by_moves_on(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene, LAST)
    move_on(counsellor(session, scene, NOW + timedelta(days=200)), made.id, None)
    assert made.ends_on is None


def test_both_sides_and_the_trail_are_told_of_the_right_day(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene, LAST)
    move_on(counsellor(session, scene), made.id, date(2027, 3, 31))
    told = {person for template, person in mails(session) if template == "agreement_goes_on"}
    assert told == {scene.admin.email, scene.client.email}
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "agreement.move_on")).one()
    assert [(each.before, each.after) for each in changes(event)] == [("14.2.2027", "31.3.2027")]


@pytest.mark.parametrize("day", [LAST, LAST - timedelta(days=1), FIRST])
def test_a_last_day_moves_only_on(session: Session, scene: Choosing, day: date) -> None:
    made = recorded(session, scene, LAST)
    with pytest.raises(Invalid) as refused:
        move_on(counsellor(session, scene), made.id, day)
    assert (refused.value.field, made.ends_on) == ("ends_on", LAST)


def test_what_a_side_has_ended_stays_ended(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    service.give_last_day(counsellor(session, scene), made, LAST, by=AgreementParty.CLIENT)
    assert not may_move_on(made)
    with pytest.raises(Conflict):
        move_on(counsellor(session, scene), made.id, None)


def test_a_longer_agreement_holds_no_more_than_is_left(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene, LAST)
    terms = AgreementTerms(scene.client.number, date(2027, 3, 1), None, "15")
    record_for_office(counsellor(session, scene), scene.other.id, terms, store=make_store())
    with pytest.raises(Conflict) as refused:
        move_on(counsellor(session, scene), made.id, date(2027, 3, 31))
    assert refused.value.field == "ends_on"


def test_a_longer_agreement_meets_no_other_in_the_same_offer(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene, LAST)
    terms = AgreementTerms(scene.client.number, date(2027, 3, 1), None, "5")
    record_for_office(counsellor(session, scene), scene.offer.id, terms, store=make_store())
    move_on(counsellor(session, scene), made.id, date(2027, 2, 28))
    with pytest.raises(Conflict):
        move_on(counsellor(session, scene), made.id, date(2027, 3, 1))


def test_what_another_agreement_replaces_is_not_moved_on(session: Session, scene: Choosing) -> None:
    made = recorded(session, scene)
    asked(session, scene, scene.other, first=date(2027, 3, 1), hours="5", replaces=made.id)
    end_for_office(counsellor(session, scene), made.id, LAST)
    with pytest.raises(Conflict):
        move_on(counsellor(session, scene), made.id, None)


@pytest.mark.parametrize("gone", ["approval", "provider"])
def test_nothing_moves_on_with_a_provider_that_is_gone(session: Session, scene: Choosing, gone: str) -> None:
    made = recorded(session, scene, LAST)
    approval = scene.offer.approval
    if gone == "approval":
        approval.state = ApprovalState.WITHDRAWN
    else:
        approval.provider.state = ProviderState.LEFT
    with pytest.raises(Conflict):
        move_on(counsellor(session, scene), made.id, None)
