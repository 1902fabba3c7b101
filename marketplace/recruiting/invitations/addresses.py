"""Reading a list of providers from a CSV file: the good rows, and the broken ones each with its reason.

A spreadsheet in Finland saves semicolons and Windows-1252 as readily as commas and UTF-8, so all four are read. Each
line is a row of its own: a stray quotation mark breaks its line and no other.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from email_validator import EmailNotValidError, validate_email

from marketplace.errors import Invalid
from marketplace.i18n import _l
from marketplace.providers.identifiers import normal_business_id

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_NAME: Final = 200
DELIMITERS: Final = (";", ",", "\t")

COLUMNS: Final = ("name", "email", "language", "business_id")
"""The columns in the order that a file without headings has them."""

HEADINGS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("name", "provider", "company", "nimi", "yritys", "palveluntuottaja", "tuottaja"), "name"
    ),
    **dict.fromkeys(("namn", "företag", "serviceproducent"), "name"),
    **dict.fromkeys(
        ("email", "e-mail", "mail", "sähköposti", "sähköpostiosoite", "e-post", "epost"), "email"
    ),
    **dict.fromkeys(("e-postadress", "email address", "e-mail address"), "email"),
    **dict.fromkeys(("language", "kieli", "språk"), "language"),
    **dict.fromkeys(("business id", "business_id", "y-tunnus", "ytunnus", "fo-nummer"), "business_id"),
}

LANGUAGE_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("fi", "suomi", "finnish", "finska"), "fi"),
    **dict.fromkeys(("sv", "se", "ruotsi", "swedish", "svenska"), "sv"),
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom to invite; the address in lower case, the business ID as `1234567-8` or empty."""

    name: str
    email: str
    language: str
    business_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A good row and its line in the file, from 1."""

    number: int
    addressee: Addressee


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be used: its line in the file, what it holds, and why, as a translatable sentence."""

    number: int
    content: str
    reason: Any


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds."""

    rows: tuple[Row, ...]
    broken: tuple[BrokenRow, ...]


def addressee(name: str, email: str, language: str = "", business_id: str = "") -> Addressee:
    """Somebody to invite, from what was typed. An empty language is Finnish.

    Raises Invalid with the field: name, email, language or business_id.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid(_l("The name is missing."), field="name")
    if len(name) > MAX_NAME or not name.isprintable():
        raise Invalid(_l("The name is too long or holds characters that are not text."), field="name")
    if not email.strip():
        raise Invalid(_l("The e-mail address is missing."), field="email")
    try:
        address = validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid(_l("The e-mail address is not a valid one."), field="email") from error
    code = LANGUAGE_WORDS.get(language.strip().lower() or "fi")
    if code is None:
        raise Invalid(_l("The language is neither Finnish (fi) nor Swedish (sv)."), field="language")
    identity = normal_business_id(business_id.strip()) if business_id.strip() else ""
    return Addressee(name, address, code, identity)


def read(content: bytes) -> Reading:
    """Every row of a CSV file. Raises Invalid when the file as a whole is not such a list."""
    lines = _text(content).splitlines()
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise Invalid(_l("The file is empty."), field="file")
    if len(lines) - first > MAX_ROWS:
        raise Invalid(_l("The file has more than 20,000 rows. Divide it into smaller ones."), field="file")
    delimiter = max(DELIMITERS, key=lines[first].count)
    columns = _columns(lines[first], delimiter)
    begin = first if columns is None else first + 1
    places = columns or {name: place for place, name in enumerate(COLUMNS)}
    return _sorted_out(_cells(lines, begin, delimiter), places)


def _text(content: bytes) -> str:
    """The file as text. Raises Invalid when it is too large or not text."""
    if len(content) > MAX_BYTES:
        raise Invalid(_l("The file is larger than 5 MB."), field="file")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid(_l("The file is not a CSV file. Save the table as CSV and try again."), field="file")


def _columns(line: str, delimiter: str) -> dict[str, int] | None:
    """Column → its place, when the line holds headings; None when it is a row with an address already.

    Raises Invalid when it is neither.
    """
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        cells = []
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = HEADINGS.get(cell.strip().lower())
        if name is not None:
            places.setdefault(name, place)
    if {"name", "email"} <= places.keys():
        return places
    if "@" in line:
        return None
    raise Invalid(
        _l(
            "The first row names no columns that we know. "
            "Give at least the columns nimi and sähköposti, or namn and e-post."
        ),
        field="file",
    )


def _cells(lines: Sequence[str], begin: int, delimiter: str) -> Iterator[tuple[int, str, list[str] | None]]:
    """Line number from 1, the line and its cells; None where a quotation mark is left open."""
    for number, line in enumerate(lines[begin:], start=begin + 1):
        if not line.strip().strip(delimiter).strip():
            continue
        try:
            yield number, line, next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error:
            yield number, line, None


def _sorted_out(cells: Iterator[tuple[int, str, list[str] | None]], places: Mapping[str, int]) -> Reading:
    rows: list[Row] = []
    broken: list[BrokenRow] = []
    seen: set[str] = set()
    for number, line, found in cells:
        try:
            row = Row(number, _addressee_of(found, places))
            if row.addressee.email in seen:
                raise Invalid(_l("The same e-mail address is on an earlier row of the file."))
        except Invalid as error:
            broken.append(BrokenRow(number, line[:200], error.message))
        else:
            seen.add(row.addressee.email)
            rows.append(row)
    return Reading(tuple(rows), tuple(broken))


def _addressee_of(cells: Sequence[str] | None, places: Mapping[str, int]) -> Addressee:
    if cells is None:
        raise Invalid(_l("A quotation mark is left open on this row."))
    values = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    return addressee(**values)
