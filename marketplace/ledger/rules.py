"""The rules of the books: units, accounts, what an entry is made of, and what never becomes negative.

An entry moves amounts between accounts. Each of its postings changes one of four sums of one account:

=========  ===========================================  ===============================
flow       of a budget                                  of a provider's account
=========  ===========================================  ===============================
granted    what the decision gives                      what the provider has earned
reserved   what agreements hold                         –
used       what has been delivered                      what has been paid out
expected   –                                            what is held for the provider
=========  ===========================================  ===============================

A posting is written with the sign of its direction: what comes to an account (granted, expected) counts up, what goes
from it (used, reserved) counts down. So the postings of an entry add up to zero in each unit, those that are settled
and those that are pending apart, and the database refuses any other entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self


class Unit(StrEnum):
    """What an account counts. The two are never added together and never turned into each other here."""

    CENTS = "cents"
    MINUTES = "minutes"


class AccountKind(StrEnum):
    """Whose an account is."""

    FUNDS = "funds"
    """Where an organisation's grants come from; it has no limit of its own."""
    BUDGET = "budget"
    """What a client may use: one line of a decision in one period. Never overdrawn."""
    PROVIDER = "provider"
    """What an organisation owes a provider. A correction after payment may leave less than nothing owed."""
    PAID = "paid"
    """What has left the organisation's bank account or card service for its providers."""


LIMITED: Final = frozenset({AccountKind.BUDGET})
"""The accounts in which granted − reserved − used is never negative."""


class Flow(StrEnum):
    """Which of an account's sums a posting changes."""

    GRANTED = "granted"
    RESERVED = "reserved"
    USED = "used"
    EXPECTED = "expected"


PENDING: Final = frozenset({Flow.RESERVED, Flow.EXPECTED})
"""The sums of what is not settled yet."""

OUTWARD: Final = frozenset({Flow.RESERVED, Flow.USED})
"""The sums of what goes from an account: written with a minus when they grow."""


class EntryKind(StrEnum):
    """Why amounts move."""

    GRANT = "grant"
    TAKE_BACK = "take_back"
    CARRY = "carry"
    RESERVE = "reserve"
    POST = "post"
    VOID = "void"
    TIME_OUT = "time_out"
    CORRECT = "correct"
    PAY = "pay"


@dataclass(frozen=True, order=True, slots=True)
class Amount:
    """A whole number of a unit. Adding two of different units raises ValueError."""

    unit: Unit
    number: int

    def _same(self, other: Amount) -> None:
        if self.unit is not other.unit:
            raise ValueError(f"{self.unit} and {other.unit} are never counted together")

    def __add__(self, other: Amount) -> Amount:
        self._same(other)
        return replace(self, number=self.number + other.number)

    def __sub__(self, other: Amount) -> Amount:
        return self + -other

    def __neg__(self) -> Amount:
        return replace(self, number=-self.number)


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: `change` is by how much the sum `flow` of the account grows."""

    account: int
    flow: Flow
    change: Amount

    @property
    def signed(self) -> int:
        """The number as it is written: what goes from the account with a minus."""
        return -self.change.number if self.flow in OUTWARD else self.change.number


@dataclass(frozen=True, slots=True)
class Sums:
    """What the postings of one account add up to."""

    granted: int = 0
    reserved: int = 0
    used: int = 0
    expected: int = 0

    @property
    def left(self) -> int:
        """What is neither used nor reserved."""
        return self.granted - self.reserved - self.used

    def plus(self, leg: Leg) -> Self:
        """The sums after one more posting of the account."""
        return replace(self, **{leg.flow.value: getattr(self, leg.flow.value) + leg.change.number})

    def holds(self, kind: AccountKind) -> bool:
        """Whether nothing is negative that must not be."""
        parts_hold = min(self.granted, self.reserved, self.used, self.expected) >= 0
        return parts_hold and (kind not in LIMITED or self.left >= 0)


class Unbalanced(ValueError):
    """The legs of an entry do not add up to zero, or move nothing: a mistake of the program, not of a person."""


def demand_balance(legs: Iterable[Leg]) -> None:
    """Raise Unbalanced unless the legs add up to zero in each unit, settled and pending apart, and none is empty."""
    totals: dict[tuple[Unit, bool], int] = {}
    for leg in legs:
        if not leg.change.number:
            raise Unbalanced("a posting of nothing")
        key = leg.change.unit, leg.flow in PENDING
        totals[key] = totals.get(key, 0) + leg.signed
    if not totals or any(totals.values()):
        raise Unbalanced(f"the postings add up to {totals}")


def in_order(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The legs as they are written: what frees an account comes before what uses it, so that no sum in between is
    negative when none is at the end.
    """
    return tuple(sorted(legs, key=lambda leg: (_burden(leg), leg.account, leg.flow, leg.change.number)))


def _burden(leg: Leg) -> int:
    """How a leg weighs on its account: what adds to what is left first, what takes from a sum that counts up last."""
    adds = leg.signed > 0
    if leg.flow in OUTWARD:
        return 0 if adds else 2
    return 1 if adds else 3


def after(sums: Mapping[int, Sums], legs: Iterable[Leg]) -> dict[int, Sums]:
    """The sums of the accounts after an entry."""
    changed = dict(sums)
    for leg in legs:
        changed[leg.account] = changed.get(leg.account, Sums()).plus(leg)
    return changed


# --- what each kind of entry is made of ------------------------------------------------------------------------------


def granting(funds: int, budget: int, amount: Amount) -> tuple[Leg, ...]:
    """What a decision gives; a negative amount is what it takes back."""
    return Leg(budget, Flow.GRANTED, amount), Leg(funds, Flow.USED, amount)


def carrying(earlier: int, later: int, amount: Amount) -> tuple[Leg, ...]:
    """What is moved from a period to the next one."""
    return Leg(later, Flow.GRANTED, amount), Leg(earlier, Flow.GRANTED, -amount)


def holding(budget: int, receiver: int, amount: Amount) -> tuple[Leg, ...]:
    """What an agreement holds in a budget for its provider."""
    return Leg(budget, Flow.RESERVED, amount), Leg(receiver, Flow.EXPECTED, amount)


def using(budget: int, receiver: int, amount: Amount) -> tuple[Leg, ...]:
    """What is delivered; a negative amount corrects what was too much."""
    return Leg(budget, Flow.USED, amount), Leg(receiver, Flow.GRANTED, amount)


def paying(provider: int, paid: int, amount: Amount) -> tuple[Leg, ...]:
    """What is paid out of what a provider has earned."""
    return Leg(provider, Flow.USED, amount), Leg(paid, Flow.GRANTED, amount)


def reversed_legs(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The legs that undo these."""
    return tuple(replace(leg, change=-leg.change) for leg in legs)
