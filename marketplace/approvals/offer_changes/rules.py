"""How much a price changes, and which changes may be approved many at once: pure rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace.money import Money
from marketplace.offers.publishing.rules import FIELDS, LIGHT

MOST_PERCENT: Final = 10
"""Prices that change by at most so many percent may be approved many at once; a greater change is looked at alone."""

_LIGHT_FIELDS: Final = frozenset(field for kind in LIGHT for field in FIELDS[kind]) | {"prices"}


def percent_change(before: Money | None, after: Money | None) -> Decimal | None:
    """By how many percent a price changes, to one decimal; None when there was none, it was free, or there is none."""
    if before is None or after is None or not before.cents:
        return None
    change = Decimal(after.cents - before.cents) * 100 / before.cents
    return change.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def may_go_with_others(fields: Collection[str], percents: Iterable[Decimal | None]) -> bool:
    """Whether a change may be approved with others: it touches a date, a place, languages, accessibility or prices.

    `fields` are those of the version that change, `percents` the changes of its prices; one that is not known, because
    the price is new, left out or was free, is looked at alone.
    """
    return set(fields) <= _LIGHT_FIELDS and all(
        percent is not None and abs(percent) <= MOST_PERCENT for percent in percents
    )
