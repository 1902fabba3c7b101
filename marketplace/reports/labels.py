"""What numbers, rows and tables of reports are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from marketplace.deliveries.labels import duration_text
from marketplace.i18n import _, _l, count_text, current_language, money_text, percent_text
from marketplace.money import Money
from marketplace.pilots import vocabulary
from marketplace.reports.rules import SPECS, CountedIn, Dimension, Measure, Quarter

BY: Final = {
    Dimension.MONTH: _l("By month"),
    Dimension.SERVICE: _l("By service"),
    Dimension.MUNICIPALITY: _l("By municipality"),
    Dimension.LANGUAGE: _l("By language"),
    Dimension.GROUP: _l("By client group"),
    Dimension.ITEM: _l("By question"),
}

OF: Final = {
    Dimension.ALL: _l("Whole pilot"),
    Dimension.MONTH: _l("Month"),
    Dimension.SERVICE: _l("Service"),
    Dimension.MUNICIPALITY: _l("Municipality"),
    Dimension.LANGUAGE: _l("Language"),
    Dimension.GROUP: _l("Client group"),
    Dimension.ITEM: _l("Question"),
}


def number_text(measure: Measure, value: int | None) -> str:
    """A number with its unit; a hidden one as two dots, the usual sign for what is not told."""
    if value is None:
        return ".."
    match SPECS[measure].counted:
        case CountedIn.CENTS:
            return money_text(Money(value))
        case CountedIn.MINUTES:
            return duration_text(value) if value else _("0 h")
        case CountedIn.PERCENT:
            return percent_text(str(value))
    return count_text(value)


def row_text(dimension: Dimension, key: str) -> str:
    """A row of a table, by what it is told and its key."""
    language = current_language()
    if dimension is Dimension.MONTH:
        return month_text(date.fromisoformat(f"{key}-01"))
    if not key:
        return _("Whole pilot") if dimension is Dimension.ALL else _("Not known")
    if dimension is Dimension.ITEM:
        return _question(key, language)
    names: Mapping[Dimension, Mapping[str, Any]] = {
        Dimension.SERVICE: vocabulary.SERVICES,
        Dimension.MUNICIPALITY: vocabulary.MUNICIPALITIES,
        Dimension.LANGUAGE: vocabulary.LANGUAGES,
        Dimension.GROUP: vocabulary.GROUPS,
    }
    words = names[dimension]
    return str(words[key].name[language]) if key in words else key


def _question(key: str, language: str) -> str:
    """The words of a question about effects; of a set that is added up, its name."""
    instrument, _colon, item = key.partition(":")
    if instrument not in vocabulary.INSTRUMENTS:
        return key
    known = vocabulary.INSTRUMENTS[instrument]
    asked = known.item(item)
    return str((asked.text if asked else known.name)[language])


def month_text(month: date) -> str:
    """A month as it is written: `11/2026`."""
    return f"{month.month}/{month.year}"


def quarter_text(quarter: Quarter) -> str:
    """A quarter by its months: `7/2026–9/2026`."""
    return f"{month_text(quarter.months[0])}–{month_text(quarter.months[2])}"
