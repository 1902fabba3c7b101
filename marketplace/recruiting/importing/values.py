"""One cell at a time: the value that a cell means, or why it means none.

Every function takes what the cell shows and raises Unfit with the reason in the reader's language; on the command line
that is English.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fi import ytunnus

from marketplace import contact
from marketplace.contact import (
    UndialableNumber,
    UnreachableAddress,
    copied_address,
    phone_number,
    restored_number,
)
from marketplace.days import NoDay, read_day
from marketplace.i18n import _, _l, date_text, filled, ngettext
from marketplace.money import Money, MoneyError
from marketplace.recruiting.importing.words import normal
from marketplace.sheets import LONGEST_SHOWN, NoValue, no_value

EARLIEST_APPROVAL: Final = date(1990, 1, 1)
"""Before it no county can have approved anybody: a date that early is a slip of the hand."""

_NO_VALUE: Final[dict[NoValue, Any]] = {
    NoValue.FORMULA: _l(
        "the cell holds a formula (%(text)s), which is not calculated; paste its value instead"
    ),
    NoValue.ERROR: _l("the cell holds a spreadsheet error (%(text)s)"),
}
_LOOKS_LIKE_A_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}[. -]+[^\W\d_]{3,}\.?")
_PHONE_FAULTS: Final[dict[str, Any]] = {
    "form": _l("“%(text)s” is not a telephone number"),
    "several": _l("“%(text)s” is more than one telephone number; leave one"),
    "no_zero": _l(
        "“%(text)s” begins with neither 0 nor +. Spreadsheets drop a leading zero; write it as text"
    ),
}
_EMAIL_FAULTS: Final[dict[str, Any]] = {
    "form": _l("“%(text)s” is not one e-mail address"),
    "letters": _l("“%(text)s” has other letters than a–z before the @, and mail servers refuse it"),
}
_DAY_FAULTS: Final[dict[str, Any]] = {
    "form": _l("“%(text)s” is not a date such as 22.11.2026 or 2026-11-22"),
    "calendar": _l("“%(text)s” is not a day of the calendar"),
    "year": _l("“%(text)s” lies too far back or ahead"),
}
_PRICE_FAULTS: Final[dict[str, Any]] = {
    "negative": _l("“%(text)s” is negative"),
    "sub_cent": _l("“%(text)s” has more than two decimals"),
    "too_large": _l("“%(text)s” is too large for a price"),
    "form": _l("“%(text)s” is not an amount in euros such as 34,50"),
}
_UNKNOWN: Final[dict[str, Any]] = {
    "service": _l("“%(text)s” is not a known service"),
    "municipality": _l("“%(text)s” is not a known municipality"),
    "legal form": _l("“%(text)s” is not a known legal form"),
}
_WHOLE = re.compile(r"^(?:koko|hela|whole)\s+|(?::n)?(?<!\s)\s++(?:alue|område)$", re.IGNORECASE)
_BETWEEN_PLACES = re.compile(r"[,;/&\n]|\b(?:ja|sekä|och|samt|and)\b", re.IGNORECASE)


class Unfit(ValueError):
    """The cell does not mean what its column asks for."""


@dataclass(frozen=True, slots=True)
class PlacesRead:
    """The municipalities that a cell names, and the names read otherwise than they stand: village → municipality."""

    codes: frozenset[str]
    readings: Mapping[str, str] = field(default_factory=dict)


def _fault(faults: Mapping[str, Any], code: str, text: object) -> str:
    """What is wrong with a text, in the reader's language."""
    return filled(str(faults[code]), {"text": str(text)})


def shown_text(cell: str | date) -> str:
    """The text of a cell that should hold text, a number or a code. Refuses formulas, errors and dates."""
    if isinstance(cell, date):
        raise Unfit(
            _(
                "the cell holds the date %(day)s. Spreadsheets make dates of numbers such as 12,5 or 12.5; "
                "format the cell as text and write the value again",
                day=date_text(cell),
            )
        )
    if (why := no_value(cell)) is not None:
        raise Unfit(filled(str(_NO_VALUE[why]), {"text": cell[:LONGEST_SHOWN]}))
    return cell.strip()


def business_id(text: str) -> str:
    """The business ID as `1234567-8`, its check digit right."""
    try:
        return str(ytunnus.format(ytunnus.validate(_seven_digits(text))))
    except InvalidChecksum as error:
        raise Unfit(_("the check digit of “%(text)s” does not match", text=text)) from error
    except ValidationError as error:
        raise Unfit(
            _("“%(text)s” is not seven digits, a hyphen and a check digit (1234567-8)", text=text)
        ) from error


def _seven_digits(text: str) -> str:
    """An old number of six digits with the 0 that it has today before it: 737546-2 is 0737546-2."""
    return f"0{text}" if re.fullmatch(r"\d{6}-\d", text) else text


def one_line(text: str, longest: int = 200) -> str:
    """A text on one line."""
    line = " ".join(text.split())
    if len(line) > longest:
        raise Unfit(
            ngettext("it is longer than %(num)d character", "it is longer than %(num)d characters", longest)
        )
    return line


def postal_code(text: str) -> str:
    """Five digits. Leading zeros that a spreadsheet has dropped are put back: 4300 is 04300, 120 is 00120."""
    try:
        return contact.postal_code(text)
    except contact.NoPostalCode as error:
        raise Unfit(_("“%(text)s” is not a postal code of five digits", text=text)) from error


def phone(text: str) -> str:
    """A telephone number in its normal form; a first 0 or + that a spreadsheet has dropped is put back."""
    try:
        return phone_number(text)
    except UndialableNumber as error:
        restored = restored_number(text) if error.code == "no_zero" else None
        if restored is None:
            raise Unfit(_fault(_PHONE_FAULTS, error.code, text)) from error
        return restored


def email(text: str) -> str:
    """One e-mail address in its normal form."""
    try:
        return copied_address(text)
    except UnreachableAddress as error:
        raise Unfit(_fault(_EMAIL_FAULTS, error.code, text)) from error


def website(text: str) -> str:
    """A web address in full; https:// is put before a bare one."""
    try:
        return contact.web_address(one_line(text, 300))
    except contact.NoWebAddress as error:
        raise Unfit(_("“%(text)s” is not a web address", text=text)) from error


def price(text: str) -> Money:
    """An amount in euros, with a decimal comma or point; `34,50 €/h` is read too."""
    bare = text.split("€", maxsplit=1)[0].strip() or text
    if _LOOKS_LIKE_A_DAY.fullmatch(bare):
        raise Unfit(
            _(
                "“%(text)s” is a date. Spreadsheets make dates of numbers such as 12,5 or 12.5; format the cell as "
                "text and write the price again, for example 12,50",
                text=text,
            )
        )
    try:
        return Money.parse(bare)
    except MoneyError as error:
        raise Unfit(
            _fault(_PRICE_FAULTS, error.code if error.code in _PRICE_FAULTS else "form", text)
        ) from error


def approval_day(cell: str | date, today: date) -> date:
    """A date cell, `22.11.2026`, `22.11.26` or `2026-11-22`; not in the future."""
    day = _written_day(cell if isinstance(cell, date) else shown_text(cell))
    if day > today:
        raise Unfit(_("%(day)s is in the future", day=date_text(day)))
    if day < EARLIEST_APPROVAL:
        raise Unfit(_("%(day)s is too long ago to be right", day=date_text(day)))
    return day


def _written_day(written: str | date) -> date:
    try:
        return read_day(written)
    except NoDay as error:
        raise Unfit(_fault(_DAY_FAULTS, error.code, written)) from error


def meaning(text: str, known: Mapping[str, str], kind: str, name: Callable[[str], str] = str) -> str:
    """What a word means by a table whose words are `normal`. An unknown one is refused with the nearest known.

    `kind` is service, municipality or legal form; `name` is what a reader calls a meaning.
    """
    word = normal(text)
    if word in known:
        return known[word]
    fault = _fault(_UNKNOWN, kind, text)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.8)
    raise Unfit(
        _("%(fault)s; did you mean %(name)s?", fault=fault, name=name(known[near[0]])) if near else fault
    )


def places(
    text: str,
    known: Mapping[str, str],
    whole: frozenset[str],
    area: frozenset[str],
    *,
    former: Mapping[str, frozenset[str]],
    called: Callable[[str], frozenset[str]] = lambda _name: frozenset(),
    name: Callable[[str], str] = str,
) -> PlacesRead:
    """The municipalities that a cell lists by name, in either language, or by code.

    `whole` are the words for all of `area`, `former` those of municipalities that were joined to others. `called` knows
    villages and counties: a village is its municipality, which `readings` tells, and `koko Keusote` all of a county. A
    code that a spreadsheet has taken for a number gets its zeros back: 18 is 018. `name` is what a reader calls a
    municipality.
    """
    codes: set[str] = set()
    readings: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in _BETWEEN_PLACES.split(text))):
        word = part.zfill(3) if part.isdigit() else part
        joined = former.get(normal(word))
        if normal(part) in whole:
            codes |= area
        elif joined is not None and normal(word) not in known:
            codes |= joined
        elif normal(word) in known:
            codes.add(known[normal(word)])
        elif (bare := _WHOLE.sub("", part)) != part and called(bare):
            codes |= called(bare)
        elif area and called(part) >= area:
            codes |= area
        elif len(near := called(part) & area or called(part)) == 1:
            codes |= near
            readings[part] = name(next(iter(near)))
        else:
            codes.add(meaning(word, known, "municipality", name))
    return PlacesRead(frozenset(codes), readings)
