"""Reading a list of providers from a table: the good rows, and the broken ones each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.contact import UnreachableAddress, copied_address
from marketplace.errors import Invalid
from marketplace.i18n import _l
from marketplace.providers.identifiers import normal_business_id
from marketplace.sheets import Cell, Table, without_value
from marketplace.text import one_line

MAX_ROWS: Final = 20_000
MAX_NAME: Final = 200
HEADER_AMONG_FIRST: Final = 20
"""Titles and notes above the table take fewer rows than this."""

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


_ADDRESS_FAULTS: Final = {
    "form": _l("The e-mail address is not a valid one."),
    "letters": _l(
        "Mail servers take only the letters a–z before the @, without å, ä and ö. Check the address."
    ),
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom to invite; the address in lower case, the business ID as `1234567-8` or empty."""

    name: str
    email: str
    language: str
    business_id: str = ""


@dataclass(frozen=True, slots=True)
class AddresseeRow:
    """A good row and its number in the table, from 1."""

    number: int
    addressee: Addressee


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be used: its number in the table, what it holds, and why, as a translatable sentence.

    `cells` are its values by column, to be corrected; empty when it cannot be taken apart.
    """

    number: int
    content: str
    reason: Any
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepeatedRow:
    """A row whose address stands on an earlier row of the file, `first`: nothing is wrong with it."""

    number: int
    first: int
    addressee: Addressee


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds."""

    rows: tuple[AddresseeRow, ...]
    broken: tuple[BrokenRow, ...]
    repeated: tuple[RepeatedRow, ...] = ()


def addressee(name: str, email: str, language: str = "", business_id: str = "") -> Addressee:
    """Somebody to invite, from what was typed. An empty language is Finnish.

    Raises Invalid with the field: name, email, language or business_id.
    """
    name = one_line(name)
    if not name:
        raise Invalid(_l("The name is missing."), field="name")
    if len(name) > MAX_NAME:
        raise Invalid(_l("The name is too long: at most 200 characters."), field="name")
    if not email.strip():
        raise Invalid(_l("The e-mail address is missing."), field="email")
    try:
        address = copied_address(email)
    except UnreachableAddress as error:
        raise Invalid(_ADDRESS_FAULTS[error.code], field="email") from error
    code = LANGUAGE_WORDS.get(language.strip().lower() or "fi")
    if code is None:
        raise Invalid(_l("The language is neither Finnish (fi) nor Swedish (sv)."), field="language")
    identity = normal_business_id(business_id.strip()) if business_id.strip() else ""
    return Addressee(name, address, code, identity)


def read(tables: Sequence[Table]) -> Reading:
    """Every row of a list; `tables` are the ways in which its file can be read.

    Raises Invalid when it is not such a list.
    """
    for table in tables:
        header = _header(table)
        if header is not None:
            return _sorted_out(table, *header)
    for table in tables:
        if any("@" in str(cell) for row in table.rows[:1] for cell in row[1:2]):
            return _sorted_out(table, 0, {name: place for place, name in enumerate(COLUMNS)})
    raise Invalid(
        _l(
            "No row at the top names the columns. "
            "Give at least the columns nimi and sähköposti, or namn and e-post."
        ),
        field="file",
    )


def _header(table: Table) -> tuple[int, dict[str, int]] | None:
    """The number of the row of headings and each column's place; None when a needed one is missing everywhere."""
    for number, cells in enumerate(table.rows[:HEADER_AMONG_FIRST], start=1):
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            name = HEADINGS.get(one_line(str(cell)).casefold().rstrip(" :*"))
            if name is not None:
                places.setdefault(name, place)
        if {"name", "email"} <= places.keys():
            return number, places
    return None


def _sorted_out(table: Table, header: int, places: Mapping[str, int]) -> Reading:
    if len(table.rows) - header > MAX_ROWS:
        raise Invalid(_l("The file has more than 20,000 rows. Divide it into smaller ones."), field="file")
    rows: list[AddresseeRow] = []
    broken: list[BrokenRow] = []
    repeated: list[RepeatedRow] = []
    seen: dict[str, int] = {}
    for number, cells in _filled(table, header):
        try:
            if cells is None:
                raise Invalid(_l("A quotation mark is left open on this row."))
            values = _values(cells, places)
            if unread := without_value(values.values()):
                raise Invalid(unread[0])
            row = AddresseeRow(number, addressee(**values))
        except Invalid as error:
            held = {} if cells is None else _values(cells, places)
            broken.append(BrokenRow(number, _content(table, number), error.message, held))
        else:
            first = seen.setdefault(row.addressee.email, number)
            if first == number:
                rows.append(row)
            else:
                repeated.append(RepeatedRow(number, first, row.addressee))
    return Reading(tuple(rows), tuple(broken), tuple(repeated))


def _filled(table: Table, header: int) -> Iterator[tuple[int, Sequence[Cell] | None]]:
    """The rows below the header that say something; None for the cells of a broken one."""
    for number, cells in enumerate(table.rows[header:], start=header + 1):
        if number in table.broken:
            yield number, None
        elif any(cells):
            yield number, cells


def _content(table: Table, number: int) -> str:
    shown = table.broken.get(number) or ";".join(str(cell) for cell in table.rows[number - 1])
    return one_line(shown)[:200]


def _values(cells: Sequence[Cell], places: Mapping[str, int]) -> dict[str, str]:
    return {name: str(cells[place]) if place < len(cells) else "" for name, place in places.items()}
