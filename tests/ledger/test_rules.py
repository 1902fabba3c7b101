"""What an entry is made of, and what never becomes negative."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.ledger import rules
from marketplace.ledger.rules import AccountKind, Amount, Flow, Leg, Sums, Unbalanced, Unit

CENTS = Amount(Unit.CENTS, 100)
Maker = Callable[[int, int, Amount], tuple[Leg, ...]]


@pytest.mark.parametrize("make", [rules.granting, rules.carrying, rules.holding, rules.using, rules.paying])
def test_every_kind_of_entry_adds_up_to_zero(make: Maker) -> None:
    rules.demand_balance(make(1, 2, CENTS))
    rules.demand_balance(rules.reversed_legs(make(1, 2, CENTS)))


@pytest.mark.parametrize(
    "legs",
    [
        (),
        (Leg(1, Flow.USED, CENTS),),
        (Leg(1, Flow.USED, CENTS), Leg(2, Flow.GRANTED, Amount(Unit.CENTS, 99))),
        (Leg(1, Flow.USED, CENTS), Leg(2, Flow.GRANTED, Amount(Unit.MINUTES, 100))),
        (Leg(1, Flow.USED, CENTS), Leg(2, Flow.EXPECTED, CENTS)),
        (Leg(1, Flow.USED, Amount(Unit.CENTS, 0)), Leg(2, Flow.GRANTED, Amount(Unit.CENTS, 0))),
    ],
    ids=["nothing", "one side", "a cent short", "two units", "settled against pending", "of zero"],
)
def test_what_does_not_add_up_is_no_entry(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(Unbalanced):
        rules.demand_balance(legs)


def test_two_units_are_never_added() -> None:
    with pytest.raises(ValueError, match="never counted together"):
        _ = CENTS + Amount(Unit.MINUTES, 1)


@pytest.mark.parametrize(
    ("kind", "sums", "holds"),
    [
        (AccountKind.BUDGET, Sums(granted=10, reserved=4, used=6), True),
        (AccountKind.BUDGET, Sums(granted=10, reserved=5, used=6), False),
        (AccountKind.FUNDS, Sums(used=6), True),
        (AccountKind.FUNDS, Sums(used=-1), False),
        (AccountKind.PROVIDER, Sums(granted=5, used=6), True),
        (AccountKind.PROVIDER, Sums(expected=-1), False),
    ],
)
def test_only_a_budget_has_a_limit_and_no_sum_is_negative(kind: AccountKind, sums: Sums, holds: bool) -> None:
    assert sums.holds(kind) is holds


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_no_sum_on_the_way_is_negative_when_none_is_at_the_end(held: int, used: int, before: int) -> None:
    """The triggers add one posting at a time, and the constraints of the account look after each."""
    reserved = Amount(Unit.CENTS, held)
    legs = rules.reversed_legs(rules.holding(1, 2, reserved))
    if used := min(used, held):
        legs += rules.using(1, 2, Amount(Unit.CENTS, used))
    sums = {
        1: Sums(granted=held + before, reserved=held, used=before),
        2: Sums(granted=before, expected=held),
    }
    for leg in rules.in_order(legs):
        sums = rules.after(sums, [leg])
        assert sums[1].holds(AccountKind.BUDGET)
        assert sums[2].holds(AccountKind.PROVIDER)
