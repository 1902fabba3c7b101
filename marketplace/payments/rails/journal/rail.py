"""The journal as a file, by the columns and signs of the organisation's ledger system, and read back from one."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from marketplace.money import Money
from marketplace.payments.rails.journal.rules import COMPANY, JournalRow, faults, rows_of, unbalanced
from marketplace.payments.rails.orders import (
    Faulty,
    Hindrance,
    Impossible,
    Order,
    PaymentFile,
)
from marketplace.pilots.paying import JournalData, RailKind

DAYS: Final = {"2026-11-29": "%Y-%m-%d", "29.11.2026": "%d.%m.%Y", "20261129": "%Y%m%d"}
"""How a day is written, by the example that the data gives."""


class UnreadableJournal(ValueError):
    """The file is no journal of this organisation: `line` says where, `why` what, in English for the log."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


@dataclass(frozen=True, slots=True)
class JournalRail:
    """Payment by the organisation's own ledger system, which is given a journal."""

    data: JournalData
    kind: RailKind = RailKind.JOURNAL

    def faults(self, order: Order) -> tuple[Faulty, ...]:
        """Everything that hinders the order; nothing when it can be booked."""
        nothing = () if order.payments else (Faulty(Hindrance.NOTHING),)
        return (*nothing, *faults(order, self.data))

    def file(self, order: Order) -> PaymentFile:
        """The order as a journal. Raises Impossible."""
        if found := self.faults(order):
            raise Impossible(found)
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.data.separator, lineterminator="\r\n")
        writer.writerow([column.head for column in self.data.columns])
        for row in rows_of(order, self.data):
            written = self._written(row)
            writer.writerow([written[column.holds] for column in self.data.columns])
        content = text.getvalue().encode(self.data.encoding)
        return PaymentFile(f"{order.key}.csv", f"text/csv; charset={self.data.encoding}", content)

    def differences(self, order: Order, content: bytes) -> tuple[str, ...]:
        """What the journal, read back, says otherwise than the order."""
        columns = [column.holds for column in self.data.columns]

        def told(rows: Iterable[JournalRow]) -> Counter[tuple[Any, ...]]:
            return Counter((row.payment, *(getattr(row, name) for name in columns)) for row in rows)

        try:
            written = told(self.read(content))
        except UnreadableJournal:
            return (order.key,)
        wanted = told(rows_of(order, self.data))
        return tuple(sorted({str(row[0]) for row in (*(wanted - written), *(written - wanted))}))

    def _written(self, row: JournalRow) -> Mapping[str, str]:
        amount = str(row.amount).replace(".", self.data.decimal)
        day = row.date.strftime(DAYS[self.data.day])
        told = {name: str(getattr(row, name)) for name in JournalRow.__slots__}
        return told | {"amount": amount, "date": day}

    def read(self, content: bytes) -> tuple[JournalRow, ...]:
        """The rows of a journal that came back. A column that the data does not name leaves its field empty.

        Raises UnreadableJournal for other heads, what is no amount or day, and payments that do not sum to zero.
        """
        try:
            text = content.decode("utf-8-sig" if self.data.encoding == "utf-8" else self.data.encoding)
            lines = list(
                csv.reader(io.StringIO(text, newline=""), delimiter=self.data.separator, strict=True)
            )
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnreadableJournal(1, str(error)) from error
        heads = [column.head for column in self.data.columns]
        if not lines or lines[0] != heads:
            raise UnreadableJournal(1, f"the heads must be {', '.join(heads)}")
        rows = tuple(self._row(number, cells) for number, cells in enumerate(lines[1:], start=2))
        if wrong := unbalanced(rows):
            raise UnreadableJournal(len(lines), f"these payments do not sum to zero: {', '.join(wrong)}")
        return rows

    def _row(self, line: int, cells: list[str]) -> JournalRow:
        if len(cells) != len(self.data.columns):
            raise UnreadableJournal(line, f"{len(cells)} columns instead of {len(self.data.columns)}")
        given: dict[str, Any] = dict.fromkeys(JournalRow.__slots__, "") | {
            "date": date.min,
            "payee_kind": COMPANY,
        }
        for column, cell in zip(self.data.columns, cells, strict=True):
            match column.holds:
                case "amount":
                    given["amount"] = self._amount(cell, line)
                case "date":
                    given["date"] = self._day(cell, line)
                case name:
                    given[name] = cell
        return JournalRow(**given)

    def _amount(self, text: str, line: int) -> Money:
        try:
            return Money.exact(Decimal(text.replace(self.data.decimal, ".")))
        except (InvalidOperation, ValueError) as error:
            raise UnreadableJournal(line, f"{text!r} is no amount") from error

    def _day(self, text: str, line: int) -> date:
        try:
            return datetime.strptime(text, DAYS[self.data.day]).date()  # noqa: DTZ007 - a day has no zone
        except ValueError as error:
            raise UnreadableJournal(line, f"{text!r} is no day like {self.data.day}") from error
