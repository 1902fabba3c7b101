"""When a change of an offer waits for the office and on which day it takes effect: pure rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median_low
from typing import Any, Final

from marketplace.money import Money

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "price": ("prices", "vat_code", "minimum_minutes", "cancellation"),
    "area": ("municipalities",),
    "groups": ("groups",),
    "text": ("title", "summary", "description", "plain", "sign_video"),
    "details": ("languages", "features", "ages"),
    "contact": ("place", "unit"),
    "date": ("valid_from",),
}
"""Kind of change (as a pilot's `offers.approval_needed` names it) → the fields of a version that belong to it."""

LIGHT: Final = frozenset({"date", "details", "contact"})
"""Kinds of change that touch neither price, area, group nor text."""

ENOUGH_OTHERS: Final = 3
"""Of so many providers the prices say what is usual."""

FAR_BELOW: Final = Decimal("0.5")
"""A price under this part of the middle one of the others is asked about: most often a digit or a unit is wrong."""


class PriceDoubt(StrEnum):
    """Why a price that may be so is asked about."""

    FREE = "free"
    LOW = "low"


FARTHEST: Final = timedelta(days=3 * 366)
"""No version begins later than this from today: a year mistyped."""


def kinds_of(changed: Collection[str]) -> tuple[str, ...]:
    """The kinds of change that the `changed` fields make up, in the order of `FIELDS`."""
    return tuple(kind for kind, fields in FIELDS.items() if any(field in changed for field in fields))


def waits(
    kinds: Collection[str], needed: Collection[str], *, first: bool, first_waits: bool, doubted: bool = False
) -> bool:
    """Whether a version waits for the office: a first one as the pilot says, another by what it changes.

    One with a `doubted` price always does.
    """
    return doubted or (first_waits if first else any(kind in needed for kind in kinds))


def price_doubts(
    prices: Mapping[str, Money], others: Mapping[str, Sequence[Money]]
) -> Mapping[str, PriceDoubt]:
    """Band → why its price is asked about, for those that are. `others`: what other providers ask, by band."""
    found: dict[str, PriceDoubt] = {}
    for band, price in prices.items():
        usual = others.get(band, ())
        if not price.cents:
            found[band] = PriceDoubt.FREE
        elif len(usual) >= ENOUGH_OTHERS and price < median_low(usual).times(FAR_BELOW):
            found[band] = PriceDoubt.LOW
    return found


def earliest_price_day(today: date, notice_days: int) -> date:
    """The first day on which a price told today may take effect: never today, clients have seen today's price."""
    return today + timedelta(days=max(notice_days, 1))


def day_in_force(
    wanted: date,
    today: date,
    *,
    replaces: bool,
    taken: Collection[date],
    allowed: Callable[[date], bool] = lambda _day: True,
) -> date:
    """The day on which a version approved today takes effect.

    Its own day when that is still ahead, otherwise tomorrow at the earliest: nothing takes effect backwards. The first
    version (`replaces` nothing) may begin today. `taken` are days on which other published versions begin; `allowed`
    tells the pilot's price windows. Raises ValueError when no day of the next three years will do.
    """
    day = max(wanted, today + timedelta(days=1) if replaces else today)
    while day in taken or not allowed(day):
        day += timedelta(days=1)
        if day > today + 2 * FARTHEST:
            raise ValueError("no day is left for the version")
    return day


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """The names of the fields whose values differ; lists of keys are compared without their order."""
    return frozenset(name for name in after if _comparable(before.get(name)) != _comparable(after[name]))


def _comparable(value: Any) -> Any:
    return frozenset(value) if isinstance(value, (list, tuple)) else value
