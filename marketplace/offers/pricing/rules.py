"""What time and quantities cost: pure calculations in integer cents and whole minutes.

The rounding rule, everywhere: a line is one band at one price. The minutes of a line are summed first, multiplied with
the price of an hour exactly, and rounded once, half up to the cent. A total is the sum of its lines as shown.

A visit that is shorter than the offer's shortest visit is charged as the shortest visit: what is lacking is charged at
the price of the band in which the visit ends, and where only quantities are known, at the dearest of those asked for.
The answer tells when that was done.

Time is what passes: from 22 to 07 is eight hours on the night when clocks go forward, ten when they go back. A band
begins and ends by the clock on the wall in Finland, and a price holds from midnight there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol

from marketplace.money import Money
from marketplace.offers.pricing.bands import EPOCH, HELSINKI, MINUTE, ONE_DAY, BandCalendar, moment_at
from marketplace.offers.rules import DatedVersion, VersionState, version_in_force

HOUR: Final = "h"
"""The unit whose price depends on the time of day; key of `units.yaml`."""

YEARS: Final = range(2000, 2100)
"""A moment outside these years is a slip of the hand."""

LONGEST: Final = timedelta(days=366)
"""The longest stretch of time that is priced at once."""

MOST: Final = 9999
"""The most hours, days, trips or kilometres that are priced at once."""

MOST_COEFFICIENT: Final = 10


# --- what can be wrong -----------------------------------------------------------------------------------------------


class PricingError(ValueError):
    """A question about a cost has no answer; `code` says why, for those who put it in words."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class BadInterval(PricingError):
    """`code` is no_zone, part_of_minute, end_before_start, too_long or out_of_range."""


class BadQuantity(PricingError):
    """`code` is not_a_number, negative, too_large, not_quarter (hours) or too_fine (more than two decimals)."""


class BadCoefficient(PricingError):
    """`code` is not_a_number, not_positive or too_large; `band` is the row."""

    def __init__(self, code: str, band: str) -> None:
        super().__init__(code, band)
        self.band = band


class NoPrice(PricingError):
    """Something in the interval has no price; `moment` is the first such moment, Finnish time."""

    def __init__(self, code: str, moment: datetime, detail: str = "") -> None:
        super().__init__(code, f"{detail} {moment:%Y-%m-%d %H:%M}".strip())
        self.moment = moment


class MissingBand(NoPrice):
    """The prices in force have none for the `band` that the moment belongs to."""

    def __init__(self, band: str, moment: datetime) -> None:
        super().__init__("missing_band", moment, band)
        self.band = band


class NoVersion(NoPrice):
    """No prices are in force at the moment: the first version begins later."""

    def __init__(self, moment: datetime) -> None:
        super().__init__("no_version", moment)


class NoBand(NoPrice):
    """The pilot does not say to which band the moment belongs: it prices no hours, or not on such a day."""

    def __init__(self, moment: datetime) -> None:
        super().__init__("no_band", moment)


# --- prices over time ------------------------------------------------------------------------------------------------


class UnitPrice(Protocol):
    """The price of one band: an amount for each unit."""

    @property
    def unit(self) -> str:
        """Key of `units.yaml`."""

    @property
    def amount(self) -> Money:
        """VAT included."""


class BandPrice(UnitPrice, Protocol):
    """A row of a version's price table."""

    @property
    def band(self) -> str:
        """Key of `bands.yaml`."""


class PricedVersion(DatedVersion, Protocol):
    """A version of an offer with its price table."""

    @property
    def prices(self) -> Sequence[BandPrice]:
        """One row per band."""

    @property
    def minimum_minutes(self) -> int | None:
        """The shortest time that is charged, or None when the exact time is."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of an hour by band, from the first day on which they hold, and the shortest time that is charged."""

    valid_from: date
    prices: Mapping[str, Money]
    minimum_minutes: int | None = None


class PriceHistory:
    """Which prices of an hour hold on which day: each list until the next one begins, so never two at once."""

    def __init__(self, lists: Iterable[PriceList]) -> None:
        """Lists in any order. Raises ValueError when two begin on the same day."""
        self.lists: Final = tuple(sorted(lists, key=lambda each: each.valid_from))
        self._starts = [each.valid_from for each in self.lists]
        if len(set(self._starts)) < len(self._starts):
            raise ValueError("two price lists begin on the same day")

    @classmethod
    def always(cls, prices: Mapping[str, Money]) -> PriceHistory:
        """The same prices on every day."""
        return cls([PriceList(date.min, prices)])

    @classmethod
    def of(cls, versions: Iterable[PricedVersion]) -> PriceHistory:
        """The prices of an offer's versions, each from the day on which `version_in_force` says that it holds."""
        kept = list(versions)
        days = {version.valid_from for version in kept if version.state == VersionState.PUBLISHED}
        held = ((day, version_in_force(kept, day)) for day in days)
        return cls(
            PriceList(
                day,
                {row.band: row.amount for row in version.prices if row.unit == HOUR},
                version.minimum_minutes,
            )
            for day, version in held
            if version is not None
        )

    def on(self, day: date) -> PriceList | None:
        """The prices of an hour that hold on `day`, or None before the first list begins."""
        at = bisect_right(self._starts, day)
        return self.lists[at - 1] if at else None


# --- what time costs -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The part of a cost in one band at one price of an hour."""

    band: str
    minutes: int
    unit_price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Cost:
    """Lines in the order in which their bands begin.

    `shortest` is the shortest visit in minutes when the time asked about was shorter and the shortest was charged.
    """

    lines: tuple[PriceLine, ...]
    shortest: int | None = None

    @property
    def total(self) -> Money:
        """The sum of the lines as shown."""
        return Money(sum(line.amount.cents for line in self.lines))

    @property
    def minutes(self) -> int:
        """The whole time."""
        return sum(line.minutes for line in self.lines)


def amount_for(price: Money, minutes: int) -> Money:
    """What so many minutes cost at a price of an hour: exact, then rounded half up to the cent."""
    return Money((price.cents * minutes + 30) // 60)


def cost(
    prices: PriceHistory | Mapping[str, Money],
    calendar: BandCalendar,
    start: datetime,
    end: datetime,
    *,
    minimum_minutes: int | None = None,
) -> Cost:
    """What the time from `start` to `end` costs, one line per band and price.

    `prices` are those of an hour by band, for always or with their history; the one that holds on a day prices that
    day, also when it changes at midnight in between. `start` and `end` have a time zone and fall on whole minutes.
    The shortest visit is that of the prices that hold when it begins, or `minimum_minutes` for prices without history.

    Raises BadInterval, MissingBand (band without a price), NoVersion (no prices yet) and NoBand (hours not priced).
    """
    minute, finish = _interval(start, end)
    history = prices if isinstance(prices, PriceHistory) else None
    in_force = None if isinstance(prices, PriceHistory) else prices
    day = start.astimezone(HELSINKI).date()
    asked = finish - minute
    shortest = minimum_minutes if history is None else _shortest(history, day)
    minutes: dict[tuple[str, int], int] = {}
    while minute < finish:
        if history is not None:
            held = history.on(day)
            in_force = held.prices if held is not None else None
        if in_force is None:
            raise NoVersion(moment_at(minute))
        for _begin, until, band in calendar.pieces(day):
            if until <= minute:
                continue
            if band is None:
                raise NoBand(moment_at(minute))
            price = in_force.get(band)
            if price is None:
                raise MissingBand(band, moment_at(minute))
            line = band, price.cents
            reached = min(until, finish)
            minutes[line] = minutes.get(line, 0) + reached - minute
            minute = reached
            if minute == finish:
                break
        day += ONE_DAY
    lacking = max(shortest - asked, 0) if asked and shortest else 0
    if lacking:
        minutes[line] += lacking
    return Cost(
        tuple(
            PriceLine(band, spent, Money(cents), amount_for(Money(cents), spent))
            for (band, cents), spent in minutes.items()
        ),
        shortest if lacking else None,
    )


def _shortest(history: PriceHistory, day: date) -> int | None:
    """The shortest visit of the prices that hold on the day on which it begins."""
    held = history.on(day)
    return held.minimum_minutes if held is not None else None


def _interval(start: datetime, end: datetime) -> tuple[int, int]:
    """Both ends in epoch minutes. Raises BadInterval."""
    if start.utcoffset() is None or end.utcoffset() is None:
        raise BadInterval("no_zone", "a moment without a time zone")
    if start.year not in YEARS or end.year not in YEARS:
        raise BadInterval("out_of_range", f"{start.year}–{end.year}")
    begin, begin_rest = divmod(start - EPOCH, MINUTE)
    finish, finish_rest = divmod(end - EPOCH, MINUTE)
    if begin_rest or finish_rest:
        raise BadInterval("part_of_minute")
    if finish < begin:
        raise BadInterval("end_before_start")
    if (finish - begin) * MINUTE > LONGEST:
        raise BadInterval("too_long")
    return begin, finish


# --- what quantities cost --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuantityLine:
    """A quantity of one band: so many hours, days, trips, kilometres …"""

    band: str
    unit: str
    quantity: Decimal
    unit_price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What a month costs. `missing` are the bands asked for that have no price: the total is without them.

    `shortest` is the shortest visit in minutes when fewer hours than that were asked for and the shortest was charged.
    """

    lines: tuple[QuantityLine, ...]
    missing: tuple[str, ...]
    shortest: int | None = None

    @property
    def total(self) -> Money:
        """The sum of the lines as shown."""
        return Money(sum(line.amount.cents for line in self.lines))


def checked_quantity(quantity: Decimal | int, unit: str) -> Decimal:
    """The quantity, when it can be priced: from 0 to `MOST`, hours in quarters, others with at most two decimals.

    Raises BadQuantity.
    """
    exact = Decimal(quantity)
    if not exact.is_finite():
        raise BadQuantity("not_a_number", str(quantity))
    if exact < 0:
        raise BadQuantity("negative", str(quantity))
    if exact > MOST:
        raise BadQuantity("too_large", str(quantity))
    if unit == HOUR and exact % Decimal("0.25"):
        raise BadQuantity("not_quarter", str(quantity))
    if exact % Decimal("0.01"):
        raise BadQuantity("too_fine", str(quantity))
    return exact


def cost_of(quantity: Decimal | int, price: UnitPrice) -> Money:
    """What a quantity costs at a price for each unit: exact, then rounded half up to the cent. Raises BadQuantity."""
    return price.amount.times(checked_quantity(quantity, price.unit))


def monthly_cost(
    prices: Mapping[str, UnitPrice], quantities: Mapping[str, Decimal], *, minimum_minutes: int | None = None
) -> MonthlyCost:
    """What a month costs with these quantities by band, one line per band; a quantity of zero makes no line.

    Hours that are together less than the shortest visit (`minimum_minutes`) are charged as one such visit: how many
    visits the hours are is not known, so this is the least that they cost. Raises BadQuantity.
    """
    lines, missing = [], []
    for band, quantity in quantities.items():
        price = prices.get(band)
        if price is None:
            missing.append(band)
        elif quantity:
            amount = cost_of(quantity, price)
            lines.append(QuantityLine(band, price.unit, Decimal(quantity), price.amount, amount))
    lacking = _lacking(lines, minimum_minutes)
    if lacking:
        dearest = max((line for line in lines if line.unit == HOUR), key=lambda line: line.unit_price.cents)
        lines[lines.index(dearest)] = _longer(dearest, lacking)
    return MonthlyCost(tuple(lines), tuple(missing), minimum_minutes if lacking else None)


def minutes_in(hours: Decimal) -> int:
    """Hours as whole minutes: quarters of an hour, or what the shortest visit has made of them."""
    return int((hours * 60).to_integral_value())


def _lacking(lines: Sequence[QuantityLine], minimum_minutes: int | None) -> int:
    """How many minutes the hours asked for are short of the shortest visit; 0 when no hours were asked for."""
    minutes = int(sum((line.quantity for line in lines if line.unit == HOUR), Decimal(0)) * 60)
    return max((minimum_minutes or 0) - minutes, 0) if minutes else 0


def _longer(line: QuantityLine, minutes: int) -> QuantityLine:
    """The line with so many minutes more."""
    whole = int(line.quantity * 60) + minutes
    return replace(line, quantity=Decimal(whole) / 60, amount=amount_for(line.unit_price, whole))


# --- a price table from one price ------------------------------------------------------------------------------------


def table_from_coefficients(base: Money, coefficients: Mapping[str, Decimal]) -> dict[str, Money]:
    """The price of each band from a base price and the band's coefficient (1, 1.15, 1.2, 2 … as counties have them).

    Each price is rounded half up to the cent when the table is made; what an hour costs afterwards is the price in the
    table, never the base times the coefficient again. Raises BadCoefficient.
    """
    for band, code in coefficient_faults(coefficients):
        raise BadCoefficient(code, band)
    return {band: base.times(coefficient) for band, coefficient in coefficients.items()}


def coefficient_faults(coefficients: Mapping[str, Decimal]) -> Iterator[tuple[str, str]]:
    """Each band whose coefficient will not do, with BadCoefficient's code."""
    for band, coefficient in coefficients.items():
        if not coefficient.is_finite():
            yield band, "not_a_number"
        elif coefficient <= 0:
            yield band, "not_positive"
        elif coefficient > MOST_COEFFICIENT:
            yield band, "too_large"
