"""The table of prices as rows and columns, and its files. What spreadsheets do to prices is undone or refused here.

Prices go out as numbers, so that a spreadsheet can compute with them; a formula comes back by its value and is never
run. A spreadsheet makes a date of `12.5` and runs a text that begins with `=`: texts that look like formulas are
written as texts, and a price that has become a date is refused with its cell, never guessed: 12 May may have been 12,5
or 12,05. A row of a sum belongs to no service and is left out, which the preview says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace import sheets
from marketplace.days import NoDay, may_be_month_first, read_day
from marketplace.errors import Invalid
from marketplace.i18n import LANGUAGES, LocalizedText, _, _l, current_language, date_text
from marketplace.money import Money, MoneyError
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import VersionState
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import BANDS, SERVICES, UNITS
from marketplace.sheets import Cell, Table, Value
from marketplace.web.forms import day_message, money_message, slashes_note

COLUMNS: Final[dict[str, LocalizedText]] = {
    "offer": LocalizedText("Palvelun numero", "Tjänstens nummer"),
    "title": LocalizedText("Palvelu", "Tjänst"),
    "service": LocalizedText("Palvelulaji", "Typ av tjänst"),
    "pilot": LocalizedText("Kokeilu", "Försök"),
    "band": LocalizedText("Hintarivi", "Prisrad"),
    "name": LocalizedText("Mitä hinta koskee", "Vad priset gäller"),
    "unit": LocalizedText("Yksikkö", "Enhet"),
    "ceiling": LocalizedText("Enimmäishinta", "Maximipris"),
    "price": LocalizedText("Hinta nyt", "Pris nu"),
    "new_price": LocalizedText("Uusi hinta", "Nytt pris"),
    "valid_from": LocalizedText("Voimassa alkaen", "Gäller från"),
}
"""Columns in their order. A file is read by these names in either language, whatever the order."""

READ: Final = ("offer", "band", "new_price", "valid_from")
WRITTEN_IN: Final = ("new_price", "valid_from")

MOST_ROWS: Final = 5000


class UnreadablePriceList(Invalid):
    """The file as a whole is no price list."""

    def __init__(self, message: object) -> None:
        super().__init__(message, field="file")


@dataclass(frozen=True, slots=True)
class PriceListEntry:
    """A row of the file in which somebody wrote something, or what is wrong in it.

    `number` is the row in the spreadsheet; `day` is empty when none was given there. `is_sum`: the row names no service
    and no band, as the row of a sum. `note`: how something in it was read otherwise than it stands.
    """

    number: int
    offer_id: int | None
    band: str
    price: Money | None
    day: date | None
    problems: tuple[str, ...] = ()
    is_sum: bool = False
    note: str = ""


# --- out -------------------------------------------------------------------------------------------------------------


def listed_version(offer: Offer) -> OfferVersion:
    """The version whose prices are an offer's prices now: the newest published one, its draft when there is none."""
    published = [version for version in offer.versions if version.state == VersionState.PUBLISHED]
    return max(published or offer.versions, key=lambda version: version.number)


def rows_of(
    offer: Offer, version: OfferVersion, definition: PilotDefinition, day: date
) -> Iterator[list[Value]]:
    """The rows of an offer: one for each band of the pilot's price table, the new price left empty."""
    language = current_language()
    amounts = {price.band: price.amount for price in version.prices}
    for row in definition.service(offer.service_key).bands_on(day):
        amount = amounts.get(row.band)
        yield [
            str(offer.id),
            version.title[language] or SERVICES[offer.service_key].name[language],
            SERVICES[offer.service_key].name[language],
            definition.name[language],
            row.band,
            BANDS[row.band].name[language],
            f"€/{UNITS[row.unit].short[language]}",
            row.ceiling,
            amount,
            None,
            None,
        ]


def as_csv(rows: Sequence[Sequence[Value]]) -> bytes:
    """The table as CSV."""
    return sheets.as_csv(_heads(), rows)


def as_xlsx(rows: Sequence[Sequence[Value]]) -> bytes:
    """The table as a workbook. The columns that are written in are ready for a number and a day."""
    places = {key: index for index, key in enumerate(COLUMNS, start=1)}
    return sheets.as_xlsx(
        _heads(),
        rows,
        title=_("Price list"),
        widths={places[key]: 34 for key in ("title", "name")},
        formats={places["new_price"]: sheets.AMOUNT, places["valid_from"]: sheets.DAY},
    )


def _heads() -> list[str]:
    return [name[current_language()] for name in COLUMNS.values()]


# --- in --------------------------------------------------------------------------------------------------------------


def read(tables: Sequence[Table]) -> list[PriceListEntry]:
    """The rows in which a new price or a first day was written; `tables` are the ways in which the file can be read.

    Raises UnreadablePriceList.
    """
    for table in tables:
        header = _header(table)
        if header is not None:
            return _entries(table, *header)
    names = ", ".join(COLUMNS[key][current_language()] for key in READ)
    raise UnreadablePriceList(
        _("These columns are needed in one row above the prices: %(names)s.", names=names)
    )


def _header(table: Table) -> tuple[int, dict[str, int]] | None:
    """The number of the row of names, and where each column is; None when a needed one is missing."""
    known = {COLUMNS[key][language].casefold(): key for key in COLUMNS for language in LANGUAGES}
    for number, cells in enumerate(table.rows[:20], start=1):
        names = [known.get(cell.strip().casefold()) if isinstance(cell, str) else None for cell in cells]
        places = {name: place for place, name in enumerate(names) if name is not None}
        if all(key in places for key in READ):
            return number, places
    return None


def _entries(table: Table, header: int, places: dict[str, int]) -> list[PriceListEntry]:
    body = table.rows[header:]
    if len(body) > MOST_ROWS:
        raise UnreadablePriceList(_l("The price list has more than 5000 rows. Give it in parts."))
    found = []
    for number, cells in enumerate(body, start=header + 1):
        if number in table.broken:
            found.append(
                PriceListEntry(
                    number, None, "", None, None, (_("A quotation mark is left open on this row."),)
                )
            )
            continue
        row = {key: cells[place] if place < len(cells) else "" for key, place in places.items()}
        if not all(sheets.is_blank(row[key]) for key in WRITTEN_IN):
            found.append(_entry(number, row))
    return found


def _entry(number: int, row: dict[str, Cell]) -> PriceListEntry:
    problems: list[str] = []
    offer, band = str(row["offer"]).strip(), str(row["band"]).strip()
    named = offer.isascii() and offer.isdigit() and len(offer) < 10
    if not named and not band:
        return PriceListEntry(number, None, "", None, None, is_sum=True)
    if unread := sheets.without_value(_bare(row[key]) for key in READ):
        return PriceListEntry(number, None, "", None, None, tuple(unread))
    if not named:
        problems.append(_("The number of the service is missing or wrong."))
    if band not in BANDS:
        problems.append(_("“%(text)s” is not a row of the price table.", text=band[:40]))
    price = day = None
    try:
        price = _price(row["new_price"])
    except ValueError as error:
        problems.append(str(error))
    try:
        day = _day(row["valid_from"])
    except ValueError as error:
        problems.append(str(error))
    return PriceListEntry(
        number,
        int(offer) if named else None,
        band,
        price,
        day,
        tuple(problems),
        note=_day_note(row["valid_from"], day),
    )


def _bare(cell: Cell) -> Cell:
    """The cell without the apostrophe that keeps a text from being run; empty for a dash."""
    return cell if isinstance(cell, date) else "" if sheets.is_blank(cell) else cell.strip().removeprefix("'")


def _day_note(cell: Cell, day: date | None) -> str:
    """How a day with slashes was read, which another country would read otherwise."""
    written = "" if isinstance(cell, date) else str(_bare(cell))
    return slashes_note(written, day) if day is not None and may_be_month_first(written) else ""


def _price(cell: Cell) -> Money | None:
    """Raises ValueError with the sentence for a person."""
    if isinstance(cell, date):
        raise ValueError(
            _(
                "The spreadsheet has made the date %(day)s of the price. Format the column as text and write it again.",
                day=date_text(cell),
            )
        )
    text = str(_bare(cell))
    if not text:
        return None
    try:
        return Money.parse(text)
    except MoneyError as error:
        if error.code == "sub_cent":
            raise ValueError(
                _(
                    "“%(text)s” has more than two decimals. Round the price to the cent in the spreadsheet, "
                    "with the function ROUND(…;2).",
                    text=text,
                )
            ) from error
        raise ValueError(money_message(error.code, text)) from error


def _day(cell: Cell) -> date | None:
    """Raises ValueError with the sentence for a person."""
    written = _bare(cell)
    try:
        return read_day(written) if written else None
    except NoDay as error:
        shown = date_text(written) if isinstance(written, date) else written
        raise ValueError(day_message(error.code, shown)) from error
