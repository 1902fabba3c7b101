"""The public offer: what the index keeps, cards show, files list and the interface answers. The one description of it.

`PublicOffer` holds texts in both languages; `OfferItem` is the same in one language, as the interface gives it. The
OpenAPI description is made from these models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.money import Money
from marketplace.pilots.vocabulary import BANDS, UNITS, follows_words
from marketplace.search.facets import FACETS, Facet


def _both(value: Any) -> LocalizedText:
    return value if isinstance(value, LocalizedText) else LocalizedText(**value)


def _by_language(text: LocalizedText) -> dict[str, str]:
    return {language: getattr(text, language) for language in LANGUAGES}


BothLanguages = Annotated[LocalizedText, PlainValidator(_both), PlainSerializer(_by_language)]
"""A text in both languages, one of which may be empty: `{"fi": …, "sv": …}`."""

Count = Annotated[int, Field(ge=0)]


def _choices(keys: Callable[[], Sequence[str]]) -> Callable[[dict[str, Any]], None]:
    """Adds the allowed keys to a schema when it is described: a vocabulary is not read at import."""

    def add(schema: dict[str, Any]) -> None:
        schema["enum"] = list(keys())

    return add


class PublicPart(BaseModel):
    """Base of what the public sees of an offer: it cannot be changed, and unknown members are a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True)


class OfferProvider(PublicPart):
    """Who gives the service."""

    id: Count
    name: str
    business_id: str


class OfferAvailability(PublicPart):
    """Free places as they were last told: `from` with state `from`, `queue_weeks` with state `queue`.

    `told_on` is the day in Finland on which the provider told it; `untold`: it has never told.
    """

    state: Literal["untold", "now", "from", "queue", "full"]
    day: date | None = Field(alias="from")
    queue_weeks: Count | None
    told_on: date | None


class PublicPrice(PublicPart):
    """What a band costs, VAT included."""

    band: str = Field(json_schema_extra=_choices(lambda: list(BANDS)))
    unit: str
    amount_cents: Count
    vat_rate: float
    includes: tuple[str, ...]
    valid_from: date

    @property
    def amount(self) -> Money:
        """The price as an amount."""
        return Money(self.amount_cents)


class PriceFrom(PublicPart):
    """The lowest price of the offer's main unit, with its band: prices of other units are not compared with it."""

    amount_cents: Count
    band: str = Field(json_schema_extra=_choices(lambda: list(BANDS)))
    unit: str


class Location(PublicPart):
    """An address. The coordinates (WGS 84) are those of the centre of its municipality, None when it is not known."""

    name: str
    street: str
    postal_code: str
    city: str
    municipality: str | None
    latitude: float | None
    longitude: float | None


class OfferFacts(PublicPart):
    """What does not depend on the language. The values of each facet are in the member that `facets` names.

    `location` is the unit where the service is given or from where it comes, or else the provider's own address.
    """

    id: Count
    provider: OfferProvider
    pilot: str
    service: str
    municipalities: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    features: tuple[str, ...]
    ages: tuple[str, ...]
    plain_in: tuple[str, ...]
    availability: OfferAvailability
    prices: tuple[PublicPrice, ...]
    price_from_cents: Count | None
    price_from: PriceFrom | None
    minimum_minutes: Count | None
    phone: str
    location: Location

    def values(self, facet: Facet) -> tuple[str, ...]:
        """The keys of a facet that the offer has."""
        held = getattr(self, facet.member)
        return (held,) if facet.single else held

    def price(self, band: str | None) -> PublicPrice | None:
        """The price of a band; None when the offer does not have it."""
        return next((price for price in self.prices if price.band == band), None)


class PublicOffer(OfferFacts):
    """An offer with its texts in both languages. `place` is where it is given, `unit_city` the town of its unit,
    `cancellation` what one pays who cancels.
    """

    title: BothLanguages
    summary: BothLanguages
    pilot_name: BothLanguages
    place: str
    unit_city: str
    cancellation: BothLanguages

    @property
    def prices_since(self) -> date:
        """The day from which its prices hold: they come into force together. There must be some."""
        return self.prices[0].valid_from


class OfferNames(PublicPart):
    """What the keys of an offer are called, in the order of the keys; bands and units by key."""

    pilot: str
    service: str
    municipalities: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    features: tuple[str, ...]
    bands: dict[str, str]
    units: dict[str, str]


class OfferItem(OfferFacts):
    """An offer of the interface in one language; `lang` is the language its title is in."""

    names: OfferNames
    title: str
    summary: str
    lang: str = Field(json_schema_extra=_choices(lambda: LANGUAGES))
    url: str


class PastPrice(PublicPart):
    """What a band costs, VAT included, in one period."""

    band: str = Field(json_schema_extra=_choices(lambda: list(BANDS)))
    unit: str
    amount_cents: Count


class PricePeriod(PublicPart):
    """The prices from a day on, until the next period begins."""

    valid_from: date
    prices: tuple[PastPrice, ...]


class OfferDetail(OfferItem):
    """One offer of the interface with its whole text, and its prices over time: past, present and those to come."""

    description: str
    plain: str
    place: str
    price_history: tuple[PricePeriod, ...]


_SHARED: Final = tuple(OfferFacts.model_fields)

_KEPT_ITEMS: Final = 4000
"""Items that a process remembers, some 3 kB each."""


def item(offer: PublicOffer, language: str, address: str) -> OfferItem:
    """The offer in one language; `address` is that of its page."""
    title, spoken = offer.title.text(language)
    shared = {name: getattr(offer, name) for name in _SHARED}
    return OfferItem.model_construct(
        **shared,
        names=_names(offer, language),
        title=title,
        summary=offer.summary.text(language)[0],
        lang=spoken,
        url=address,
    )


@follows_words
@lru_cache(maxsize=_KEPT_ITEMS)
def kept_item(body: bytes, language: str) -> Mapping[str, Any]:
    """The item of an offer as the index keeps it, ready for JSON, without its address: many searches give the same."""
    return item(PublicOffer.model_validate_json(body), language, "").model_dump(mode="json")


def _names(offer: PublicOffer, language: str) -> OfferNames:
    valued: dict[str, Any] = {
        facet.member: names[0] if facet.single else names
        for facet in FACETS.values()
        if facet.member in OfferNames.model_fields
        for names in [tuple(facet.value_name(key)[language] for key in offer.values(facet))]
    }
    return OfferNames.model_construct(
        **valued,
        pilot=offer.pilot_name[language],
        bands={price.band: BANDS[price.band].name[language] for price in offer.prices},
        units={price.unit: UNITS[price.unit].name[language] for price in offer.prices},
    )


def detail(
    found: OfferItem, *, description: str, plain: str, place: str, price_history: Sequence[PricePeriod]
) -> OfferDetail:
    """The offer with its whole text and its prices over time."""
    shared = {name: getattr(found, name) for name in OfferItem.model_fields}
    return OfferDetail.model_construct(
        **shared, description=description, plain=plain, place=place, price_history=tuple(price_history)
    )


def schemas() -> dict[str, Any]:
    """The JSON schemas of what the interface gives of offers, by name, for its description."""
    described: dict[str, Any] = {}
    for model in (OfferItem, OfferDetail):
        schema = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        described |= schema.pop("$defs", {})
        described[model.__name__] = schema
    return described
