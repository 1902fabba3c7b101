"""The page of one offer: what it is, where, for whom, what it costs now and from when it costs something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.i18n import LocalizedText, listed
from marketplace.offers.history import published_versions
from marketplace.offers.labels import INCLUDES
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import Availability, availability_is_stale
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import BANDS, SERVICES, UNITS, ages_served, municipality_names
from marketplace.providers.models import Provider
from marketplace.search import documents
from marketplace.search.concepts import place_text
from marketplace.search.documents import Face
from marketplace.search.offer_cards import availability_of, names_text
from marketplace.search.quantities import time_text
from marketplace.search.service import value_name


@dataclass(frozen=True, slots=True)
class OfferPage:
    """What the address of an offer leads to. `face` is None when the offer has left the catalogue.

    `published` are its versions that were ever published, the earliest first.
    """

    face: Face | None
    published: Sequence[OfferVersion]
    upcoming: OfferVersion | None
    title: LocalizedText
    service: str
    municipalities: tuple[str, ...]
    organisation: Organisation
    pilot: PilotDefinition


@dataclass(frozen=True, slots=True)
class ShownPriceRow:
    """A row of the price table. `vat` is per cent; `next_amount` what it costs from the next version on."""

    band: str
    unit: str
    amount: Any
    includes: str
    vat: float
    next_amount: Any = None


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer in the reader's language."""

    id: int
    title: LocalizedText
    summary: LocalizedText
    description: LocalizedText
    plain: LocalizedText
    service_key: str
    service: str
    provider: Provider
    pilot_key: str
    pilot: str
    place: str
    municipalities: Sequence[str]
    groups: Sequence[str]
    languages: str
    features: Sequence[str]
    ages: Sequence[str]
    """The ages it is for; empty when that is everybody who may get the service."""
    availability: str
    tone: str
    told_on: datetime | None
    told_long_ago: bool
    is_free: bool
    prices: Sequence[ShownPriceRow]
    valid_from: date
    next_from: date | None
    shortest: str
    cancellation: LocalizedText


def load(session: Session, offer_id: int, day: date) -> OfferPage | None:
    """The offer as the public sees it on `day`; None when it was never public."""
    if offer_id > 2**31:
        return None
    published = published_versions(session, offer_id)
    begun = [version for version in published if version.valid_from <= day]
    if not begun:
        return None
    face = next(documents.faces(session, [offer_id], day, read=published), None)
    upcoming = next((version for version in published if version.valid_from > day), None)
    offer = session.get_one(Offer, offer_id)
    pilot = pilots.pilot(session, offer.pilot_key)
    return OfferPage(
        face=face,
        published=published,
        upcoming=upcoming,
        title=begun[-1].title,
        service=offer.service_key,
        municipalities=tuple(begun[-1].municipalities),
        organisation=pilot.organisation,
        pilot=pilots.current_definition(session, offer.pilot_key),
    )


def _ages(face: Face, language: str) -> list[str]:
    told = face.values["age"]
    if told == ages_served(face.row.offer.service_key):
        return []
    return [value_name("age", key)[language] for key in told]


def present(face: Face, upcoming: OfferVersion | None, language: str, now: datetime) -> ShownOffer:
    """The offer in the reader's language."""
    offer, version, provider = face.row.offer, face.row.version, face.row.provider
    availability, tone = availability_of(documents.availability(offer), face.day)
    return ShownOffer(
        id=offer.id,
        title=version.title,
        summary=version.summary,
        description=version.description,
        plain=version.plain,
        service_key=offer.service_key,
        service=SERVICES[offer.service_key].name[language],
        provider=provider,
        pilot_key=offer.pilot_key,
        pilot=face.pilot_name[language],
        place=place_text(version.place, language),
        municipalities=municipality_names(face.values["municipality"], language),
        groups=[value_name("group", key)[language] for key in face.values["group"]],
        languages=names_text("language", face.values["language"], language),
        features=[value_name("feature", key)[language] for key in face.values["feature"]],
        ages=_ages(face, language),
        availability=availability,
        tone=tone,
        told_on=offer.availability_updated_at if offer.availability_state != Availability.UNTOLD else None,
        told_long_ago=availability_is_stale(offer.availability_state, offer.availability_updated_at, now),
        is_free=bool(face.values["available"]),
        prices=price_rows(face, upcoming, language),
        valid_from=version.valid_from,
        next_from=upcoming.valid_from if upcoming is not None else None,
        shortest=time_text(version.minimum_minutes or 0),
        cancellation=version.cancellation,
    )


def price_rows(face: Face, upcoming: OfferVersion | None, language: str) -> list[ShownPriceRow]:
    """The price table in the order of the bands, with the amounts of the next version beside it."""
    after: Mapping[str, Any] = {price.band: price.amount for price in upcoming.prices} if upcoming else {}
    order = list(BANDS)
    return [
        ShownPriceRow(
            band=BANDS[price.band].name[language],
            unit=price.unit,
            amount=price.amount,
            includes=listed([str(INCLUDES.get(key, key)) for key in price.includes]),
            vat=documents.vat_rate(face, price),
            next_amount=after.get(price.band),
        )
        for price in sorted(face.prices, key=lambda price: order.index(price.band))
    ]


def structured(face: Face, language: str, address: str) -> dict[str, Any]:
    """The offer for search engines, in the words of schema.org; `address` is that of its page.

    Each price is an offer of its own with its unit: a trip and a kilometre have no lowest price together.
    """
    version, provider = face.row.version, face.row.provider
    return {
        "@context": "https://schema.org",
        "@type": "Service",
        "name": version.title[language],
        "description": version.summary[language],
        "url": address,
        "serviceType": SERVICES[face.row.offer.service_key].name[language],
        "provider": {"@type": "Organization", "name": face.provider_name, "telephone": provider.phone},
        "areaServed": [
            {"@type": "AdministrativeArea", "name": name}
            for name in municipality_names(face.values["municipality"], language)
        ],
        "availableLanguage": list(face.values["language"]),
        "offers": [
            {
                "@type": "Offer",
                "name": BANDS[price.band].name[language],
                "url": address,
                "priceSpecification": {
                    "@type": "UnitPriceSpecification",
                    "price": str(price.amount.euros),
                    "priceCurrency": "EUR",
                    "unitText": UNITS[price.unit].name[language],
                    "valueAddedTaxIncluded": True,
                },
            }
            for price in face.prices
        ],
    }
