"""The balance of a line in words and numbers: what was granted, is reserved, has been used and is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from marketplace.i18n import _, date_text, money_text
from marketplace.ledger.rules import Amount, Sums, Unit
from marketplace.money import Money
from marketplace.offers.pricing.values import HourValue
from marketplace.vouchers.granting.labels import amount_text, band_name, units_text
from marketplace.vouchers.granting.models import DecisionLine
from marketplace.vouchers.granting.rules import (
    Carry,
    Every,
    Prices,
    bought_at,
    middle_price,
    returns_on,
)

CHART: tuple[int, int] = (100, 10)
"""Width and height of a bar of the chart, in the units of its drawing."""

MOST_BANDS = 3
"""So many bands are named in words; the rest stands in the provider's price list."""


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What one budget of a line holds: its days, the kept sums of its account, whether it has been settled, and how
    much of it the client has objected to, in the line's unit.
    """

    first: date
    last: date
    sums: Sums
    settled: bool
    disputed: int = 0

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last


def periods_of(line: DecisionLine) -> list[PeriodSums]:
    """The budgets of a line that has been read with them, in the order of their days."""
    return [
        PeriodSums(each.first_on, each.last_on, each.account.sums, each.settled_at is not None)
        for each in line.budgets
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One budget: amounts in words, and the parts of its bar (used, reserved, left) as widths of the chart.

    `disputed`: how much of it the client has objected to, empty when nothing.
    """

    period: PeriodSums
    granted: str
    reserved: str
    used: str
    left: str
    disputed: str
    bar: tuple[float, float, float]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return self.bar[2] == 0


def row_of(unit: Unit, period: PeriodSums) -> Row:
    """One period in words."""
    sums = period.sums
    granted, reserved, used, left = (
        amount_text(Amount(unit, number)) for number in (sums.granted, sums.reserved, sums.used, sums.left)
    )
    whole = max(sums.granted, 1)
    shares = [round(CHART[0] * number / whole, 2) for number in (sums.used, sums.reserved, sums.left)]
    return Row(
        period,
        granted,
        reserved,
        used,
        left,
        amount_text(Amount(unit, period.disputed)) if period.disputed else "",
        (shares[0], shares[1], shares[2]),
    )


def _waits(period: PeriodSums, today: date) -> bool:
    """Whether the period is over and something of it has yet to return or to move."""
    return period.last < today and period.sums.left > 0 and not period.settled


def current(periods: Sequence[PeriodSums], today: date) -> PeriodSums | None:
    """The period in which today lies, if one does and something was granted in it."""
    return next((each for each in periods if each.holds(today) and each.sums.granted > 0), None)


@dataclass(frozen=True, slots=True)
class ProviderPrices:
    """What the client's own provider asks: by band the unit and the price that the agreement fixes."""

    provider: str
    prices: Mapping[str, tuple[str, Money]]


def sentences(
    line: DecisionLine,
    periods: Sequence[PeriodSums],
    today: date,
    prices: Mapping[str, Prices],
    providers: Sequence[ProviderPrices] = (),
) -> list[str]:
    """What is left today, what it buys, and what becomes of what stays unused.

    `providers` are those with whom the client has an agreement under the line; without one, `prices` of everybody say
    what is left buys at the middle price.
    """
    period = current(periods, today)
    if period is None:
        return []
    left = Amount(line.unit, period.sums.left)
    said = [
        _("Left until %(day)s: %(amount)s.", day=date_text(period.last), amount=amount_text(left)),
        *(_bought(line, left, providers) if providers else _bought_anywhere(line, left, prices)),
        _unused(line, period),
    ]
    waiting = [each for each in periods if _waits(each, today)]
    late = [each for each in waiting if today > returns_on(each.last)]
    if len(late) > 1:
        said.append(_late(line, late))
        waiting = [each for each in waiting if each not in late]
    said.extend(_waiting(line, each, today) for each in waiting)
    return said


def _late(line: DecisionLine, periods: Sequence[PeriodSums]) -> str:
    """What becomes of what is left of several periods whose summaries came late, in one sentence."""
    return _(
        "%(amount)s of what was meant for %(first)s–%(last)s is unused, in several months together. What is left of a "
        "month returns to the organisation when you have had the summary of that month for two weeks.",
        amount=amount_text(Amount(line.unit, sum(each.sums.left for each in periods))),
        first=date_text(periods[0].first),
        last=date_text(periods[-1].last),
    )


def _waiting(line: DecisionLine, period: PeriodSums, today: date) -> str:
    """What becomes of what is left of a period that is over; a summary that came late puts the return off."""
    words = {
        "amount": amount_text(Amount(line.unit, period.sums.left)),
        "first": date_text(period.first),
        "last": date_text(period.last),
    }
    if today > returns_on(period.last):
        return _(
            "%(amount)s of what was meant for %(first)s–%(last)s is unused. It returns to the organisation when you "
            "have had the summary of that month for two weeks.",
            **words,
        )
    return _(
        "%(amount)s of what was meant for %(first)s–%(last)s is unused. It is kept for services that are recorded "
        "late and returns to the organisation after %(day)s.",
        day=date_text(returns_on(period.last)),
        **words,
    )


def _bought(line: DecisionLine, left: Amount, providers: Sequence[ProviderPrices]) -> list[str]:
    """What is left buys from each of the client's own providers, in the bands that the decision allows."""
    said = []
    for each in providers:
        bought: dict[tuple[str, str], list[str]] = {}
        for band, (unit, price) in each.prices.items():
            if not line.facts.pays(band, unit):
                continue
            units = bought_at(replace(line.facts, amount=left), unit, price)
            if units:
                text = amount_text(left) if line.unit is Unit.MINUTES else units_text(units, unit)
                own = own_share_of(line.value, unit, price, units)
                bought.setdefault((text, own), []).append(band_name(band).lower())
        for (text, own), bands in list(bought.items())[:MOST_BANDS]:
            sentence = _(
                "With what is left you can buy about %(bought)s from %(provider)s: %(bands)s.",
                bought=text,
                provider=each.provider,
                bands="; ".join(bands),
            )
            said.append(f"{sentence} {own}".rstrip())
        if left.number and not bought:
            said.append(
                _(
                    "What is left is not enough for anything more from %(provider)s now.",
                    provider=each.provider,
                )
            )
    return list(dict.fromkeys(said))


def _bought_anywhere(line: DecisionLine, left: Amount, prices: Mapping[str, Prices]) -> list[str]:
    if line.unit is not Unit.CENTS or not left.number:
        return []
    said = []
    for band, asked in prices.items():
        if not asked.amounts or not line.facts.pays(band, asked.unit):
            continue
        price = middle_price(asked)
        units = bought_at(replace(line.facts, amount=left), asked.unit, price)
        if units:
            sentence = _(
                "This buys about %(bought)s: %(band)s.",
                bought=units_text(units, asked.unit),
                band=band_name(band),
            )
            said.append(f"{sentence} {own_share_of(line.value, asked.unit, price, units)}".rstrip())
    return said


def own_share_of(value: HourValue, unit: str, price: Money, units: Decimal) -> str:
    """What the client pays the provider beside the budget for so many units at a price; empty when nothing."""
    each = value.beyond(unit, price)
    if not each.cents:
        return ""
    return _(
        "The price of an hour is %(more)s above its value in your decision, so your own share of this is about "
        "%(total)s. You pay it to the provider.",
        more=money_text(each),
        total=money_text(each.times(units)),
    )


def _unused(line: DecisionLine, period: PeriodSums) -> str:
    day = date_text(returns_on(period.last))
    if line.carry is Carry.NEXT_MONTH:
        return _("What stays unused this month can be used in the next one.")
    if line.carry is Carry.PERIOD:
        return _("What stays unused can be used until the decision ends.")
    if line.every is Every.PERIOD:
        return _(
            "You can use this until %(last)s. What stays unused returns to the organisation after %(day)s.",
            last=date_text(period.last),
            day=day,
        )
    return _("What stays unused returns to the organisation after %(day)s.", day=day)


@dataclass(frozen=True, slots=True)
class Column:
    """One budget in the drawing of a line: where its column begins, and the heights of its parts from the ground up.

    All are in the units of the drawing, whose height is 100: what was granted most reaches it.
    """

    x: int
    used: float
    reserved: float
    left: float
    is_now: bool


COLUMN: int = 10
"""How wide a column of the drawing is, with the space beside it."""


def columns_of(periods: Sequence[PeriodSums], today: date) -> list[Column]:
    """The drawing of a line: one column for each of its periods."""
    most = max((each.sums.granted for each in periods), default=0) or 1
    return [
        Column(
            x=COLUMN * number,
            used=round(100 * each.sums.used / most, 2),
            reserved=round(100 * each.sums.reserved / most, 2),
            left=round(100 * each.sums.left / most, 2),
            is_now=each.holds(today),
        )
        for number, each in enumerate(periods)
    ]
