"""The public offer: what the index keeps, cards show, files list and the interface answers. The one description of it.

`PublicOffer` holds texts in both languages; `OfferItem` is the same in one language, as the interface gives it. The
OpenAPI description is made from these models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.money import Money
from marketplace.pilots.vocabulary import BANDS


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

    `told_on` is the day in Finland on which the provider told it.
    """

    state: Literal["now", "from", "queue", "full"]
    day: date | None = Field(alias="from")
    queue_weeks: Count | None
    told_on: date


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


class OfferFacts(PublicPart):
    """What does not depend on the language. The values of each facet are in the member that `facets` names."""

    id: Count
    provider: OfferProvider
    pilot: str
    service: str
    municipalities: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    features: tuple[str, ...]
    plain_in: tuple[str, ...]
    availability: OfferAvailability
    prices: tuple[PublicPrice, ...]
    price_from_cents: Count | None
    minimum_minutes: Count | None

    def price(self, band: str | None) -> PublicPrice | None:
        """The price of a band; None when the offer does not have it."""
        return next((price for price in self.prices if price.band == band), None)


class PublicOffer(OfferFacts):
    """An offer with its texts in both languages. `place` is where it is given, `unit_city` the town of its unit,
    `phone` the number of its provider.
    """

    title: BothLanguages
    summary: BothLanguages
    pilot_name: BothLanguages
    phone: str
    place: str
    unit_city: str


class OfferItem(OfferFacts):
    """An offer of the interface in one language; `lang` is the language its title is in."""

    title: str
    summary: str
    lang: str = Field(json_schema_extra=_choices(lambda: LANGUAGES))
    url: str


class OfferDetail(OfferItem):
    """One offer of the interface with its whole text."""

    description: str
    plain: str
    place: str


_SHARED: Final = tuple(OfferFacts.model_fields)


def item(offer: PublicOffer, language: str, address: str) -> OfferItem:
    """The offer in one language; `address` is that of its page."""
    title, spoken = offer.title.text(language)
    shared = {name: getattr(offer, name) for name in _SHARED}
    return OfferItem.model_construct(
        **shared, title=title, summary=offer.summary[language], lang=spoken, url=address
    )


def detail(found: OfferItem, *, description: str, plain: str, place: str) -> OfferDetail:
    """The offer with its whole text."""
    shared = {name: getattr(found, name) for name in OfferItem.model_fields}
    return OfferDetail.model_construct(**shared, description=description, plain=plain, place=place)


def schemas() -> dict[str, Any]:
    """The JSON schemas of what the interface gives of offers, by name, for its description."""
    described: dict[str, Any] = {}
    for model in (OfferItem, OfferDetail):
        schema = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        described |= schema.pop("$defs", {})
        described[model.__name__] = schema
    return described
