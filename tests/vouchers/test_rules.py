"""The days of an agreement."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.offers.rules import Hidden
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.vouchers.rules import (
    AGREEMENT,
    FARTHEST,
    AgreementAction,
    AgreementStanding,
    AgreementState,
    Bounds,
    answer_until,
    end_fault,
    first_day_after,
    last_day_fault,
    later_day_fault,
    period_fault,
    reasons_to_act,
    settled_fault,
    standing_on,
)
from marketplace.workflow import NoSuchTransition

TODAY = date(2026, 11, 22)
BOUNDS = Bounds(date(2026, 3, 1), date(2026, 4, 1), date(2027, 3, 31), TODAY)


@pytest.mark.parametrize(
    ("starts_on", "fault"),
    [
        (date(2026, 2, 28), "before_approval"),
        (date(2026, 3, 1), "before_offer"),
        (date(2026, 4, 1), None),
        (date(2027, 3, 31), None),
        (date(2027, 4, 1), "after_offer"),
    ],
)
def test_an_agreement_begins_within_the_approval_and_the_offer(starts_on: date, fault: str | None) -> None:
    assert period_fault(starts_on, None, BOUNDS) == (fault and ("starts_on", fault))


def test_an_agreement_begins_within_a_year() -> None:
    open_offer = Bounds(BOUNDS.approved_on, BOUNDS.first_day, None, TODAY)
    assert period_fault(TODAY + FARTHEST, None, open_offer) is None
    assert period_fault(TODAY + FARTHEST + timedelta(days=1), None, open_offer) == ("starts_on", "too_far")


def test_an_agreement_ends_on_its_first_day_at_the_earliest() -> None:
    assert period_fault(TODAY, TODAY, BOUNDS) is None
    assert period_fault(TODAY, TODAY - timedelta(days=1), BOUNDS) == ("ends_on", "before_start")


def test_an_agreed_last_day_moves_only_nearer() -> None:
    assert last_day_fault(TODAY, TODAY + timedelta(days=9), TODAY + timedelta(days=8)) is None
    assert last_day_fault(TODAY, TODAY + timedelta(days=9), TODAY + timedelta(days=10)) == (
        "ends_on",
        "after_end",
    )


def test_a_last_day_that_was_too_early_moves_only_on() -> None:
    later = TODAY + timedelta(days=1)
    assert later_day_fault(TODAY, later) is None
    assert later_day_fault(TODAY, None) is None
    assert later_day_fault(TODAY, TODAY) == ("ends_on", "not_later")
    assert later_day_fault(None, later) == ("ends_on", "no_end")


def test_an_agreement_is_in_force_on_its_first_and_last_day() -> None:
    last = TODAY + timedelta(days=1)
    assert [
        standing_on(AgreementState.IN_FORCE, TODAY, last, TODAY + timedelta(days=n)) for n in (-1, 0, 1, 2)
    ] == [
        AgreementStanding.COMING,
        AgreementStanding.RUNNING,
        AgreementStanding.RUNNING,
        AgreementStanding.ENDED,
    ]
    far = TODAY + timedelta(days=9999)
    assert standing_on(AgreementState.IN_FORCE, TODAY, None, far) == AgreementStanding.RUNNING


def test_an_end_shows_until_it_has_come_and_a_stop_at_once() -> None:
    last = TODAY + timedelta(days=1)
    assert standing_on(AgreementState.ENDING, TODAY, last, TODAY) == AgreementStanding.ENDING
    assert standing_on(AgreementState.ENDING, last, last, TODAY) == AgreementStanding.COMING
    assert standing_on(AgreementState.ENDING, TODAY, TODAY, last) == AgreementStanding.ENDED
    assert standing_on(AgreementState.STOPPED, TODAY, TODAY, TODAY) == AgreementStanding.ENDED


@pytest.mark.parametrize("state", [each for each in AgreementState if each not in AGREEMENT.agreed])
def test_what_never_held_stands_as_it_was_left(state: AgreementState) -> None:
    assert standing_on(state, TODAY, None, TODAY).value == state.value


TABLE = {
    AgreementState.REQUESTED: {
        AgreementAction.ACCEPT: AgreementState.IN_FORCE,
        AgreementAction.DECLINE: AgreementState.DECLINED,
        AgreementAction.REPRICE: AgreementState.PRICE_CHANGED,
        AgreementAction.WITHDRAW: AgreementState.WITHDRAWN,
        AgreementAction.LAPSE: AgreementState.LAPSED,
    },
    AgreementState.IN_FORCE: {
        AgreementAction.END: AgreementState.ENDING,
        AgreementAction.STOP: AgreementState.STOPPED,
        AgreementAction.CALL_OFF: AgreementState.CALLED_OFF,
        AgreementAction.MOVE_ON: AgreementState.IN_FORCE,
        AgreementAction.ANNUL: AgreementState.MISTAKEN,
    },
    AgreementState.ENDING: {
        AgreementAction.END: AgreementState.ENDING,
        AgreementAction.STOP: AgreementState.STOPPED,
        AgreementAction.CALL_OFF: AgreementState.CALLED_OFF,
        AgreementAction.MOVE_ON: AgreementState.IN_FORCE,
        AgreementAction.ANNUL: AgreementState.MISTAKEN,
    },
    AgreementState.STOPPED: {AgreementAction.ANNUL: AgreementState.MISTAKEN},
    AgreementState.CALLED_OFF: {AgreementAction.ANNUL: AgreementState.MISTAKEN},
}


@pytest.mark.parametrize("state", list(AgreementState))
@pytest.mark.parametrize("action", list(AgreementAction))
def test_every_action_in_every_state(state: AgreementState, action: AgreementAction) -> None:
    expected = TABLE.get(state, {}).get(action)
    if expected is not None:
        assert AGREEMENT.next(state, action) is expected
        return
    with pytest.raises(NoSuchTransition):
        AGREEMENT.next(state, action)


def test_a_provider_answers_within_the_days_and_before_the_service_begins() -> None:
    assert answer_until(TODAY, 7, TODAY + timedelta(days=30)) == TODAY + timedelta(days=7)
    assert answer_until(TODAY, 7, TODAY + timedelta(days=2)) == TODAY + timedelta(days=2)
    leap = date(2028, 2, 25)
    assert answer_until(leap, 4, date(2028, 3, 31)) == date(2028, 2, 29)


def test_who_is_replaced_has_the_whole_notice_whenever_the_new_one_answers() -> None:
    first = first_day_after(TODAY, 7, 14)
    latest_answer = answer_until(TODAY, 7, first)
    assert first - timedelta(days=1) - latest_answer == timedelta(days=14)


@pytest.mark.parametrize(
    ("last_day", "fault"),
    [
        (TODAY + timedelta(days=13), "before_notice"),
        (TODAY + timedelta(days=14), None),
        (TODAY + timedelta(days=60), None),
        (TODAY + timedelta(days=61), "after_end"),
    ],
)
def test_one_side_ends_an_agreement_after_its_notice(last_day: date, fault: str | None) -> None:
    found = end_fault(
        last_day, today=TODAY, notice_days=14, agreed=TODAY + timedelta(days=60), settled_until=None
    )
    assert found == (fault and ("ends_on", fault))


def test_no_agreement_ends_before_what_has_been_recorded() -> None:
    assert settled_fault(TODAY, TODAY) is None
    assert settled_fault(TODAY, None) is None
    assert settled_fault(TODAY, TODAY + timedelta(days=1)) == ("ends_on", "settled")


def test_a_client_may_need_another_provider_when_it_is_away_or_not_approved() -> None:
    assert reasons_to_act(ProviderState.ACTIVE, ApprovalState.APPROVED) == ()
    assert reasons_to_act(ProviderState.LEFT, ApprovalState.ENDED) == (
        Hidden.PROVIDER_LEFT,
        Hidden.APPROVAL_ENDED,
    )
    assert reasons_to_act(ProviderState.PAUSED, ApprovalState.SUSPENDED) == (
        Hidden.PROVIDER_PAUSED,
        Hidden.APPROVAL_SUSPENDED,
    )
