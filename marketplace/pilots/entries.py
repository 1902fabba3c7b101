"""What an entry of each vocabulary holds: a municipality, a service, a price band, an organisation …"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from marketplace.pilots.logos import InvalidLogo, Logo, read_logo
from marketplace.pilots.paying import PaymentData
from marketplace.pilots.texts import ClockTime, ContentModel, Email, Key, Phone, Text

LOGOS: Final = "logos"

_MANDATE: Final = r"^[!-~]{1,200}$"
_REGISTER_ID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class Keyed(ContentModel):
    """An entry that is known by a key."""

    key: Key


class Named(Keyed):
    """An entry with a key and a name."""

    name: Text


class Coded(Named):
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


class FormerMunicipality(Coded):
    """A municipality that was joined to others, or had another name: its last name, and which it belongs to now.

    `until`: the first day without it. `search`: whether somebody who writes the name in a search means the place.
    """

    until: date
    municipalities: Annotated[tuple[str, ...], Field(min_length=1)]
    search: Literal["yes", "no"]


class NationalCodes(ContentModel):
    """What a service is in the national registers; what is not known stays empty.

    `classes`: service classes of the Finnish Service Catalogue (Palvelutietovaranto, PTV), code list ptvserclass2.
    `concepts`: concepts of the KOKO ontology. `groups`: target groups of the catalogue, code list ptvkohderyhmat.
    `general_description`: the reference code of its general description. `thl`: the code of THL's classification of
    social and health services (1.2.246.537.6.50).
    """

    classes: tuple[Annotated[str, Field(pattern=r"^P\d+(\.\d+)?$")], ...] = ()
    concepts: tuple[Annotated[str, Field(pattern=r"^http://www\.yso\.fi/onto/koko/p\d+$")], ...] = ()
    groups: tuple[Annotated[str, Field(pattern=r"^KR\d+(\.\d+)?$")], ...] = ()
    general_description: Annotated[str, Field(pattern=r"^(SOTE-\d{4})?$")] = ""
    thl: Annotated[str, Field(pattern=r"^(SOTE\d+(\.\d+)*)?$")] = ""


class Service(Named):
    """A service that a personal budget can buy.

    `minors`: children may get it, and then their carers' criminal records are checked. `county_register_until`: the
    last day on which a county's register is enough for its providers instead of the national one (741/2023).
    `national`: its codes in national registers.
    """

    description: Text
    legal_basis: str
    units: Annotated[tuple[str, ...], Field(min_length=1)]
    vat: Annotated[tuple[str, ...], Field(min_length=1)]
    minors: bool
    county_register_until: date | None = None
    national: NationalCodes = NationalCodes()


class Group(Named):
    """A client group; the description tells a person whether it is theirs."""

    description: Text


class Feature(Named):
    """Something a client may need to know before choosing: moving about, communication, how the service works."""

    kind: Literal["access", "communication", "practice"]


class Age(Named):
    """People of an age, in years: from `least` to `most`, both included; None: no upper limit."""

    least: Annotated[int, Field(ge=0, le=120)]
    most: Annotated[int, Field(ge=0, le=120)] | None = None

    def holds(self, years: int) -> bool:
        """True when somebody of so many years belongs to them."""
        return self.least <= years and (self.most is None or years <= self.most)


class Language(Named):
    """A language in which a service is given; the key is its ISO 639 code."""


class PlainText(Named):
    """A language of the portal in which an offer may have a text in plain language."""

    key: Literal["fi", "sv"]


class Need(Named):
    """What people need, in everyday words, and the services that answer to it."""

    hint: Text
    services: Annotated[tuple[str, ...], Field(min_length=1)]


class Law(Named):
    """A statute; the key is its number in the Statutes of Finland: `675/2023`."""

    key: Annotated[str, Field(pattern=r"^\d+/\d{4}$")]


class ChangeReason(Named):
    """Why a client changes to another provider, as the client may say it."""


class PriceUnit(Named):
    """What a price is counted by; `short` stands after the price: 34,50 €/h."""

    short: Text


class Band(Named):
    """A row of a price table. `timed`: an hour is priced by when it falls; the pilot sets the times.

    `coefficient`: what counties usually pay for such an hour, as a multiple of an hour on a weekday.
    """

    short_name: Text
    timed: bool
    coefficient: Annotated[Decimal, Field(gt=0, le=10)] | None = None


class EvidenceKind(Named):
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


class VatRate(ContentModel):
    """A rate in per cent and the first and last service day on which it applies."""

    percent: Annotated[Decimal, Field(ge=0, le=100)]
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the rate applies on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class VatCode(Named):
    """A VAT treatment with its rates over time. Keys are capitals: they are the codes of invoices and statements."""

    key: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*$")]
    rates: Annotated[tuple[VatRate, ...], Field(min_length=1)]


def _colour(text: Any) -> str:
    """The text, when it is a colour. None is what YAML reads where `#0f5257` has no quotes: a comment."""
    if text is None:
        raise PydanticCustomError("colour", "write a colour here, in quotes: without them # begins a comment")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(text)):
        raise PydanticCustomError(
            "colour", "“{text}” is no colour; write it like “#0f5257”, in quotes", {"text": text}
        )
    return str(text)


Colour = Annotated[
    str, BeforeValidator(_colour), WithJsonSchema({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"})
]
"""A colour as `#rrggbb`."""


class Theme(Keyed):
    """The brand colours that a stylesheet is made of: the organisation's own, a warm one beside it, the greys."""

    accent: Colour
    warm: Colour
    neutral: Colour

    @property
    def colours(self) -> dict[str, str]:
        """The colours by their names."""
        return {"accent": self.accent, "warm": self.warm, "neutral": self.neutral}


class Office(ContentModel):
    """Somebody to turn to, from a day on: who it is and how they are reached. Without a day: since ever.

    `closes`: when a registry closes; what comes later on the last day of a time comes too late.
    """

    starts: date = Field(date.min, validation_alias=AliasChoices("from", "starts"))
    name: Text
    email: Email = ""
    phone: Phone = ""
    address: Text | None = None
    hours: Text | None = None
    closes: ClockTime | None = None
    website: str = ""


class ReviewDays(ContentModel):
    """How many days a client has to ask for a review of a decision that is made from a day on."""

    starts: date = Field(date.min, validation_alias=AliasChoices("from", "starts"))
    days: Annotated[int, Field(ge=1, le=365)]


_Dated = TypeVar("_Dated", Office, ReviewDays)


def in_force(rows: Sequence[_Dated], day: date) -> _Dated | None:
    """The row that holds on `day`: the last that has begun."""
    begun = [row for row in rows if row.starts <= day]
    return max(begun, key=lambda row: row.starts, default=None)


Words = tuple[Annotated[str, Field(min_length=1)], ...]
"""Words and phrases as people use them."""


class WordsByLanguage(ContentModel):
    """Words of one thing by language; None where nothing is said of the language."""

    fi: Words | None = None
    sv: Words | None = None


class Synonyms(WordsByLanguage):
    """What people call one thing. `means` and `asks` are understood in queries only, `told` counts in texts only.

    `means` says as surely as a name that it is meant, `asks` may mean something else. `services` give it: a query that
    names it and no service asks for them. `near` are entries of vocabularies that come next when no text names it.
    The key is a concept of its own or belongs to an entry of a vocabulary: `service:transport`.
    """

    key: Annotated[str, Field(pattern=r"^([a-z_]+:)?[a-z][a-z0-9_-]*$")]
    asks: WordsByLanguage = WordsByLanguage()
    means: WordsByLanguage = WordsByLanguage()
    told: WordsByLanguage = WordsByLanguage()
    services: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_both_languages(self) -> Self:
        for language, name in (("fi", "Finnish"), ("sv", "Swedish")):
            if all(getattr(part, language) is None for part in (self, self.asks, self.means, self.told)):
                raise PydanticCustomError(
                    "no_words",
                    "the {name} words are missing; write {language}: [] when nothing is called so",
                    {"name": name, "language": language},
                )
        return self

    def joined(self, other: Synonyms) -> Synonyms:
        """These words and those of `other`."""
        both = _joined(self, other)
        return Synonyms(
            key=self.key,
            fi=both.fi,
            sv=both.sv,
            asks=_joined(self.asks, other.asks),
            means=_joined(self.means, other.means),
            told=_joined(self.told, other.told),
            services=tuple(dict.fromkeys((*self.services, *other.services))),
            near=tuple(dict.fromkeys((*self.near, *other.near))),
        )


def _joined(one: WordsByLanguage, other: WordsByLanguage) -> WordsByLanguage:
    def both(first: Words | None, second: Words | None) -> Words | None:
        return second if first is None else tuple(dict.fromkeys((*first, *(second or ()))))

    return WordsByLanguage(fi=both(one.fi, other.fi), sv=both(one.sv, other.sv))


def _logo(value: object, info: ValidationInfo) -> Logo:
    """The picture in the file of this name in the folder `logos` beside the data file."""
    if isinstance(value, Logo):
        return value
    folder: Path = (info.context or {})["folder"]
    return read_logo(folder / LOGOS, str(value))


LogoFile = Annotated[
    Logo,
    BeforeValidator(_logo),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*\.(svg|png)$"}),
]
"""A picture, named by its file in `logos/`."""


class ClientRules(ContentModel):
    """What an organisation says of its clients' data and sign-in, as its own archive plan and practice have it.

    `keep_years`: how long a client's data are kept after the client's last day in the last pilot; `log_years`: how long
    it is known who looked. A letter has `codes`, which hold `code_days`; after `code_tries` wrong ones
    from one network, no code opens it from there until the next day.
    """

    keep_years: Annotated[int, Field(ge=1, le=120)] = 10
    log_years: Annotated[int, Field(ge=2, le=120)] = 12
    codes: Annotated[int, Field(ge=1, le=30)] = 8
    code_days: Annotated[int, Field(ge=1, le=366)] = 180
    code_tries: Annotated[int, Field(ge=3, le=20)] = 5


class OrganisationData(Named):
    """An organisation that runs pilots, how it is reached, and whom the law wants named beside it.

    `theme` names the stylesheet of its colours. `logo` and `logo_dark` name files in `logos/`: on a light ground and on
    a dark one; without the second the first stands on a light plate in dark mode. `registry` is where a letter to the
    authority goes (434/2003 46 §: the address of a claim is told with a decision); `deciding_body` decides on claims
    for a revised decision, and `client_review_days` is how long a client may make one, where it is another time than
    that of 675/2023 35 §; `decides_through` is the authority that decides for an organisation that is none;
    `data_protection_officer` (EU 2016/679 art. 13.1 b); `social_ombudsman` (739/2023); `accessibility` answers on the
    accessibility of the portal (306/2019). Each is a list, as it changes by day.
    `clients`: how long data of clients are kept, and how the letters with codes are. `online_since` is the day on which
    the organisation's pages were published (306/2019); `processors` treat personal data for it (EU 2016/679 art. 13.1).
    `payment` says how providers are paid; without it nobody is paid through the portal. `register_id` is the
    organisation's id in the Finnish Service Catalogue; without it nothing is sent there. `company_mandates` are the
    codes of roles and mandates of Suomi.fi e-Authorizations by which somebody may act for a company in the
    organisation's eyes; without them nobody shows that right there.
    """

    short_name: Text
    theme: Key
    logo: LogoFile | None = None
    logo_dark: LogoFile | None = None
    email: Annotated[Email, Field(min_length=1)]
    phone: Phone = ""
    website: str = ""
    address: Text | None = None
    hours: Text | None = None
    registry: tuple[Office, ...] = ()
    deciding_body: tuple[Office, ...] = ()
    client_review_days: tuple[ReviewDays, ...] = ()
    decides_through: tuple[Office, ...] = ()
    data_protection_officer: tuple[Office, ...] = ()
    social_ombudsman: tuple[Office, ...] = ()
    accessibility: tuple[Office, ...] = ()
    online_since: date | None = None
    processors: tuple[Text, ...] = ()
    clients: ClientRules = ClientRules()
    payment: PaymentData | None = None
    register_id: Annotated[str, Field(pattern=_REGISTER_ID)] | None = None
    company_mandates: tuple[Annotated[str, Field(pattern=_MANDATE)], ...] = ()

    @field_validator("logo_dark")
    @classmethod
    def _has_a_light_one(cls, dark: Logo | None, info: ValidationInfo) -> Logo | None:
        if dark is not None and info.data.get("logo", dark) is None:
            raise InvalidLogo("an organisation with a logo for dark mode needs the usual one, too: logo")
        return dark
