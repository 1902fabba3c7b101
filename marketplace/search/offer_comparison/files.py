"""The comparison as a PDF to print and as a spreadsheet to count with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from marketplace import sheets
from marketplace.contact import shown_phone
from marketplace.i18n import _, date_text, helsinki_date, money_text
from marketplace.pdf import render_pdf
from marketplace.pilots.vocabulary import municipality_names
from marketplace.search.offer_comparison.table import ComparisonTable, MonthCost

_LABEL_WIDTH: Final = 28
_CELL_WIDTH: Final = 34


def rows(table: ComparisonTable, language: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of the comparison as (label, cells); a row without cells is the heading of those below it."""
    yield _("Provider"), [column.provider for column in table.columns]
    yield _("Pilot"), [column.card.pilot for column in table.columns]
    yield _("Phone"), [shown_phone(column.phone, language) or "–" for column in table.columns]
    if any(column.coming for column in table.columns):
        yield _("Prices that change"), ["; ".join(column.coming) or "–" for column in table.columns]
    if table.costs:
        yield (
            _("Your month"),
            ["–" if month.total is None else money_text(month.total, language) for month in table.costs],
        )
        if any(remarks(month) for month in table.costs):
            yield _("Remark"), [remarks(month) or "–" for month in table.costs]
    for title, lines in table.groups:
        if lines:
            yield title, []
        for line in lines:
            empty = _("Not offered") if line.kind == "price" else "–"
            yield line.label, [cell or empty for cell in line.cells]


def remarks(month: MonthCost) -> str:
    """What the sum of a month lacks, and what is charged beyond the hours asked for."""
    said = []
    if month.total is None:
        said.append(_("It offers nothing of what you asked for: %(bands)s.", bands=month.missing))
    elif month.missing:
        said.append(_("Without: %(bands)s, which it does not offer.", bands=month.missing))
    if month.shortest:
        said.append(
            _("The shortest visit is %(time)s, and at least that much is charged.", time=month.shortest)
        )
    return " ".join(said)


def _asked(table: ComparisonTable) -> str:
    """The hours asked for in a sentence; empty when none were."""
    asked = ", ".join(f"{much} ({band[:1].lower()}{band[1:]})" for band, much in table.asked)
    return _("Asked for in a month: %(what)s.", what=asked) if asked else ""


def file_name() -> str:
    """The name of the file, without its ending."""
    return _("comparison")


def list_file_name() -> str:
    """The name of the file of the list, without its ending."""
    return _("services")


def as_pdf(table: ComparisonTable, *, language: str, now: datetime, address: str) -> bytes:
    """The comparison as an accessible PDF; `address` is that of the page it is made of."""
    data: dict[str, Any] = {
        "columns": [column.title[language] for column in table.columns],
        "rows": [{"label": label, "cells": cells} for label, cells in rows(table, language)],
        "note": " ".join(filter(None, [table.pilots_differ, _asked(table), _note(now)])),
        "address": address,
    }
    return render_pdf("comparison.typ", data, language=language, title=_("Comparison of services"), now=now)


def as_xlsx(table: ComparisonTable, *, language: str, now: datetime, address: str) -> bytes:
    """The comparison as a spreadsheet. Prices and the amounts of the month are numbers, their units in the label."""
    lines: list[list[sheets.Value]] = []
    bold = []
    numbers = _numbers(table)
    for label, cells in rows(table, language):
        lines.append(numbers.get(label, [label, *cells]))
        if not cells:
            bold.append(len(lines) + 1)
    return sheets.as_xlsx(
        ["", *(column.title[language] for column in table.columns)],
        [*lines, [], *([text] for text in (table.pilots_differ, _asked(table), _note(now), address) if text)],
        title=_("Comparison"),
        widths={1: _LABEL_WIDTH, **dict.fromkeys(range(2, len(table.columns) + 2), _CELL_WIDTH)},
        bold=bold,
        frozen="B2",
        wrap=True,
    )


def list_as_xlsx(table: ComparisonTable, *, language: str, now: datetime, address: str) -> bytes:
    """The services below each other as a spreadsheet: how they are reached, what they cost, whether they are free."""
    head = [
        _("Service"), _("Provider"), _("Phone"), _("Pilot"), _("Kind of service"), _("Free places"), _("Area"),
        _("Languages of service"),
    ]  # fmt: skip
    head += [f"{label}, €/{unit}" for label, unit, _amounts in table.amounts]
    coming = any(column.coming for column in table.columns)
    head += [_("Prices that change")] if coming else []
    head += [_("Your month"), _("Remark")] if table.costs else []
    lines: list[list[sheets.Value]] = []
    for at, column in enumerate(table.columns):
        card = column.card
        line: list[sheets.Value] = [
            column.title[language], column.provider, shown_phone(column.phone, language), card.pilot, card.service,
            card.availability, ", ".join(municipality_names(card.municipalities, language)), card.languages,
        ]  # fmt: skip
        line += [amounts[at] for _label, _unit, amounts in table.amounts]
        line += ["; ".join(column.coming)] if coming else []
        if table.costs:
            line += [table.costs[at].total, remarks(table.costs[at])]
        lines.append(line)
    return sheets.as_xlsx(
        head,
        [*lines, [], *([text] for text in (table.pilots_differ, _asked(table), _note(now), address) if text)],
        title=_("List of services"),
        widths={1: _CELL_WIDTH, 2: _CELL_WIDTH, 4: _CELL_WIDTH, 7: _CELL_WIDTH},
        frozen="B2",
        wrap=True,
    )


def _numbers(table: ComparisonTable) -> dict[str, list[sheets.Value]]:
    """The rows of amounts by the label that they have in words: the unit goes into the label."""
    found: dict[str, list[sheets.Value]] = {}
    if table.costs:
        found[_("Your month")] = [_("Your month"), *(month.total for month in table.costs)]
    for label, unit, amounts in table.amounts:
        found[label] = [
            f"{label}, €/{unit}",
            *(amount if amount is not None else _("Not offered") for amount in amounts),
        ]
    return found


def _note(now: datetime) -> str:
    return _("Prices include VAT and are those of %(date)s.", date=date_text(helsinki_date(now)))
