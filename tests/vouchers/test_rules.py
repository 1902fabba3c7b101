"""The days of an agreement."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.offers.rules import Hidden
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.vouchers.rules import (
    FARTHEST,
    AgreementState,
    Bounds,
    last_day_fault,
    period_fault,
    reasons_to_act,
    state_on,
)

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


def test_an_agreement_is_in_force_on_its_first_and_last_day() -> None:
    assert [state_on(TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=n)) for n in (-1, 0, 1, 2)] == [
        AgreementState.COMING,
        AgreementState.RUNNING,
        AgreementState.RUNNING,
        AgreementState.ENDED,
    ]
    assert state_on(TODAY, None, TODAY + timedelta(days=9999)) == AgreementState.RUNNING


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
