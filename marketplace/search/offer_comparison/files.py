"""The comparison as a PDF to print and as a spreadsheet to count with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from marketplace.i18n import _, date_text, helsinki_date, money_text
from marketplace.pdf import render_pdf
from marketplace.search.offer_comparison.table import ComparisonTable

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LABEL_WIDTH: Final = 28
_CELL_WIDTH: Final = 34
_MONTH_ROW: Final = 3
_FORMULA_SIGNS: Final = ("=", "+", "-", "@")


def rows(table: ComparisonTable, language: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of the comparison as (label, cells); a row without cells is the heading of those below it."""
    yield _("Provider"), [column.provider for column in table.columns]
    if table.costs:
        yield _("Your month"), [money_text(total, language) for total, _missing in table.costs]
    for title, lines in table.groups:
        if lines:
            yield title, []
        for line in lines:
            empty = _("Not offered") if line.kind == "price" else "–"
            yield line.label, [cell or empty for cell in line.cells]


def file_name() -> str:
    """The name of the file, without its ending."""
    return _("comparison")


def as_pdf(table: ComparisonTable, *, language: str, now: datetime) -> bytes:
    """The comparison as an accessible PDF."""
    data: dict[str, Any] = {
        "columns": [column.title[language] for column in table.columns],
        "rows": [{"label": label, "cells": cells} for label, cells in rows(table, language)],
        "note": _note(now),
    }
    return render_pdf("comparison.typ", data, language=language, title=_("Comparison of services"), now=now)


def as_xlsx(table: ComparisonTable, *, language: str, now: datetime) -> bytes:
    """The comparison as a spreadsheet. Amounts of the month are numbers; texts cannot be taken for formulas."""
    book = Workbook()
    sheet: Worksheet = book.create_sheet(_("Comparison"), 0)
    del book[book.sheetnames[-1]]
    sheet.append(["", *(_text(column.title[language]) for column in table.columns)])
    for label, cells in rows(table, language):
        sheet.append([_text(label), *(_text(cell) for cell in cells)])
        if not cells:
            sheet.cell(sheet.max_row, 1).font = Font(bold=True)
    if table.costs:
        for at, (total, _missing) in enumerate(table.costs, 2):
            cell = sheet.cell(_MONTH_ROW, at, float(total.euros))
            cell.number_format = '#,##0.00 "€"'
    sheet.append([])
    sheet.append([_note(now)])
    for heading in sheet[1]:
        heading.font = Font(bold=True)
    for line in sheet.iter_rows():
        for written in line:
            written.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    for at in range(1, len(table.columns) + 2):
        sheet.column_dimensions[get_column_letter(at)].width = _LABEL_WIDTH if at == 1 else _CELL_WIDTH
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _text(text: str) -> str:
    """A text that a spreadsheet does not run: a leading sign of a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and len(text) > 1 else text


def _note(now: datetime) -> str:
    return _("Prices include VAT and are those of %(date)s.", date=date_text(helsinki_date(now)))
