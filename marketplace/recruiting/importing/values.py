"""One cell at a time: the value that a cell means, or why it means none.

Every function takes what the cell shows and raises Unfit with the reason in English, for the report on the command
line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fi import ytunnus

from marketplace import contact
from marketplace.contact import UndialableNumber, UnreachableAddress, copied_address, phone_number
from marketplace.days import NoDay, read_day
from marketplace.money import Money, MoneyError
from marketplace.recruiting.importing.words import normal

EARLIEST_APPROVAL: Final = date(1990, 1, 1)
"""Before it no county can have approved anybody: a date that early is a slip of the hand."""

_ERRORS = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|PUUTTUU!?|VIITTAUS!|ARVO!|NIMI\?)")
_LOOKS_LIKE_A_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}[. -]+[^\W\d_]{3,}\.?")
_PHONE_FAULTS: Final = {
    "form": "“{}” is not a telephone number",
    "several": "“{}” is more than one telephone number; leave one",
    "no_zero": "“{}” begins with neither 0 nor +. Spreadsheets drop a leading zero; write it as text",
}
_EMAIL_FAULTS: Final = {
    "form": "“{}” is not one e-mail address",
    "letters": "“{}” has other letters than a–z before the @, and mail servers refuse it",
}
_BETWEEN_PLACES = re.compile(r"[,;/&\n]|\b(?:ja|sekä|och|samt|and)\b", re.IGNORECASE)


class Unfit(ValueError):
    """The cell does not mean what its column asks for."""


def shown_text(cell: str | date) -> str:
    """The text of a cell that should hold text, a number or a code. Refuses formulas, errors and dates."""
    if isinstance(cell, date):
        raise Unfit(
            f"the cell holds the date {finnish(cell)}. Spreadsheets make dates of numbers such as 12,5 or 12.5; "
            "format the cell as text and write the value again"
        )
    if cell.startswith("="):
        raise Unfit(
            f"the cell holds a formula ({cell[:40]}), which is not calculated; paste its value instead"
        )
    if _ERRORS.match(cell):
        raise Unfit(f"the cell holds a spreadsheet error ({cell[:40]})")
    return cell.strip()


def finnish(day: date) -> str:
    """A day as text: `22.11.2026`."""
    return f"{day.day}.{day.month}.{day.year}"


def business_id(text: str) -> str:
    """The business ID as `1234567-8`, its check digit right."""
    try:
        return str(ytunnus.format(ytunnus.validate(_seven_digits(text))))
    except InvalidChecksum as error:
        raise Unfit(f"the check digit of “{text}” does not match") from error
    except ValidationError as error:
        raise Unfit(f"“{text}” is not seven digits, a hyphen and a check digit (1234567-8)") from error


def _seven_digits(text: str) -> str:
    """An old number of six digits with the 0 that it has today before it: 737546-2 is 0737546-2."""
    return f"0{text}" if re.fullmatch(r"\d{6}-\d", text) else text


def one_line(text: str, longest: int = 200) -> str:
    """A text on one line."""
    line = " ".join(text.split())
    if len(line) > longest:
        raise Unfit(f"it is longer than {longest} characters")
    return line


def postal_code(text: str) -> str:
    """Five digits. Leading zeros that a spreadsheet has dropped are put back: 4300 is 04300, 120 is 00120."""
    try:
        return contact.postal_code(text)
    except contact.NoPostalCode as error:
        raise Unfit(f"“{text}” is not a postal code of five digits") from error


def phone(text: str) -> str:
    """A telephone number in its normal form. A long number without its first 0 or + has lost it on the way."""
    try:
        return phone_number(text)
    except UndialableNumber as error:
        raise Unfit(_PHONE_FAULTS[error.code].format(text)) from error


def email(text: str) -> str:
    """One e-mail address in its normal form."""
    try:
        return copied_address(text)
    except UnreachableAddress as error:
        raise Unfit(_EMAIL_FAULTS[error.code].format(text)) from error


def website(text: str) -> str:
    """A web address in full; https:// is put before a bare one."""
    try:
        return contact.web_address(one_line(text, 300))
    except contact.NoWebAddress as error:
        raise Unfit(f"“{text}” is not a web address") from error


def price(text: str) -> Money:
    """An amount in euros, with a decimal comma or point; `34,50 €/h` is read too."""
    bare = text.split("€", maxsplit=1)[0].strip() or text
    if _LOOKS_LIKE_A_DAY.fullmatch(bare):
        raise Unfit(
            f"“{text}” is a date. Spreadsheets make dates of numbers such as 12,5 or 12.5; format the cell as text "
            "and write the price again, for example 12,50"
        )
    try:
        return Money.parse(bare)
    except MoneyError as error:
        reason = {
            "negative": "is negative",
            "sub_cent": "has more than two decimals",
            "too_large": "is too large for a price",
        }.get(error.code, "is not an amount in euros such as 34,50")
        raise Unfit(f"“{text}” {reason}") from error


def approval_day(cell: str | date, today: date) -> date:
    """A date cell, `22.11.2026` or `2026-11-22`; not in the future."""
    day = _written_day(cell if isinstance(cell, date) else shown_text(cell))
    if day > today:
        raise Unfit(f"{finnish(day)} is in the future")
    if day < EARLIEST_APPROVAL:
        raise Unfit(f"{finnish(day)} is too long ago to be right")
    return day


def _written_day(written: str | date) -> date:
    try:
        return read_day(written)
    except NoDay as error:
        raise Unfit(_DAY_FAULTS[error.code].format(written)) from error


_DAY_FAULTS: Final = {
    "form": "“{}” is not a date such as 22.11.2026 or 2026-11-22",
    "calendar": "“{}” is not a day of the calendar",
    "year": "“{}” lies too far back or ahead",
}


def meaning(text: str, known: Mapping[str, str], what: str) -> str:
    """What a word means by a table whose words are `normal`. An unknown one is refused with the nearest known."""
    word = normal(text)
    if word in known:
        return known[word]
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.8)
    hint = f"; did you mean {known[near[0]]}?" if near else ""
    raise Unfit(f"“{text}” is not a known {what}{hint}")


def places(
    text: str,
    known: Mapping[str, str],
    whole: frozenset[str],
    area: frozenset[str],
    *,
    former: Mapping[str, frozenset[str]],
) -> frozenset[str]:
    """The codes of municipalities that a cell lists by name, in either language, or by code.

    `whole` are the words for all of `area`, `former` those of municipalities that were joined to others. A code that a
    spreadsheet has taken for a number gets its zeros back: 18 is 018.
    """
    codes: set[str] = set()
    for part in filter(None, (part.strip() for part in _BETWEEN_PLACES.split(text))):
        if normal(part) in whole:
            codes |= area
            continue
        word = part.zfill(3) if part.isdigit() else part
        joined = former.get(normal(word))
        if joined is not None and normal(word) not in known:
            codes |= joined
        else:
            codes.add(meaning(word, known, "municipality"))
    return frozenset(codes)
