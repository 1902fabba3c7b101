"""How much of a service one needs: as people write it, within what a month can hold, and in words again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from marketplace.i18n import _, current_language, date_text, money_text, ngettext, with_unit
from marketplace.money import Money
from marketplace.numerals import NoNumber, read_number
from marketplace.offers.history import ComingPrice
from marketplace.offers.pricing.rules import HOUR, MOST, BadQuantity, checked_quantity
from marketplace.pilots.vocabulary import BANDS, UNITS

TYPED: Final = 12
"""Characters of what was typed that are shown again in what is told of it."""

IN_A_MONTH: Final[Mapping[str, int]] = {
    HOUR: 744,
    "day": 31,
    "half_day": 62,
    "full_day": 31,
    "month": 1,
}
"""The most of a unit that the longest month holds; of trips, visits and kilometres as many as are priced at once."""


def read_quantity(text: str, unit: str, *, most: int = MOST) -> Decimal | None:
    """A quantity as people write it: `10`, `7,5`; None for nothing or zero.

    Raises BadQuantity when it cannot be priced or is more than `most`.
    """
    if not text.strip():
        return None
    try:
        quantity = checked_quantity(read_number(text), unit)
    except NoNumber as error:
        raise BadQuantity("not_a_number", text) from error
    if quantity > most:
        raise BadQuantity("too_large", text)
    return quantity or None


def read_monthly(text: str, unit: str) -> Decimal | None:
    """A quantity in a month. Raises BadQuantity, also when no month holds so much."""
    return read_quantity(text, unit, most=most_in_a_month(unit))


def most_in_a_month(unit: str) -> int:
    """The most of a unit that is counted in a month."""
    return IN_A_MONTH.get(unit, MOST)


def problem_text(error: BadQuantity, text: str, unit: str, *, most: int) -> str:
    """What is wrong with a typed quantity and how to write it."""
    text = _shown(text)
    messages = {
        "not_a_number": _("“%(text)s” is not a number. Write it like this: 7,5", text=text),
        "negative": _("“%(text)s” is less than nothing. Write it like this: 7,5", text=text),
        "too_large": _(
            "“%(text)s” is too much. The most is %(most)s.", text=text, most=amount_text(most, unit)
        ),
        "not_quarter": _(
            "Write hours in quarters, for example 0,25 or 7,5. “%(text)s” is not such.", text=text
        ),
        "too_fine": _("Write at most two decimals, for example 7,25. “%(text)s” has more.", text=text),
    }
    return messages[error.code]


def monthly_problem(error: BadQuantity, text: str, unit: str) -> str:
    """What is wrong with a quantity in a month, in words; the most is what a month has of the unit."""
    if error.code == "too_large" and unit in IN_A_MONTH:
        most = amount_text(most_in_a_month(unit), unit)
        return _("“%(text)s” is too much: a month has at most %(most)s.", text=_shown(text), most=most)
    return problem_text(error, text, unit, most=most_in_a_month(unit))


def _shown(text: str) -> str:
    return text if len(text) <= TYPED else f"{text[:TYPED]}…"


def number_text(quantity: Decimal | int) -> str:
    """A number as it is written, with at most two decimals: `7,5`."""
    text = f"{round(Decimal(quantity), 2):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def amount_text(quantity: Decimal | int, unit: str) -> str:
    """A quantity with its unit in words: `7,5 h`, `10 days`, `1 trip`."""
    amount = number_text(quantity)
    number = 1 if quantity == 1 else 2
    words: dict[str, Any] = {
        "day": ngettext("%(amount)s day", "%(amount)s days", number, amount=amount),
        "half_day": ngettext("%(amount)s half day", "%(amount)s half days", number, amount=amount),
        "full_day": ngettext("%(amount)s day and night", "%(amount)s days and nights", number, amount=amount),
        "visit": ngettext("%(amount)s visit", "%(amount)s visits", number, amount=amount),
        "trip": ngettext("%(amount)s trip", "%(amount)s trips", number, amount=amount),
        "month": ngettext("%(amount)s month", "%(amount)s months", number, amount=amount),
        "each": ngettext("%(amount)s time", "%(amount)s times", number, amount=amount),
    }
    return str(words.get(unit) or with_unit(amount, UNITS[unit].short[current_language()]))


def amounts_text(quantities: Mapping[str, Decimal]) -> str:
    """Quantities by unit in a row: `10 h, 4 trips`; empty when there are none."""
    return ", ".join(amount_text(quantity, unit) for unit, quantity in quantities.items() if quantity)


def time_text(minutes: int) -> str:
    """A stretch of time: `45 min`, `2 h`, `1 h 30 min`; empty for none."""
    hours, rest = divmod(minutes, 60)
    return " ".join([with_unit(hours, "h")] * bool(hours) + [with_unit(rest, "min")] * bool(rest))


def coming_texts(changes: Sequence[ComingPrice], language: str) -> list[str]:
    """What will cost something else from a later day: `Weekday day from 1.12.2026: 34,50 → 35,50 €/h`."""
    return [
        _(
            "%(band)s from %(day)s: %(now)s → %(then)s",
            band=BANDS[each.band].name[language],
            day=date_text(each.begins),
            now=_priced(each.now, each.unit, language),
            then=_priced(each.then, each.unit, language),
        )
        for each in changes
    ]


def _priced(amount: Money | None, unit: str, language: str) -> str:
    if amount is None:
        return _("not offered")
    return f"{money_text(amount, language)}/{UNITS[unit].short[language]}"
