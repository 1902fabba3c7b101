"""Tables written as files that a spreadsheet opens unchanged, runs nothing of, and `reading` reads back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from marketplace.money import Money
from marketplace.slow_work import Slow, turn

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value: TypeAlias = str | int | Decimal | Money | date | None
"""What a cell may hold; None is an empty one."""

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_WITHIN: Final = re.compile(r"(?<=[,\t\r\n])(?='*(?:[=@]|[+\-][^\s,]*[(|!]))")
"""Where a text would begin as a formula in a program that takes commas, not semicolons, for the ends of cells."""

_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9 ()\-]*(?:[.,][0-9]+)?")
"""A telephone number or an amount begins like a formula and is none."""

_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold."""

AMOUNT: Final = "#,##0.00"
DAY: Final = "d.m.yyyy"
"""Formats of cells (ECMA-376 18.8.31)."""

_LONGEST_TITLE: Final = 31
_TITLE_SIGNS: Final = re.compile(r"[\\*?:/\[\]]")


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """The table for a spreadsheet of this country: semicolons, decimal commas, UTF-8 with its mark.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers, telephone numbers among
    them, stay as they are. Within a text an apostrophe keeps what follows a comma or a line's end from becoming one,
    where a spreadsheet of another country takes the text apart.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_guarded(head) for head in heads])
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _csv_cell(cell: Value) -> str:
    match cell:
        case None:
            return ""
        case str():
            return _guarded(cell)
        case date():
            return f"{cell.day}.{cell.month}.{cell.year}"
        case Money() | Decimal():
            return str(cell if isinstance(cell, Money) else f"{cell:.2f}").replace(".", ",")
    return str(cell)


def _guarded(text: str) -> str:
    told = _WITHIN.sub("'", text)
    return f"'{told}" if _FORMULA.match(told) and not _NUMBER.fullmatch(told) else told


def as_xlsx(
    heads: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    title: str,
    widths: Mapping[int, int] | None = None,
    bold: Collection[int] = (),
    frozen: str = "A2",
    wrap: bool = False,
    formats: Mapping[int, str] | None = None,
) -> bytes:
    """The table as a workbook of one sheet. Amounts and days are numbers and days; a text is always a text, whatever
    it begins with, so it carries no apostrophe (ECMA-376 18.18.11: a string cell is never run).

    A table without headings within it can be filtered by its heads.

    `widths`: column from 1 → width in characters (18 otherwise); `bold`: rows that are headings as the
    first one is; `frozen`: the first cell that scrolls; `wrap` breaks
    long texts within their cells; `formats`: column from 1 → the format of its empty cells, which people write in.
    Raises Busy when too many are written now.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    with turn(Slow.WORKBOOK):
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.title = _TITLE_SIGNS.sub(" ", title)[:_LONGEST_TITLE]
        width = len(heads)
        for number, row in enumerate([heads, *rows], start=1):
            width = max(width, len(row))
            for column, value in enumerate(row, start=1):
                if value is None:
                    if formats and column in formats:
                        sheet.cell(number, column).number_format = formats[column]
                    continue
                cell = sheet.cell(number, column)
                cell.value, cell.data_type, cell.number_format = _xlsx_cell(value)
                if number == 1 or number in bold:
                    cell.font = Font(bold=True)
                if wrap:
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
        for column in range(1, width + 1):
            sheet.column_dimensions[get_column_letter(column)].width = (widths or {}).get(column, 18)
        sheet.freeze_panes = frozen
        if heads and not bold and sheet.max_row > 1:
            sheet.auto_filter.ref = sheet.dimensions
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


def _xlsx_cell(value: str | int | Decimal | Money | date) -> tuple[Any, str, str]:
    """A cell's value, its type in the workbook and its format."""
    match value:
        case str():
            return _ILLEGAL.sub("", value)[:32767], "s", "@"
        case Money():
            return value.euros, "n", AMOUNT
        case date():
            return value, "d", DAY
        case Decimal():
            return value, "n", AMOUNT
    return value, "n", "0"
