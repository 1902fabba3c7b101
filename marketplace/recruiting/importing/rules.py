"""What each row of a list says: what is read, what is left out with a note, and what refuses the row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar

from marketplace.contact import shown_phone
from marketplace.days import may_be_month_first
from marketplace.i18n import _, _l, current_language, date_text, money_text
from marketplace.money import Money
from marketplace.offers.pricing.problems import PriceRow, price_problems
from marketplace.pilots.vocabulary import BANDS, SERVICES
from marketplace.providers.labels import LEGAL_FORMS
from marketplace.providers.rules import LegalForm
from marketplace.recruiting.importing import values
from marketplace.recruiting.importing.values import Unfit
from marketplace.recruiting.importing.words import PRICE, ImportWords, normal

FACTS: Final = (
    "official_name", "trade_name", "legal_form", "street", "postal_code", "city", "phone", "email", "website",
)  # fmt: skip
"""What a sheet tells of a company; the names are those of `Provider`."""

NEEDED: Final = ("business_id", "service", "municipalities")
"""What every row says, itself or by the row above."""

OPTIONAL: Final = tuple(name for name in FACTS if name != "official_name")
"""Facts that are left out when they are faulty: the company can write them itself, and its approval needs none."""

COLUMNS: Final[dict[str, Any]] = {
    "business_id": _l("business ID"),
    "official_name": _l("official name"),
    "trade_name": _l("trade name"),
    "legal_form": _l("legal form"),
    "street": _l("street"),
    "postal_code": _l("postal code"),
    "city": _l("city"),
    "phone": _l("phone"),
    "email": _l("e-mail"),
    "website": _l("website"),
    "service": _l("service"),
    "municipalities": _l("municipalities"),
    "approved_on": _l("approved on"),
}
"""What the columns are called in a message."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row of the sheet: its number as a person sees it, and the cells of known columns that are not blank.

    `broken`: a stray quotation mark makes it unreadable, and it has no cells.
    """

    number: int
    cells: Mapping[str, str | date]
    broken: bool = False


@dataclass(frozen=True, slots=True)
class PriceTable:
    """A service's highest prices in the pilot; `fixed`: they are the prices."""

    rows: tuple[PriceRow, ...]
    fixed: bool


@dataclass(frozen=True, slots=True)
class ImportedTerms:
    """What the rows are measured by: the words that are understood, the pilot's area and services, and the day.

    `pilot` is what a reader calls the pilot, `place_names` is by municipality code, `services` by service key, in the
    pilot's order. `places_called` knows the municipalities of a village or a county by its name.
    """

    pilot: str
    words: ImportWords
    area: frozenset[str]
    place_names: Mapping[str, str]
    services: Mapping[str, PriceTable]
    today: date
    places_called: Callable[[str], frozenset[str]] = lambda _name: frozenset()


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """What a good row says: one service of one company."""

    number: int
    business_id: str
    service_key: str
    municipalities: frozenset[str]
    facts: Mapping[str, str]
    approved_on: date | None = None
    prices: Mapping[str, Money] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not imported, and why. Company and service are told where they could be read."""

    number: int
    reasons: tuple[str, ...]
    business_id: str | None = None
    service_key: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One service of one company, by all rows about it."""

    service_key: str
    municipalities: frozenset[str]
    approved_on: date | None
    prices: Mapping[str, Money]
    lines: tuple[ImportedLine, ...]


@dataclass(frozen=True, slots=True)
class ImportedCompany:
    """A company by all its good rows."""

    business_id: str
    facts: Mapping[str, str]
    claims: tuple[Claim, ...]

    @property
    def lines(self) -> tuple[ImportedLine, ...]:
        """The rows, in the order of the sheet."""
        return tuple(sorted((line for claim in self.claims for line in claim.lines), key=lambda x: x.number))


# --- rows of sums ----------------------------------------------------------------------------------------------------


def without_sums(
    rows: Iterable[ImportedRow], words: ImportWords
) -> tuple[list[ImportedRow], list[ImportedRow]]:
    """The rows of companies, and those that only sum up: `YHTEENSÄ 12 kpl` in the place of a company."""
    companies_: list[ImportedRow] = []
    sums: list[ImportedRow] = []
    for row in rows:
        (sums if _sums_up(row, words) else companies_).append(row)
    return companies_, sums


def _sums_up(row: ImportedRow, words: ImportWords) -> bool:
    first = next((row.cells[name] for name in (*NEEDED, *FACTS) if name in row.cells), None)
    if not isinstance(first, str) or not first.split():
        return False
    return normal(first.split()[0]) in words.sums or normal(first) in words.sums


# --- rows that go on with the one above ------------------------------------------------------------------------------


def completed(rows: Iterable[ImportedRow]) -> Iterator[ImportedRow]:
    """The rows with what blank cells leave to the row above.

    Where a person merged cells, the file has a value and blanks under it. A row without business ID and name goes on
    with the company above: it takes its business ID, its day of approval when it has none, and its service when it
    only lists more municipalities. A name without a business ID goes on when it is the name above. An area is never
    taken from another row: it decides who may serve whom. Nothing is taken from a broken row, or over it.
    """
    above: ImportedRow | None = None
    for row in rows:
        current = row
        if above is not None and not row.broken:
            current = ImportedRow(row.number, {**_inherited(row.cells, above.cells), **row.cells})
        yield current
        above = current


def _inherited(cells: Mapping[str, str | date], above: Mapping[str, str | date]) -> dict[str, str | date]:
    if "business_id" in cells:
        return {}
    name = cells.get("official_name")
    if name is not None and comparable(name) != comparable(above.get("official_name", "")):
        return {}
    wanted = ["business_id", "official_name", "approved_on"]
    if "municipalities" in cells:
        wanted.append("service")
    return {column: above[column] for column in wanted if column in above}


# --- one row ---------------------------------------------------------------------------------------------------------


def read_row(row: ImportedRow, terms: ImportedTerms) -> ImportedLine | Refusal:
    """What the row says, or everything that is wrong with it.

    What is wrong with a fact that the approval does not need, or with a price of its draft offer, is a note: the cell
    is left out and the row is read.
    """
    if row.broken:
        return Refusal(row.number, (_("a quotation mark is left open or stands in a wrong place"),))
    reasons, left_out = list(_missing(row)), list[str]()

    def take(column: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(values.shown_text(row.cells[column])) if column in row.cells else None
        except Unfit as unfit:
            optional = column in OPTIONAL or column.startswith(PRICE)
            (left_out if optional else reasons).append(_about(column, str(unfit)))
            return None

    number = take("business_id", values.business_id)
    service = take("service", lambda text: _service(text, terms))
    area = take("municipalities", lambda text: _area(text, terms))
    told = {column: take(column, _fact_reader(column, terms)) for column in FACTS}
    facts = {column: value for column, value in told.items() if value}
    approved_on = _approved_on(row, terms, reasons)
    amounts = {column: take(column, values.price) for column in row.cells if column.startswith(PRICE)}
    prices = {column.removeprefix(PRICE): amount for column, amount in amounts.items() if amount is not None}
    if reasons or number is None or service is None or area is None:
        name = row.cells.get("official_name", "")
        return Refusal(
            row.number, (*reasons, *left_out), number, service, name if isinstance(name, str) else ""
        )
    for band, reason in _price_faults(prices, service, terms):
        left_out.append(_about(PRICE + band, reason))
        del prices[band]
    notes = (
        *_readings(row, facts, area, approved_on),
        *(_("%(fault)s (left out)", fault=fault) for fault in left_out),
    )
    return ImportedLine(row.number, number, service, area.codes, facts, approved_on, prices, notes)


def _about(column: str, reason: str) -> str:
    return _("%(column)s: %(reason)s", column=readable(column), reason=reason)


def _missing(row: ImportedRow) -> Iterator[str]:
    said = {
        "business_id": _("the business ID is missing"),
        "service": _("the service is missing"),
        "municipalities": _("the municipalities are missing"),
    }
    return (said[column] for column in NEEDED if column not in row.cells)


def _approved_on(row: ImportedRow, terms: ImportedTerms, reasons: list[str]) -> date | None:
    cell = row.cells.get("approved_on")
    try:
        return None if cell is None else values.approval_day(cell, terms.today)
    except Unfit as unfit:
        reasons.append(_about("approved_on", str(unfit)))
        return None


def _fact_reader(column: str, terms: ImportedTerms) -> Callable[[str], str]:
    forms = terms.words.legal_forms
    special: dict[str, Callable[[str], str]] = {
        "legal_form": lambda text: values.meaning(
            text, forms, "legal form", lambda form: str(LEGAL_FORMS[LegalForm(form)])
        ),
        "postal_code": values.postal_code,
        "phone": values.phone,
        "email": values.email,
        "website": values.website,
    }
    return special.get(column, values.one_line)


def service_name(key: str) -> str:
    """What a reader calls a service."""
    return SERVICES[key].name[current_language()]


def _service(text: str, terms: ImportedTerms) -> str:
    key = values.meaning(text, terms.words.services, "service", service_name)
    if key not in terms.services:
        raise Unfit(
            _(
                "%(pilot)s does not have %(service)s; it has %(services)s",
                pilot=terms.pilot,
                service=service_name(key),
                services=", ".join(map(service_name, terms.services)),
            )
        )
    return key


def _area(text: str, terms: ImportedTerms) -> values.PlacesRead:
    read = values.places(
        text,
        terms.words.municipalities,
        terms.words.whole_area,
        terms.area,
        former=terms.words.former_municipalities,
        called=terms.places_called,
        name=terms.place_names.__getitem__,
    )
    outside = sorted(f"{terms.place_names[code]} ({code})" for code in read.codes - terms.area)
    if outside:
        raise Unfit(
            _(
                "outside the area of %(pilot)s: %(places)s",
                pilot=terms.pilot,
                places=", ".join(outside),
            )
        )
    if not read.codes:
        raise Unfit(_("“%(text)s” names no municipality", text=text))
    return read


def _price_faults(prices: Mapping[str, Money], service: str, terms: ImportedTerms) -> list[tuple[str, str]]:
    """The bands whose prices the pilot does not take, and why."""
    table = terms.services[service]
    units = {row.band: row.unit for row in table.rows}
    given = {band: (units.get(band, ""), amount) for band, amount in prices.items()}
    faults = []
    for problem in price_problems(given, table.rows, fixed=table.fixed, complete=False):
        price, ceiling = money_text(prices[problem.band]), money_text(problem.ceiling or Money(0))
        said = {
            "above_ceiling": _(
                "%(price)s is above the pilot’s ceiling of %(ceiling)s", price=price, ceiling=ceiling
            ),
            "not_fixed": _(
                "%(price)s is not the pilot’s fixed price of %(ceiling)s", price=price, ceiling=ceiling
            ),
        }
        other = _("the pilot has no such price for %(service)s", service=service_name(service))
        faults.append((problem.band, said.get(problem.code, other)))
    return faults


def _readings(
    row: ImportedRow, facts: Mapping[str, str], area: values.PlacesRead, approved_on: date | None
) -> Iterator[str]:
    """What was read differently from how it stands in the sheet."""
    code, written = facts.get("postal_code", ""), str(row.cells.get("postal_code", ""))
    if len(written.replace(" ", "")) < len(code):
        yield _("postal code %(written)s read as %(read)s", written=written, read=code)
    phone, written = facts.get("phone", ""), str(row.cells.get("phone", ""))
    if phone and written.lstrip(" (")[:1] not in "+0" and len(written) >= _WITHOUT_ZERO:
        shown = shown_phone(phone, current_language())
        yield _("phone %(written)s read as %(read)s", written=written, read=shown)
    day = row.cells.get("approved_on")
    if isinstance(day, str) and may_be_month_first(day):
        yield _("%(written)s read as %(read)s", written=day.strip(), read=date_text(approved_on))
    for written, place in area.readings.items():
        yield _("%(written)s read as %(read)s", written=written, read=place)


_WITHOUT_ZERO: Final = 8
"""A number of so many digits begins with 0 or +, or has lost them (`contact.phone_number`)."""


def readable(column: str) -> str:
    """The name of a column in a message: `official_name` is “official name”."""
    if column.startswith(PRICE):
        band = BANDS.get(column.removeprefix(PRICE))
        return _("price %(band)s", band=band.name[current_language()] if band else "")
    return str(COLUMNS[column])


def comparable(value: object, name: str = "") -> object:
    """Two spellings of one thing are equal: case and blanks do not count, and of a telephone number only its digits."""
    if not isinstance(value, str):
        return value
    return shown_phone(value, "fi") if name == "phone" else " ".join(value.casefold().split())
