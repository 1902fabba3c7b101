"""The words all pilots share: municipalities, services, groups, features, languages, units, price bands, evidence, VAT.

Each vocabulary is a read-only mapping from key to entry in the order of its file under `data/`. A file is read and
checked when its vocabulary is first used and kept for the life of the process; a mistake in a file raises
InvalidDefinition with file and line. Facts come from public sources named in `docs/pilots.md`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator

from marketplace.pilots.logos import InvalidLogo, Logo, read_logo
from marketplace.pilots.source import InvalidDefinition, Problem, read_source
from marketplace.pilots.texts import Entry, Key, Text

DATA: Final = Path(__file__).parent / "data"
LOGOS: Final = "logos"


class Keyed(Entry):
    """An entry with a key and a name."""

    key: Key
    name: Text


class Coded(Keyed):
    """An entry whose key is an official code of digits."""

    key: str = Field(validation_alias="code", pattern=r"^\d+$")

    @property
    def code(self) -> str:
        """The official code: the key."""
        return self.key


class County(Coded):
    """A wellbeing services county; Helsinki (90) and Åland (91) stand beside the 21."""


class Municipality(Coded):
    """A municipality of 2026: its official languages, the majority's first, and its centre (WGS 84)."""

    languages: tuple[Literal["fi", "sv"], ...]
    county: str
    latitude: float
    longitude: float


class Service(Keyed):
    """A service that a personal budget can buy.

    `minors`: children may get it, and then their carers' criminal records are checked.
    """

    description: Text
    legal_basis: str
    units: tuple[str, ...]
    vat: tuple[str, ...]
    minors: bool


class Group(Keyed):
    """A client group; the description tells a person whether it is theirs."""

    description: Text


class Feature(Keyed):
    """Something a client may need to know before choosing: moving about, communication, how the service works."""

    kind: Literal["access", "communication", "practice"]


class Language(Keyed):
    """A language in which a service is given; the key is its ISO 639 code."""


class Unit(Keyed):
    """What a price is counted by; `short` stands after the price: 34,50 €/h."""

    short: Text


class Band(Keyed):
    """A row of a price table. `timed`: an hour is priced by when it falls; the pilot sets the times."""

    short_name: Text
    timed: bool


class EvidenceKind(Keyed):
    """A proof.

    `file`: a document is kept, otherwise only the date. `renew_months`: how often it is renewed (None: never).
    `stands_for`: the kinds that this one document proves together. `insurance`: its sum and last day are asked.
    `published`: the address where it can be read does instead of a file. `registered`: so does its number in a public
    register. `group`: what it proves something about.
    """

    help: Text
    file: bool
    group: Literal["contractor", "insurance", "register", "quality"]
    insurance: bool = False
    published: bool = False
    registered: bool = False
    renew_months: int | None = None
    stands_for: tuple[str, ...] = ()


class VatRate(Entry):
    """A rate in per cent and the first and last service day on which it applies."""

    percent: Decimal
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the rate applies on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class VatCode(Keyed):
    """A VAT treatment with its rates over time. Keys are capitals: they are the codes of invoices and statements."""

    key: str
    rates: tuple[VatRate, ...]


def _logo(value: object, info: ValidationInfo) -> Logo:
    """The picture in the file of this name in the folder `logos` beside the data file."""
    if isinstance(value, Logo):
        return value
    folder = (info.context or {}).get("folder", DATA)
    return read_logo(folder / LOGOS, str(value))


class OrganisationData(Keyed):
    """An organisation that runs pilots; `theme` names the stylesheet of its colours.

    `logo` and `logo_dark` name files in `logos/`: on a light ground and on a dark one. Without the second the first
    stands on a light plate in dark mode.
    """

    short_name: Text
    theme: Key
    logo: Annotated[Logo, BeforeValidator(_logo)] | None = None
    logo_dark: Annotated[Logo, BeforeValidator(_logo)] | None = None
    email: str
    phone: str = ""
    website: str = ""

    @field_validator("logo_dark")
    @classmethod
    def _has_a_light_one(cls, dark: Logo | None, info: ValidationInfo) -> Logo | None:
        if dark is not None and info.data.get("logo", dark) is None:
            raise InvalidLogo("an organisation with a logo for dark mode needs the usual one, too: logo")
        return dark


Item = TypeVar("Item", bound=Keyed)


class Vocabulary(Mapping[str, Item]):
    """A read-only mapping from key to entry, read from `data/<file>` when it is first used."""

    def __init__(self, file: str, entry: type[Item]) -> None:
        self.path = DATA / file
        self._entry = entry

    @cached_property
    def _entries(self) -> dict[str, Item]:
        rows = _csv_rows(self.path) if self.path.suffix == ".csv" else _yaml_rows(self.path)
        entries: dict[str, Item] = {}
        problems: list[Problem] = []
        for line, row in rows:
            try:
                entry = self._entry.model_validate(row, context={"folder": self.path.parent})
            except ValidationError as error:
                problems.extend(
                    Problem(
                        self.path.name,
                        line,
                        ".".join(map(str, fault["loc"])),
                        fault["msg"].removeprefix("Value error, "),
                    )
                    for fault in error.errors()
                )
                continue
            if entry.key in entries:
                problems.append(Problem(self.path.name, line, entry.key, "this key is already in the file"))
            entries[entry.key] = entry
        if problems:
            raise InvalidDefinition(problems)
        return entries

    def __getitem__(self, key: str) -> Item:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


Row = tuple[int, object]
"""A row of a data file: the line it begins on and its plain data."""


def _yaml_rows(path: Path) -> list[Row]:
    source = read_source(path)
    if not isinstance(source.data, list):
        raise InvalidDefinition([Problem(path.name, 1, "", "the file should be a list of entries")])
    return [(source.places[(index,)][1], row) for index, row in enumerate(source.data)]


def _csv_rows(path: Path) -> list[Row]:
    """Rows of a CSV file; the columns `fi` and `sv` are the name, `languages` is a list."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return [(reader.line_num, _entry_of(row)) for row in reader]


def _entry_of(row: dict[str, str]) -> dict[str, object]:
    name = {"fi": row.pop("fi", ""), "sv": row.pop("sv", "")}
    lists = {"languages": row.pop("languages").split()} if "languages" in row else {}
    return {**row, **lists, "name": name}


MUNICIPALITIES: Final = Vocabulary("municipalities.csv", Municipality)
COUNTIES: Final = Vocabulary("counties.csv", County)
SERVICES: Final = Vocabulary("services.yaml", Service)
GROUPS: Final = Vocabulary("groups.yaml", Group)
FEATURES: Final = Vocabulary("features.yaml", Feature)
LANGUAGES: Final = Vocabulary("languages.yaml", Language)
UNITS: Final = Vocabulary("units.yaml", Unit)
BANDS: Final = Vocabulary("bands.yaml", Band)
EVIDENCE_KINDS: Final = Vocabulary("evidence.yaml", EvidenceKind)
VAT: Final = Vocabulary("vat.yaml", VatCode)
ORGANISATIONS: Final = Vocabulary("organisations.yaml", OrganisationData)


def municipality(code: str) -> Municipality:
    """The municipality with this three-digit code. Raises KeyError."""
    return MUNICIPALITIES[code]


def municipalities_by_name(codes: Iterable[str], language: str) -> list[Municipality]:
    """The municipalities in the alphabetical order of their names in `language`."""
    return sorted(
        (MUNICIPALITIES[code] for code in codes), key=lambda place: _collation(place.name[language])
    )


def municipality_names(codes: Iterable[str], language: str) -> list[str]:
    """The names of the municipalities in `language`, in its alphabetical order."""
    return [place.name[language] for place in municipalities_by_name(codes, language)]


def _collation(name: str) -> str:
    """Finnish and Swedish put å, ä and ö after z, in this order."""
    return name.casefold().translate(_ORDER)


_ORDER: Final = str.maketrans({"å": "{", "ä": "|", "ö": "}"})


def kinds_that_prove(kind: str) -> frozenset[str]:
    """The evidence kinds that prove `kind`: itself and the combined reports that stand for it."""
    return frozenset({kind}) | {other.key for other in EVIDENCE_KINDS.values() if kind in other.stands_for}


def vat_percent(code: str, on: date) -> Decimal:
    """The VAT rate of `code` in per cent on the service day `on`. Raises KeyError when it has none that day."""
    for rate in VAT[code].rates:
        if rate.covers(on):
            return rate.percent
    raise KeyError(f"{code} has no rate on {on}")
