"""Rules of service decisions and budgets: states, periods, what is carried over, what a value buys. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median
from typing import Final

from marketplace.ledger.rules import Amount, Unit
from marketplace.money import MAX_CENTS, Money, MoneyError
from marketplace.numerals import NoNumber, read_number
from marketplace.offers.pricing.rules import HOUR
from marketplace.offers.pricing.values import HourValue
from marketplace.workflow import Workflow

LONGEST_MONTHS: Final = 36
"""A decision holds for three years at most; a longer need is decided again."""

MOST_LINES: Final = 12

HANDLING_MONTHS: Final = 3
"""A decision is made without delay, within three months of the application (Social Welfare Act 1301/2014 § 45)."""

MOST_HOURS: Final = 24 * 31


class DecisionState(StrEnum):
    """How a service decision stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    MADE = "made"
    REPLACED = "replaced"
    DISCARDED = "discarded"


EFFECTIVE: Final = frozenset({DecisionState.MADE, DecisionState.REPLACED})
"""The states of a decision that has been made; one that was replaced pays until the next one begins."""


class DecisionStanding(StrEnum):
    """How a decision that has been made stands on a day, for the client."""

    TO_BEGIN = "to_begin"
    RUNNING = "running"
    REPLACED = "replaced"
    OVER = "over"


def standing_on(state: DecisionState, first: date, last: date, day: date) -> DecisionStanding:
    """How a decision of these days stands on a day. One that was replaced pays until the next one begins."""
    if day > last:
        return DecisionStanding.OVER
    if state is DecisionState.REPLACED:
        return DecisionStanding.REPLACED
    return DecisionStanding.TO_BEGIN if day < first else DecisionStanding.RUNNING


class DecisionAction(StrEnum):
    """What is done to a service decision."""

    PROPOSE = "propose"
    RETURN = "return"
    MAKE = "make"
    DISCARD = "discard"
    REPLACE = "replace"


S, A = DecisionState, DecisionAction
DECISION: Final = Workflow(
    "service decision",
    S.DRAFT,
    {
        (S.DRAFT, A.PROPOSE): S.PROPOSED,
        (S.DRAFT, A.DISCARD): S.DISCARDED,
        (S.PROPOSED, A.MAKE): S.MADE,
        (S.PROPOSED, A.RETURN): S.DRAFT,
        (S.MADE, A.REPLACE): S.REPLACED,
    },
)


class DecisionKind(StrEnum):
    """What a decision does: grant, change what an earlier one granted, or end it."""

    GRANT = "grant"
    CHANGE = "change"
    END = "end"


class Consumer(StrEnum):
    """Whether the client can act as a consumer, which is looked at one by one (a voucher is a consumer's contract)."""

    ALONE = "alone"
    WITH_SUPPORT = "with_support"
    NOT_ABLE = "not_able"


class Every(StrEnum):
    """The period for which an amount is granted."""

    MONTH = "month"
    PERIOD = "period"


class Carry(StrEnum):
    """What becomes of what is left of a month."""

    NONE = "none"
    NEXT_MONTH = "next_month"
    PERIOD = "period"


class ValueKind(StrEnum):
    """How the value of a unit is set. An income-tied value is decided by itself."""

    FIXED = "fixed"
    INCOME = "income"


class FeeGround(StrEnum):
    """Why the client pays what the client pays. „0 €“ is not the same as free by law."""

    FREE_BY_LAW = "free_by_law"
    FREE_BY_DECISION = "free_by_decision"
    FIXED_FEE = "fixed_fee"
    INCOME_TIED = "income_tied"


OWN_SHARE_BARRED: Final = frozenset({FeeGround.FREE_BY_LAW})
"""Where nothing may be left for the client to pay (Act on Service Vouchers 569/2009 § 3): the value must buy it all."""


# --- amounts as they are typed ---------------------------------------------------------------------------------------


class BadAmount(ValueError):
    """A text is no amount; `code` is one of MoneyError's, or not_hours, too_many, no_minutes, nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_amount(text: str, unit: Unit) -> Amount:
    """`850` or `850,50` in euros, `30` or `30,5` in hours. Raises BadAmount; nothing is rounded."""
    if unit is Unit.CENTS:
        try:
            number = Money.parse(text).cents
        except MoneyError as error:
            raise BadAmount(error.code) from error
    else:
        number = _minutes(text)
    if number == 0:
        raise BadAmount("nothing")
    return Amount(unit, number)


def _minutes(text: str) -> int:
    try:
        hours = read_number(text)
    except NoNumber as error:
        raise BadAmount("not_hours") from error
    if hours < 0:
        raise BadAmount("not_hours")
    if hours > MOST_HOURS * LONGEST_MONTHS:
        raise BadAmount("too_many")
    minutes = hours * 60
    if minutes != minutes.to_integral_value():
        raise BadAmount("no_minutes")
    return int(minutes)


def as_typed(amount: Amount) -> str:
    """The amount as a person types it: `850,50`, `30,5`."""
    if amount.unit is Unit.CENTS:
        return str(Money(amount.number)).replace(".", ",")
    return f"{Decimal(amount.number) / 60:.2f}".rstrip("0").rstrip(".").replace(".", ",")


# --- what holds of a decision ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision says besides its lines. `supporter`: with whose support the client acts as a consumer."""

    pilot_key: str
    starts_on: date
    ends_on: date
    applied_on: date | None = None
    voucher_accepted_on: date | None = None
    consumer: Consumer = Consumer.ALONE
    supporter: str = ""
    municipal: str = ""
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line: so much of a service, each month or in the whole time. No bands: every band of the service."""

    service_key: str
    amount: Amount
    every: Every = Every.MONTH
    carry: Carry = Carry.NONE
    bands: tuple[str, ...] = ()
    value_kind: ValueKind = ValueKind.FIXED
    unit_value: Money | None = None
    fee_ground: FeeGround = FeeGround.FREE_BY_LAW
    legal_basis: str = ""

    @property
    def value(self) -> HourValue:
        """What it pays for an hour at most, and whether the client may pay the rest."""
        return HourValue(self.unit_value, self.fee_ground not in OWN_SHARE_BARRED)

    def pays(self, band: str, unit: str) -> bool:
        """Whether it pays for a band: one that it names, or any; of a line in hours those by the hour."""
        return (not self.bands or band in self.bands) and (self.amount.unit is Unit.CENTS or unit == HOUR)


Fault = tuple[str, str]
"""(field, code); `labels.FAULTS` says what the person reads."""


def period_faults(facts: Facts, today: date) -> Iterator[Fault]:
    """Everything that is wrong with the days of a decision."""
    if facts.ends_on < facts.starts_on:
        yield "ends_on", "before_start"
    elif len(months(facts.starts_on, facts.ends_on)) > LONGEST_MONTHS:
        yield "ends_on", "too_long"
    if facts.applied_on is not None and facts.applied_on > today:
        yield "applied_on", "in_the_future"
    if facts.voucher_accepted_on is not None and facts.voucher_accepted_on > today:
        yield "voucher_accepted_on", "in_the_future"


def proposal_faults(kind: DecisionKind, facts: Facts, lines: Sequence[LineFacts]) -> list[Fault]:
    """What a draft lacks before it can be proposed, all at once."""
    faults: list[Fault] = []
    if not facts.grounds.strip():
        faults.append(("grounds", "no_grounds"))
    if kind is DecisionKind.END:
        return faults
    if facts.voucher_accepted_on is None:
        faults.append(("voucher_accepted_on", "no_consent"))
    if facts.consumer is Consumer.NOT_ABLE:
        faults.append(("consumer", "not_able"))
    if facts.consumer is Consumer.WITH_SUPPORT and not facts.supporter.strip():
        faults.append(("supporter", "no_supporter"))
    if not lines:
        faults.append(("lines", "no_lines"))
    return faults


def line_fault(line: LineFacts, budget_kinds: Iterable[str], counts_hours: bool) -> Fault | None:
    """What is wrong with a line. `budget_kinds`: what the pilot's budgets may be in; `counts_hours`: the service is
    priced by the hour.
    """
    kind = "hours" if line.amount.unit is Unit.MINUTES else "euros"
    if kind not in budget_kinds:
        return "unit", f"not_{kind}"
    if kind == "hours" and not counts_hours:
        return "unit", "no_hours"
    if line.amount.unit is Unit.CENTS and line.amount.number > MAX_CENTS:
        return "amount", "too_large"
    if line.every is Every.PERIOD and line.carry is not Carry.NONE:
        return "carry", "nothing_to_carry"
    return None


def first_day_fault(starts_on: date, before: tuple[date, date]) -> Fault | None:
    """What is wrong with the day from which a decision replaces another one that holds on the days `before`.

    Budgets are by the month, so a change begins with one.
    """
    if not before[0] < starts_on <= before[1]:
        return "starts_on", "outside"
    return None if starts_on.day == 1 else ("starts_on", "mid_month")


def due_on(applied_on: date) -> date:
    """The day by which the decision must have been made: three months from the application."""
    return add_months(applied_on, HANDLING_MONTHS)


def add_months(day: date, count: int) -> date:
    """The same day of a later month, or the month's last when it has none."""
    number = day.year * 12 + day.month - 1 + count
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# --- periods and what is left of them --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BudgetPeriod:
    """The days of one budget, both ends included, and what is granted in them."""

    first: date
    last: date
    granted: Amount

    @property
    def key(self) -> str:
        """How accounts name it: `2027-01`."""
        return f"{self.first:%Y-%m}"


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The months between two days, each as its first and last day within them."""
    found, begin = [], first
    while begin <= last:
        end = begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
        found.append((begin, min(end, last)))
        begin = end + timedelta(days=1)
    return found


def periods(every: Every, amount: Amount, first: date, last: date) -> list[BudgetPeriod]:
    """The budgets that a line opens: one for the whole time, or one a month.

    A month in which the decision holds for some days only has that share of the amount, rounded up to a whole cent or
    minute, so that nobody loses a part of a unit.
    """
    if every is Every.PERIOD:
        return [BudgetPeriod(first, last, amount)]
    found = []
    for begin, end in months(first, last):
        whole = calendar.monthrange(begin.year, begin.month)[1]
        share = -(-amount.number * ((end - begin).days + 1) // whole)
        found.append(BudgetPeriod(begin, end, Amount(amount.unit, share)))
    return found


NOTICE: Final = timedelta(days=14)
"""How long before money returns the client has been told of it at least."""


def may_return(today: date, period_last: date, told_on: date | None) -> bool:
    """Whether what is left of a period returns: its late deliveries are in, and the client was told in time.

    `told_on`: the day on which the client was told what is left and when it returns, None when nobody has yet.
    """
    return told_on is not None and today > kept_until(period_last, told_on)


def kept_until(period_last: date, told_on: date) -> date:
    """The last day on which what is left of a period stays with a client who was told of it on a day."""
    return max(returns_on(period_last), told_on + NOTICE - timedelta(days=1))


def returns_on(period_last: date) -> date:
    """The last day on which what is left of a period is kept for late deliveries: the end of the next month."""
    following = add_months(period_last.replace(day=1), 1)
    return following.replace(day=calendar.monthrange(following.year, following.month)[1])


def carried(carry: Carry, left: int, own: int) -> int:
    """How much of what is left of a month moves to the next one; `own` is what was granted for the month itself.

    What came from the month before has been used first, and `NEXT_MONTH` carries nothing twice.
    """
    return {Carry.NONE: 0, Carry.NEXT_MONTH: min(left, own), Carry.PERIOD: left}[carry]


# --- what a value buys -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prices:
    """What providers who can take a client ask in one band, the lowest of each, by its unit; `full`: how many more
    there are that cannot.
    """

    unit: str
    amounts: tuple[Money, ...]
    full: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """What a line buys in one band: of the `providers` who can take a client, how many it is enough with, and the units
    there, least and most. `full`: how many more there are that cannot.
    """

    band: str
    unit: str
    providers: int
    enough: int
    least: Decimal
    most: Decimal
    full: int = 0

    @property
    def warns(self) -> bool:
        """Whether somebody should look again: not every provider, or none, gives anything for the value."""
        return self.enough < self.providers or self.providers == 0


def fits(line: LineFacts, prices: Mapping[str, Prices]) -> list[Fit]:
    """What the line buys, band by band, of the providers there are.

    It is enough with a provider from whom it buys something without an own share: whose hourly price is at most the
    value of an hour; without a value, with any. Bands that are not by the hour buy no hours.
    """
    found = []
    for band, asked in prices.items():
        if not line.pays(band, asked.unit):
            continue
        bought = [
            Decimal(0) if line.value.beyond(asked.unit, price).cents else bought_at(line, asked.unit, price)
            for price in asked.amounts
        ]
        enough = [each for each in bought if each]
        least, most = min(enough, default=Decimal(0)), max(enough, default=Decimal(0))
        found.append(Fit(band, asked.unit, len(bought), len(enough), least, most, asked.full))
    return found


def bought_at(line: LineFacts, unit: str, price: Money) -> Decimal:
    """The units that the line buys at a price; nothing where the price would leave an own share that is barred."""
    if line.value.bars(unit, price):
        return Decimal(0)
    if line.amount.unit is Unit.MINUTES:
        return Decimal(line.amount.number) / 60
    return whole_units(line.amount.number, unit, line.value.owed_each(unit, price))


def whole_units(cents: int, unit: str, price: Money) -> Decimal:
    """How many units, or half hours, the cents buy: what one can really order."""
    parts = 2 if unit == HOUR else 1
    return Decimal(parts * cents // price.cents) / parts if price.cents else Decimal(0)


def middle_price(prices: Prices) -> Money:
    """The price in the middle of those that providers ask who can take a client; there must be one."""
    return Money(int(median(price.cents for price in prices.amounts)))
