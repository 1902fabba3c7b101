"""The comparison as a PDF to print and as a spreadsheet to count with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from marketplace import sheets
from marketplace.i18n import _, date_text, helsinki_date, money_text
from marketplace.pdf import render_pdf
from marketplace.search.offer_comparison.table import ComparisonTable

_LABEL_WIDTH: Final = 28
_CELL_WIDTH: Final = 34
_MONTH_ROW: Final = 3


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
    """The comparison as a spreadsheet. Amounts of the month are numbers."""
    lines: list[list[sheets.Value]] = []
    bold = []
    for label, cells in rows(table, language):
        lines.append([label, *cells])
        if not cells:
            bold.append(len(lines) + 1)
    if table.costs:
        lines[_MONTH_ROW - 2] = [lines[_MONTH_ROW - 2][0], *(total for total, _missing in table.costs)]
    return sheets.as_xlsx(
        ["", *(column.title[language] for column in table.columns)],
        [*lines, [], [_note(now)]],
        title=_("Comparison"),
        widths={1: _LABEL_WIDTH, **dict.fromkeys(range(2, len(table.columns) + 2), _CELL_WIDTH)},
        bold=bold,
        frozen="B2",
        wrap=True,
    )


def _note(now: datetime) -> str:
    return _("Prices include VAT and are those of %(date)s.", date=date_text(helsinki_date(now)))
