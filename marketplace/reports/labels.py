"""What numbers, rows and tables of reports are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from marketplace.approvals.proposing.phrases import LIBRARY
from marketplace.deliveries.labels import duration_text
from marketplace.i18n import _, _l, count_text, current_language, money_text, percent_text
from marketplace.money import Money
from marketplace.pilots import vocabulary
from marketplace.reports.rules import (
    SPECS,
    Absent,
    ChangeCause,
    CountedIn,
    Dimension,
    LeftoverCause,
    Measure,
    Quarter,
    Told,
)

BY: Final = {
    Dimension.MONTH: _l("By month"),
    Dimension.SERVICE: _l("By service"),
    Dimension.MUNICIPALITY: _l("By municipality"),
    Dimension.LANGUAGE: _l("By language"),
    Dimension.GROUP: _l("By client group"),
    Dimension.ITEM: _l("By question"),
    Dimension.GROUND: _l("By grounds of refusal"),
    Dimension.CAUSE: _l("By reason for changing"),
    Dimension.LEFTOVER: _l("By why it was not used"),
    Dimension.PLACE: _l("By place and service"),
    Dimension.BAND: _l("By row of the price table"),
}

OF: Final = {
    Dimension.ALL: _l("Whole pilot"),
    Dimension.MONTH: _l("Month"),
    Dimension.SERVICE: _l("Service"),
    Dimension.MUNICIPALITY: _l("Municipality"),
    Dimension.LANGUAGE: _l("Language"),
    Dimension.GROUP: _l("Client group"),
    Dimension.ITEM: _l("Question"),
    Dimension.GROUND: _l("Grounds"),
    Dimension.CAUSE: _l("Reason"),
    Dimension.LEFTOVER: _l("Reason"),
    Dimension.PLACE: _l("Place and service"),
    Dimension.BAND: _l("Service and price"),
}

CAUSES: Final = {
    ChangeCause.OWN: _l("The client wanted another provider"),
    ChangeCause.PROVIDER: _l("The provider had given notice"),
    ChangeCause.STOPPED: _l("The agreement had ended at once for cause"),
    ChangeCause.OFFICE: _l("The office had recorded the end of the agreement"),
}

LEFTOVERS: Final = {
    LeftoverCause.NOT_GIVEN: _l("It was reserved, but the service was not given"),
    LeftoverCause.NOT_RESERVED: _l("No agreement had reserved it"),
    LeftoverCause.CHANGED: _l("The decision was changed"),
    LeftoverCause.ENDED: _l("The decision was ended"),
    LeftoverCause.INTERRUPTED: _l("The client stopped taking part"),
}


def number_text(measure: Measure, value: Told) -> str:
    """A number with its unit; a hidden one as two dots, the usual sign for what is not told, a dash for no number."""
    if value is None:
        return ".."
    if isinstance(value, Absent):
        return "–"
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
        return str(_NOTHING[dimension]) if dimension in _NOTHING else _("Not known")
    if dimension in _SAID:
        return _SAID[dimension](key, language)
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


def is_invented(key: str) -> bool:
    """Whether a row tells of a question that is invented for trying out."""
    instrument = vocabulary.INSTRUMENTS.get(key.partition(":")[0])
    return instrument is not None and instrument.demo


def _ground(key: str, language: str) -> str:
    phrase = LIBRARY.phrases.get(key)
    return str(phrase.text[language]) if phrase else key


def _cause(key: str, language: str) -> str:
    cause, _colon, reason = key.partition(":")
    words = str(CAUSES[ChangeCause(cause)])
    if not reason:
        return words
    told = vocabulary.CHANGE_REASONS.get(reason)
    name = str(told.name[language]) if told else reason
    return f"{words}: {name[:1].lower()}{name[1:]}"


def _leftover(key: str, _language: str) -> str:
    return str(LEFTOVERS[LeftoverCause(key)])


def _place(key: str, _language: str) -> str:
    municipality, _colon, service = key.partition(":")
    return f"{row_text(Dimension.MUNICIPALITY, municipality)} – {row_text(Dimension.SERVICE, service)}"


def _band(key: str, language: str) -> str:
    service, _colon, band = key.partition(":")
    name = str(vocabulary.BANDS[band].name[language]) if band in vocabulary.BANDS else band
    return f"{row_text(Dimension.SERVICE, service)} – {name[:1].lower()}{name[1:]}"


_SAID: Final[Mapping[Dimension, Callable[[str, str], str]]] = {
    Dimension.ITEM: _question,
    Dimension.GROUND: _ground,
    Dimension.CAUSE: _cause,
    Dimension.LEFTOVER: _leftover,
    Dimension.PLACE: _place,
    Dimension.BAND: _band,
}
"""How rows are called whose keys are no words of a vocabulary; of the key and the language."""

_NOTHING: Final = {
    Dimension.ALL: _l("Whole pilot"),
    Dimension.GROUND: _l("Grounds in own words"),
}
"""What the row without a key is called."""


def month_text(month: date) -> str:
    """A month as it is written: `11/2026`."""
    return f"{month.month}/{month.year}"


def quarter_text(quarter: Quarter) -> str:
    """A quarter by its months: `7/2026–9/2026`."""
    return f"{month_text(quarter.months[0])}–{month_text(quarter.months[2])}"
