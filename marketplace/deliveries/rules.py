"""Rules of deliveries: how one stands, what it must keep to, what it costs. Pure.

What a delivery must keep to is a table, `CHECKS`: each row is a fault and when it is there. The reader of the table
reads what the form, the file and the programming interface refuse, in the order in which it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from marketplace.money import Money
from marketplace.offers.pricing.bands import BandCalendar
from marketplace.offers.pricing.rules import (
    HOUR,
    PriceHistory,
    PriceLine,
    PriceList,
    amount_for,
    checked_quantity,
    cost,
)
from marketplace.offers.pricing.values import UNLIMITED, HourValue, Shares
from marketplace.workflow import Workflow

LONGEST: Final = timedelta(hours=24)
"""A longer visit is a slip of the hand, or several visits."""

LONGEST_NIGHT: Final = timedelta(hours=16)
"""An end that is written before the beginning is one of the next morning, unless the visit would be longer."""

NOTHING: Final = Money(0)

MOST_ACTIVITY: Final = 200
MOST_WORKER: Final = 60
MOST_REFERENCE: Final = 40
MOST_REASON: Final = 2000


class DeliveryKind(StrEnum):
    """What is paid for: service that was given, or a visit that the client cancelled too late by the pilot's rule."""

    GIVEN = "given"
    CANCELLED_LATE = "cancelled_late"


class DeliveryState(StrEnum):
    """How a delivery stands. `RECORDED`: the client can still object. `REVERSED`: confirmed, and found wrong later."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


class DeliveryAction(StrEnum):
    """What happens to a delivery. `LAPSE`: the time to object is over. `UPHOLD`, `REJECT`: the office has decided.
    `REVERSE`: what was confirmed is taken back; the right one, if there is any, is recorded by itself.
    """

    CONFIRM = "confirm"
    LAPSE = "lapse"
    DISPUTE = "dispute"
    UPHOLD = "uphold"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"


class DeliveryWorkflow(Workflow[DeliveryState, DeliveryAction]):
    """The workflow of deliveries, with the states that are paid or may come to be."""

    counting: ClassVar = frozenset({DeliveryState.RECORDED, DeliveryState.CONFIRMED, DeliveryState.DISPUTED})
    waiting: ClassVar = frozenset({DeliveryState.RECORDED, DeliveryState.DISPUTED})
    """Nobody has confirmed or settled them yet."""


DELIVERY: Final = DeliveryWorkflow(
    "delivery",
    DeliveryState.RECORDED,
    {
        (DeliveryState.RECORDED, DeliveryAction.CONFIRM): DeliveryState.CONFIRMED,
        (DeliveryState.RECORDED, DeliveryAction.LAPSE): DeliveryState.CONFIRMED,
        (DeliveryState.RECORDED, DeliveryAction.DISPUTE): DeliveryState.DISPUTED,
        (DeliveryState.RECORDED, DeliveryAction.WITHDRAW): DeliveryState.WITHDRAWN,
        (DeliveryState.DISPUTED, DeliveryAction.CONFIRM): DeliveryState.CONFIRMED,
        (DeliveryState.DISPUTED, DeliveryAction.UPHOLD): DeliveryState.CONFIRMED,
        (DeliveryState.DISPUTED, DeliveryAction.REJECT): DeliveryState.REJECTED,
        (DeliveryState.DISPUTED, DeliveryAction.WITHDRAW): DeliveryState.WITHDRAWN,
        (DeliveryState.CONFIRMED, DeliveryAction.REVERSE): DeliveryState.REVERSED,
    },
)


class DeliveryFlaw(StrEnum):
    """What is wrong with a delivery."""

    NO_AGREEMENT = "no_agreement"
    IN_FUTURE = "in_future"
    ENDS_FIRST = "ends_first"
    TOO_LONG = "too_long"
    TOO_OLD = "too_old"
    BEFORE_AGREEMENT = "before_agreement"
    AFTER_AGREEMENT = "after_agreement"
    NOT_APPROVED = "not_approved"
    CLIENT_ELSEWHERE = "client_elsewhere"
    WORKER_ELSEWHERE = "worker_elsewhere"
    NO_CANCELLATION = "no_cancellation"
    NO_CANCELLED_AT = "no_cancelled_at"
    CANCELLED_IN_TIME = "cancelled_in_time"
    NOT_IN_DECISION = "not_in_decision"
    OVER_BUDGET = "over_budget"
    NO_PRICE = "no_price"
    ABOVE_VALUE = "above_value"
    NEEDS_TIMES = "needs_times"
    NEEDS_QUANTITY = "needs_quantity"
    BAD_QUANTITY = "bad_quantity"
    NO_ACTIVITY = "no_activity"
    TOO_LONG_TEXT = "too_long_text"
    IDENTITY_CODE = "identity_code"
    OTHER_BEFORE = "other_before"


@dataclass(frozen=True, slots=True)
class Times:
    """An interval of time: aware moments on whole minutes."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of days, trips, kilometres … of a band on a day."""

    day: date
    band: str
    count: Decimal


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider says of a delivery. `worker` is a name or a number of the provider's own; `reference` is the
    provider's own number of the row, by which a row that is sent twice is one row. `cancelled_at`: when the client
    cancelled, of a late cancellation.
    """

    kind: DeliveryKind
    measure: Times | Quantity
    activity: str
    worker: str = ""
    reference: str = ""
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What is known when a delivery is checked. `day` is its first day in Finland, `begins` the moment at which it
    begins, or its day. `oldest` is the first day that may still be recorded.
    """

    now: datetime
    today: date
    day: date
    begins: datetime
    starts_on: date
    ends_on: date | None
    approved: bool
    oldest: date
    cancellation_hours: int
    cancellation_percent: int
    client_is_elsewhere: bool
    worker_is_elsewhere: bool


Check = Callable[[Said, DeliveryFacts], bool]


def _end(said: Said) -> datetime | None:
    return said.measure.end if isinstance(said.measure, Times) else None


def _length(said: Said) -> timedelta:
    return said.measure.end - said.measure.start if isinstance(said.measure, Times) else timedelta(minutes=1)


def _is_cancelled(said: Said) -> bool:
    return said.kind == DeliveryKind.CANCELLED_LATE


def _was_in_time(said: Said, facts: DeliveryFacts) -> bool:
    """Whether the client cancelled so long before that nothing is charged."""
    hours = timedelta(hours=facts.cancellation_hours)
    return _is_cancelled(said) and said.cancelled_at is not None and facts.begins - said.cancelled_at >= hours


CHECKS: Final[tuple[tuple[DeliveryFlaw, Check], ...]] = (
    (DeliveryFlaw.NO_ACTIVITY, lambda said, _facts: not said.activity),
    (
        DeliveryFlaw.TOO_LONG_TEXT,
        lambda said, _facts: (
            len(said.activity) > MOST_ACTIVITY
            or len(said.worker) > MOST_WORKER
            or len(said.reference) > MOST_REFERENCE
        ),
    ),
    (DeliveryFlaw.ENDS_FIRST, lambda said, _facts: _length(said) <= timedelta()),
    (DeliveryFlaw.TOO_LONG, lambda said, _facts: _length(said) > LONGEST),
    (
        DeliveryFlaw.IN_FUTURE,
        lambda said, facts: (
            facts.day > facts.today or (not _is_cancelled(said) and (_end(said) or facts.now) > facts.now)
        ),
    ),
    (DeliveryFlaw.BEFORE_AGREEMENT, lambda _said, facts: facts.day < facts.starts_on),
    (
        DeliveryFlaw.AFTER_AGREEMENT,
        lambda _said, facts: facts.ends_on is not None and facts.day > facts.ends_on,
    ),
    (DeliveryFlaw.TOO_OLD, lambda _said, facts: facts.day < facts.oldest),
    (DeliveryFlaw.NOT_APPROVED, lambda _said, facts: not facts.approved),
    (
        DeliveryFlaw.NO_CANCELLATION,
        lambda said, facts: _is_cancelled(said) and facts.cancellation_percent == 0,
    ),
    (
        DeliveryFlaw.NO_CANCELLED_AT,
        lambda said, facts: (
            _is_cancelled(said) and (said.cancelled_at is None or said.cancelled_at > facts.now)
        ),
    ),
    (DeliveryFlaw.CANCELLED_IN_TIME, _was_in_time),
    (DeliveryFlaw.CLIENT_ELSEWHERE, lambda _said, facts: facts.client_is_elsewhere),
    (
        DeliveryFlaw.WORKER_ELSEWHERE,
        lambda said, facts: not _is_cancelled(said) and facts.worker_is_elsewhere,
    ),
)
"""What a delivery must not be, in the order in which it is told."""


def faults(said: Said, facts: DeliveryFacts) -> tuple[DeliveryFlaw, ...]:
    """Everything that is wrong with what a provider says."""
    return tuple(fault for fault, there in CHECKS if there(said, facts))


# --- what it costs ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a band in the agreement's version of the offer."""

    unit: str
    amount: Money
    vat_code: str


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A part of a delivery at one price. `quantity` counts the unit that was agreed; hours are never rounded: `minutes`
    are what is priced, and `quantity` says them in hours for the reader. `amount` is what the organisation owes; it and
    `own_share`, which the client pays to the provider, are what the line costs. `value` is what the decision pays for a
    unit at most, None where it sets none.
    """

    band: str
    unit: str
    quantity: Decimal
    minutes: int | None
    unit_price: Money
    amount: Money
    vat_code: str
    value: Money | None = None
    own_share: Money = NOTHING

    @property
    def owed_each(self) -> Money:
        """What the organisation owes for a unit."""
        return self.unit_price if self.value is None else min(self.unit_price, self.value)


@dataclass(frozen=True, slots=True)
class PricedDelivery:
    """What a delivery costs. `shortest`: the shortest visit in minutes, when it was charged instead of the time."""

    lines: tuple[DeliveryLine, ...]
    shortest: int | None = None

    @property
    def total(self) -> Money:
        """What the organisation owes: the sum of the lines."""
        return Money(sum(line.amount.cents for line in self.lines))

    @property
    def own_share(self) -> Money:
        """What the client pays to the provider."""
        return Money(sum(line.own_share.cents for line in self.lines))


class OwnShareBarred(ValueError):
    """A price is above the value in the decision, and the client may not pay the rest."""


def price(
    said: Said,
    prices: Mapping[str, Price],
    calendar: BandCalendar,
    *,
    minimum_minutes: int | None,
    cancellation_percent: int,
    value: HourValue = UNLIMITED,
) -> PricedDelivery:
    """What the delivery costs at the prices that the agreement fixes, and who pays it; cancelled late, its share of it.

    Raises PricingError (`offers.pricing.rules`) when a band has no price, KeyError for a band that is not priced by
    quantity, and OwnShareBarred for a price that the value in the decision does not cover and nobody may pay.
    """
    share = Decimal(cancellation_percent) / 100 if _is_cancelled(said) else Decimal(1)
    lines, shortest = _lines(said, prices, calendar, minimum_minutes, share, value)
    if any(value.bars(line.unit, line.unit_price) for line in lines):
        raise OwnShareBarred
    return PricedDelivery(lines, shortest)


def _lines(
    said: Said,
    prices: Mapping[str, Price],
    calendar: BandCalendar,
    minimum_minutes: int | None,
    share: Decimal,
    value: HourValue,
) -> tuple[tuple[DeliveryLine, ...], int | None]:
    if isinstance(said.measure, Quantity):
        row = prices[said.measure.band]
        if row.unit == HOUR:
            raise KeyError(said.measure.band)
        count = checked_quantity(said.measure.count, row.unit)
        parts = value.shares(row.unit, row.amount, lambda each: each.times(count * share))
        return (_line(said.measure.band, row, row.amount, count, None, parts, value),), None
    hourly = {band: row.amount for band, row in prices.items() if row.unit == HOUR}
    history = PriceHistory([PriceList(date.min, hourly, minimum_minutes)])
    found = cost(history, calendar, said.measure.start, said.measure.end)
    return tuple(_hours(line, prices[line.band], share, value) for line in found.lines), found.shortest


def _hours(line: PriceLine, row: Price, share: Decimal, value: HourValue) -> DeliveryLine:
    parts = value.shares(HOUR, line.unit_price, lambda each: amount_for(each, line.minutes).times(share))
    hours = (Decimal(line.minutes) / 60).quantize(Decimal("0.01"))
    return _line(line.band, row, line.unit_price, hours, line.minutes, parts, value)


def _line(
    band: str, row: Price, each: Money, count: Decimal, minutes: int | None, parts: Shares, value: HourValue
) -> DeliveryLine:
    return DeliveryLine(
        band, row.unit, count, minutes, each, parts.owed, row.vat_code, value.of(row.unit), parts.own
    )


def minutes_taken(priced: PricedDelivery, percent: int) -> int:
    """How many minutes of a budget in hours a delivery takes: those that are charged, of a late cancellation its share
    of them, rounded up.
    """
    return -(-sum(line.minutes or 0 for line in priced.lines) * percent // 100)


def objection_ends(recorded_on: date, days: int) -> date:
    """The last day on which the client can object to a delivery that was recorded on a day."""
    return recorded_on + timedelta(days=days)
