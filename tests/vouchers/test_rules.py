"""Client numbers without personal identity codes, and the days of an agreement."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.offers.rules import Hidden
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.vouchers.rules import (
    FARTHEST,
    MAX_NUMBER,
    AgreementState,
    Bounds,
    client_number,
    holds_identity_code,
    last_day_fault,
    number_fault,
    period_fault,
    reasons_to_act,
    state_on,
)

TODAY = date(2026, 11, 22)
BOUNDS = Bounds(date(2026, 3, 1), date(2026, 4, 1), date(2027, 3, 31), TODAY)


@pytest.mark.parametrize("sign", "+-ABCDEFUVWXY")
def test_an_identity_code_is_refused_with_every_sign_of_a_century(sign: str) -> None:
    assert number_fault(client_number(f"131052{sign}308T")) == "identity_code"


@pytest.mark.parametrize(
    "text",
    [
        "131052-308t",
        "131052a308t",
        " 131052 - 308T ",
        "131052–308T",
        "KEU-131052-308T",
        "A/131052-3089",
        "010101−9001",
        "131052308T",
        "131052_308T",
        "13.10.52-308T",
        "131052 308 t",
        "13/10/52.308T",
    ],
)
def test_an_identity_code_is_refused_however_it_is_written(text: str) -> None:
    assert holds_identity_code(text)
    assert number_fault(client_number(text)) == "identity_code"


@pytest.mark.parametrize(
    "text",
    [
        "A-2026-0123",
        "4711",
        "KEU/12.3",
        "202601-1234",
        "991352-308T",
        "131052-30812",
        "131052308U",
        "131052_308S",
    ],
)
def test_an_organisations_own_number_is_taken(text: str) -> None:
    assert number_fault(client_number(text)) is None


@pytest.mark.parametrize(
    "text", ["", "Matti Meikäläinen", "Matti", "A 12", "A--12", "-12", "12;", "<b>1</b>"]
)
def test_a_name_or_another_sign_is_no_number(text: str) -> None:
    assert number_fault(client_number(text)) == "form"


def test_a_number_has_a_greatest_length() -> None:
    assert number_fault("1" * MAX_NUMBER) is None
    assert number_fault("1" * (MAX_NUMBER + 1)) == "too_long"


def test_the_same_number_is_kept_in_one_way() -> None:
    assert client_number("  a–12 ") == "A-12"


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
