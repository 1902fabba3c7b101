"""Rules of statements: what stands on one, how tax is parted from a price, what is carried over. Pure.

A statement is a self-billed invoice: the organisation writes it in the provider's name. Once frozen it never changes.
What turns out to be wrong afterwards is a row of the next one, the exact opposite of the row that it corrects, at the
tax rate of the day of service.
"""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

from marketplace.deliveries.rules import DeliveryLine
from marketplace.workflow import Workflow

MOST_REMARK: Final = 2000
"""Characters of an objection, or of the answer to it."""


class StatementState(StrEnum):
    """How a frozen statement stands. `FROZEN`: the provider can object. Whether it is *paid*, payments alone say."""

    FROZEN = "frozen"
    OBJECTED = "objected"
    PAYABLE = "payable"


class StatementAction(StrEnum):
    """What happens to a statement. `ANSWER`: the organisation has looked into the objection."""

    ACCEPT = "accept"
    OBJECT = "object"
    ANSWER = "answer"


STATEMENT: Final = Workflow[StatementState, StatementAction](
    "statement",
    StatementState.FROZEN,
    {
        (StatementState.FROZEN, StatementAction.ACCEPT): StatementState.PAYABLE,
        (StatementState.FROZEN, StatementAction.OBJECT): StatementState.OBJECTED,
        (StatementState.OBJECTED, StatementAction.ANSWER): StatementState.PAYABLE,
    },
)


class StatementRowKind(StrEnum):
    """What a row is: a part of a delivery at one price, or what takes an earlier row back."""

    DELIVERY = "delivery"
    CORRECTION = "correction"


def may_be_paid(state: StatementState, objection_until: date, today: date) -> bool:
    """Whether a statement may go into a batch: accepted, answered, or nobody has objected by the last day."""
    return state is StatementState.PAYABLE or (state is StatementState.FROZEN and objection_until < today)


def last_day(month: date) -> date:
    """The last day of the month that begins on a day."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def month_before(day: date) -> date:
    """The first day of the month before that of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowDraft:
    """A row before it is kept. `line` counts the lines of the delivery from 0; amounts are cents; `vat_percent` is the
    rate as it is written (`25.5`). `gross_cents` is what the organisation owes. `value_cents` is what the client's
    decision pays for a unit at most, and `own_share_cents` what the client pays to the provider beside it: neither is
    billed here. A correction names the row that it takes back.
    """

    kind: StatementRowKind
    delivery_id: int
    line: int
    service_key: str
    day: date
    band: str
    unit: str
    quantity: str
    minutes: int | None
    unit_price_cents: int
    gross_cents: int
    net_cents: int
    vat_cents: int
    vat_code: str
    vat_percent: str
    corrects_id: int | None = None
    value_cents: int | None = None
    own_share_cents: int = 0

    @property
    def said(self) -> dict[str, Any]:
        """What the digest of its statement is over: all of it, but no own share and no value where there is none, as
        they were not told of when the first statements were frozen.
        """
        said = self.values()
        if not self.own_share_cents:
            del said["own_share_cents"]
        if self.value_cents is None:
            del said["value_cents"]
        return said

    def values(self) -> dict[str, Any]:
        """What it says, by name: a month has many thousands of rows, so nothing is copied that is kept as it is."""
        return {name: getattr(self, name) for name in _ROW}


_ROW: Final = tuple(each.name for each in fields(RowDraft))


class NoRate(LookupError):
    """A tax code has no rate on the day of service; `code` and `day` say which."""

    def __init__(self, code: str, day: date) -> None:
        super().__init__(f"the VAT code {code} has no rate on {day}")
        self.code, self.day = code, day


Rate = Callable[[str, date], Decimal]
"""The rate in per cent of a tax code on a day; raises KeyError when it has none."""


def tax_in(gross: int, percent: Decimal) -> int:
    """The tax that is part of a price in cents, rounded half up to the cent."""
    return int((gross * percent / (100 + percent)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def delivered_rows(
    delivery_id: int, service_key: str, day: date, lines: Iterable[DeliveryLine], rate: Rate
) -> list[RowDraft]:
    """The rows of a delivery, one for each price. Raises NoRate."""
    rows = []
    for number, line in enumerate(lines):
        try:
            percent = rate(line.vat_code, day)
        except KeyError as error:
            raise NoRate(line.vat_code, day) from error
        gross = line.amount.cents
        tax = tax_in(gross, percent)
        rows.append(
            RowDraft(
                kind=StatementRowKind.DELIVERY,
                delivery_id=delivery_id,
                line=number,
                service_key=service_key,
                day=day,
                band=line.band,
                unit=line.unit,
                quantity=str(line.quantity),
                minutes=line.minutes,
                unit_price_cents=line.unit_price.cents,
                gross_cents=gross,
                net_cents=gross - tax,
                vat_cents=tax,
                vat_code=line.vat_code,
                vat_percent=f"{percent.normalize():f}",
                value_cents=None if line.value is None else line.value.cents,
                own_share_cents=line.own_share.cents,
            )
        )
    return rows


def correcting(row: RowDraft, row_id: int) -> RowDraft:
    """The row that takes back a kept row with this id, to the cent and at the same rate."""
    return replace(
        row,
        kind=StatementRowKind.CORRECTION,
        gross_cents=-row.gross_cents,
        net_cents=-row.net_cents,
        vat_cents=-row.vat_cents,
        own_share_cents=-row.own_share_cents,
        corrects_id=row_id,
    )


class Stated(Protocol):
    """What sums are made of: a kept row, or one that is not kept yet."""

    @property
    def vat_code(self) -> str:
        """The tax code."""

    @property
    def vat_percent(self) -> str:
        """The rate of the day of service."""

    @property
    def net_cents(self) -> int:
        """Without tax."""

    @property
    def vat_cents(self) -> int:
        """The tax."""


@dataclass(frozen=True, slots=True)
class VatSum:
    """What the rows of one tax code and rate add up to."""

    vat_code: str
    vat_percent: str
    net_cents: int
    vat_cents: int

    @property
    def gross_cents(self) -> int:
        """With tax."""
        return self.net_cents + self.vat_cents


def vat_sums(rows: Iterable[Stated]) -> list[VatSum]:
    """The rows by tax code and rate, as an invoice needs them."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        net, tax = found.get((row.vat_code, row.vat_percent), (0, 0))
        found[row.vat_code, row.vat_percent] = (net + row.net_cents, tax + row.vat_cents)
    return [VatSum(*key, *sums) for key, sums in sorted(found.items())]


# --- the whole -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatementSums:
    """`total`: what the month's rows add up to. `carried`: what an earlier statement left below zero, or 0.
    `payable`: what is to be paid, never below zero. All in cents.
    """

    total: int
    carried: int

    @property
    def payable(self) -> int:
        """What is to be paid."""
        return max(0, self.total + self.carried)

    @property
    def left_over(self) -> int:
        """What the next statement begins with: 0, or what is still to be taken back."""
        return min(0, self.total + self.carried)


def sums_of(rows: Sequence[RowDraft], carried: int) -> StatementSums:
    """The sums of a statement with these rows after one that left `carried` over (0 or less)."""
    return StatementSums(sum(row.gross_cents for row in rows), carried)


def digest_of(head: Mapping[str, Any], rows: Iterable[RowDraft]) -> str:
    """SHA-256 over everything that a statement says, in hexadecimal: two people look at the same one."""
    said = {"head": head, "rows": [row.said for row in rows]}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class MonthText(ValueError):
    """A text is no month."""


def read_month(text: str) -> date:
    """The first day of `2026-11`. Raises MonthText."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise MonthText(text) from error
