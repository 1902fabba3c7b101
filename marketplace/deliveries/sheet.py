"""A file of deliveries: read row by row, and given back with what became of each row.

Good rows are recorded and bad ones come back with the reason in the same columns: correct them in the result file and
send it again. A row that has been recorded stays one delivery, however often it is sent, by the provider's own number
of it, which therefore every row needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from marketplace import sheets
from marketplace.days import NoDay, may_be_month_first, read_day
from marketplace.deliveries.forms import NoTime, moment_of, read_count, read_time, times_of
from marketplace.deliveries.labels import FAULTS, KINDS
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryFlaw, DeliveryKind, Quantity, Said, Times
from marketplace.errors import Invalid
from marketplace.i18n import LocalizedText, _, _l, current_language, money_text
from marketplace.money import Money
from marketplace.sheets import Cell, Table, Value
from marketplace.text import one_line
from marketplace.web.forms import slashes_note

COLUMNS: Final[dict[str, LocalizedText]] = {
    "reference": LocalizedText("Oma numero", "Eget nummer"),
    "agreement": LocalizedText("Sopimuksen numero", "Avtalets nummer"),
    "client": LocalizedText("Asiakasnumero", "Klientnummer"),
    "kind": LocalizedText("Laji", "Typ"),
    "day": LocalizedText("Päivä", "Dag"),
    "start": LocalizedText("Alkoi", "Började"),
    "end": LocalizedText("Päättyi", "Slutade"),
    "band": LocalizedText("Hintarivi", "Prisrad"),
    "quantity": LocalizedText("Määrä", "Antal"),
    "activity": LocalizedText("Mitä tehtiin", "Vad som gjordes"),
    "worker": LocalizedText("Työntekijä", "Arbetstagare"),
    "cancelled_day": LocalizedText("Peruttu päivänä", "Avbokad dag"),
    "cancelled_time": LocalizedText("Peruttu kello", "Avbokad klockan"),
}
"""Columns in their order, read by their names in either language, whatever the order in the file."""

RESULT: Final[dict[str, LocalizedText]] = {
    "outcome": LocalizedText("Tulos", "Resultat"),
    "amount": LocalizedText("Euroa", "Euro"),
    "problem": LocalizedText("Mitä korjataan", "Vad som ska rättas"),
}
"""What the result file has after them; a file that is sent again may hold them, and they are not read."""

NEEDED: Final = ("reference", "agreement", "day", "activity")
MOST_ROWS: Final = 5000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of the file: its cells as they were written, what they say, or what is wrong with them."""

    number: int
    cells: Mapping[str, str]
    agreement_id: int | None = None
    said: Said | None = None
    problems: tuple[str, ...] = ()

    @property
    def readings(self) -> tuple[str, ...]:
        """How its days with slashes were read, which another country would read otherwise."""
        days = (self.cells.get(key, "") for key in ("day", "cancelled_day"))
        written = [text for text in days if self.said is not None and may_be_month_first(text)]
        return tuple(slashes_note(text, read_day(text)) for text in written)


@dataclass(frozen=True, slots=True)
class SheetRowOutcome:
    """What became of a row: recorded as a delivery, or refused with the reasons."""

    row: SheetRow
    delivery: Delivery | None = None
    problems: tuple[str, ...] = ()

    @property
    def amount(self) -> Money | None:
        """What the organisation owes for it, of one that was recorded."""
        return None if self.delivery is None else self.delivery.amount


def read(tables: Sequence[Table]) -> list[SheetRow]:
    """The rows of the first table that has the columns. Raises Invalid when none has, and for too many rows."""
    for table in tables:
        places = _places(table.rows[0]) if table.rows else {}
        if all(name in places for name in NEEDED):
            rows = list(_rows(table, places))
            if not rows:
                raise Invalid(_l("The file has no rows below its headings."), field="file")
            if len(rows) > MOST_ROWS:
                raise Invalid(_l("The file has more than 5000 rows. Send it in parts."), field="file")
            return rows
    wanted = ", ".join(COLUMNS[name][current_language()] for name in NEEDED)
    raise Invalid(_("The file needs at least these columns: %(columns)s.", columns=wanted), field="file")


def _places(heads: Sequence[Cell]) -> dict[str, int]:
    names = {one_line(str(head)).casefold(): place for place, head in enumerate(heads)}
    return {
        key: names[text.casefold()]
        for key, name in COLUMNS.items()
        for text in (name.fi, name.sv)
        if text.casefold() in names
    }


def _rows(table: Table, places: Mapping[str, int]) -> Iterator[SheetRow]:
    for number, row in enumerate(table.rows[1:], start=2):
        cells = {key: row[place] if place < len(row) else "" for key, place in places.items()}
        if unread := sheets.without_value(cells.values()):
            yield SheetRow(
                number, {key: _written(cell) for key, cell in cells.items()}, problems=tuple(unread)
            )
        elif any(_written(cell) for cell in cells.values()):
            yield read_row(number, cells)


def _written(cell: Cell) -> str:
    return f"{cell.day}.{cell.month}.{cell.year}" if isinstance(cell, date) else one_line(cell)


def read_row(number: int, cells: Mapping[str, Cell]) -> SheetRow:
    """What one row says, its cells by the keys of their columns; the needed ones are there, if only empty."""
    written = {key: _written(cell) for key, cell in cells.items()}
    problems: list[str] = []
    if not written["reference"]:
        problems.append(_("Give each row a number of your own, so that it is recorded once."))
    agreement = written["agreement"]
    if not (agreement.isascii() and agreement.isdigit() and len(agreement) < 10):
        problems.append(_("The number of the agreement stands where you choose a client for a delivery."))
    day, kind = _day(cells["day"], problems), _kind(written.get("kind", ""), problems)
    measure = None if day is None else _measure(day, written, problems)
    if problems or measure is None or kind is None:
        return SheetRow(number, written, problems=tuple(problems))
    said = Said(
        kind,
        measure,
        written["activity"],
        written.get("worker", ""),
        written["reference"],
        _cancelled_at(kind, cells, written, problems),
    )
    if problems:
        return SheetRow(number, written, problems=tuple(problems))
    return SheetRow(number, written, int(agreement), said)


def _day(cell: Cell, problems: list[str]) -> date | None:
    try:
        return read_day(cell)
    except NoDay:
        problems.append(_("Write the day like this: 22.11.2026."))
        return None


def _cancelled_at(
    kind: DeliveryKind, cells: Mapping[str, Cell], written: Mapping[str, str], problems: list[str]
) -> datetime | None:
    """When the client cancelled; None of a visit that was given, and where nothing is said of it."""
    if kind is not DeliveryKind.CANCELLED_LATE or not (
        written.get("cancelled_day") and written.get("cancelled_time")
    ):
        return None
    day = _day(cells["cancelled_day"], problems)
    try:
        return None if day is None else moment_of(day, read_time(written["cancelled_time"]))
    except NoTime:
        problems.append(_("Write the time like this: 8.30."))
        return None


def _kind(text: str, problems: list[str]) -> DeliveryKind | None:
    if not text:
        return DeliveryKind.GIVEN
    names = {str(words).casefold(): kind for kind, words in KINDS.items()} | {
        str(kind): kind for kind in KINDS
    }
    kind = names.get(text.casefold())
    if kind is None:
        told = ", ".join(str(words) for words in KINDS.values())
        problems.append(_("The kind is one of these: %(kinds)s.", kinds=told))
    return kind


def _measure(day: date, written: Mapping[str, str], problems: list[str]) -> Times | Quantity | None:
    if written.get("start") or written.get("end"):
        try:
            return times_of(day, read_time(written.get("start", "")), read_time(written.get("end", "")))
        except NoTime:
            problems.append(_("Write the time like this: 8.30."))
            return None
    try:
        return Quantity(day, written.get("band", ""), read_count(written.get("quantity", "")))
    except ValueError:
        problems.append(str(FAULTS[DeliveryFlaw.BAD_QUANTITY]))
        return None


# --- out -------------------------------------------------------------------------------------------------------------


def heads(*, result: bool) -> list[str]:
    """The headings, in the reader's language."""
    names = [*COLUMNS.values(), *(RESULT.values() if result else ())]
    return [name[current_language()] for name in names]


def result_rows(outcomes: Sequence[SheetRowOutcome]) -> list[list[Value]]:
    """The rows of the file with what became of each, refused ones first."""
    ordered = sorted(outcomes, key=lambda each: (not each.problems, each.row.number))
    return [
        [
            *(each.row.cells.get(key, "") for key in COLUMNS),
            _("Refused") if each.problems else _("Recorded"),
            "" if each.amount is None else money_text(each.amount),
            " ".join(each.problems),
        ]
        for each in ordered
    ]


def as_xlsx(rows: Sequence[Sequence[Value]], *, result: bool) -> bytes:
    """The table as a workbook whose cells are texts, so that no number becomes a date."""
    return sheets.as_xlsx(heads(result=result), rows, title=_("Deliveries"), widths={10: 40, 16: 60})


def as_csv(rows: Sequence[Sequence[Value]], *, result: bool) -> bytes:
    """The table as CSV."""
    return sheets.as_csv(heads(result=result), rows)
