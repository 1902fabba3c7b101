"""Public documents as people read them: names in the reader's language, prices in the band asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

from flask import get_template_attribute
from markupsafe import Markup

from marketplace.i18n import LocalizedText, _, current_language, money_text, ngettext
from marketplace.money import Money
from marketplace.offers.labels import AVAILABILITY_TONES, availability_text
from marketplace.offers.rules import STALE_AVAILABILITY
from marketplace.pilots.vocabulary import BANDS, SERVICES, UNITS, follows_words, municipality_names
from marketplace.search import documents
from marketplace.search.concepts import place_text
from marketplace.search.own_budget import Fitting, OwnBudget, price_fits
from marketplace.search.public_offer import OfferAvailability, PublicOffer, PublicPrice
from marketplace.search.query_string import Asked
from marketplace.search.service import value_name
from marketplace.web.addresses import addresses

PLACES_ON_A_CARD: Final = 4

_KEPT_TEXTS: Final = 20_000
"""Areas and free places in words that a process remembers: many offers have the same."""

_KEPT_CARDS: Final = 4000
"""Cards that a process remembers with their markup, some 4 kB each."""


_SAID_BY_UNIT: Final = frozenset({"day", "half_day", "full_day_night", "kilometre", "month", "visit", "each"})
"""Bands whose name is that of their unit."""


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """A price as a card shows it; `band` is its name, empty where the unit says it already: 67,00 €/day.

    `lowest` says that the offer has dearer bands, `others` that some of its prices are in other units: then none of
    them can be called the lowest.
    """

    amount: Money
    unit: str
    band: str
    lowest: bool = False
    others: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An offer as the list shows it. `drawn`: its markup in the forms that were asked for (see `drawn_card`)."""

    id: int
    title: LocalizedText
    summary: LocalizedText
    provider_id: int
    provider: str
    service: str
    places: str
    unit_city: str
    languages: str
    availability: str
    tone: str
    price: ShownPrice | None
    lacks_band: bool
    pilot: str
    phone: str
    municipalities: tuple[str, ...] = ()
    seat: str | None = None
    """The municipality that distances are measured to."""
    drawn: dict[tuple[object, ...], Markup] = field(default_factory=dict, compare=False, repr=False)


def card(offer: PublicOffer, *, language: str, band: str | None, day: date) -> Card:
    """The card of an offer. Without the chosen band, or when it is not offered, the lowest price is shown."""
    availability, tone = availability_of(offer.availability, day)
    return Card(
        id=offer.id,
        title=offer.title,
        summary=offer.summary,
        provider_id=offer.provider.id,
        provider=offer.provider.name,
        service=SERVICES[offer.service].name[language],
        places=places_text(offer.municipalities, language),
        unit_city=place_text(offer.unit_city, language),
        languages=names_text("language", offer.languages, language),
        availability=availability,
        tone=tone,
        price=price_in(offer.prices, band, language),
        lacks_band=band is not None and offer.price(band) is None,
        pilot=offer.pilot_name[language],
        phone=offer.phone,
        municipalities=offer.municipalities,
        seat=offer.location.municipality,
    )


def different_pilots(names: Iterable[str]) -> str:
    """What is to be known where services of these pilots stand together; empty when they are all of one."""
    pilots = list(dict.fromkeys(names))
    if len(pilots) < 2:
        return ""
    return _(
        "The services are of different pilots: %(pilots)s. A personal budget pays only for services of its own pilot.",
        pilots="; ".join(pilots),
    )


def naming(card: Card, asked_for: Collection[str], language: str) -> Card:
    """The card with the municipalities that were asked for among those that it names: they come first in a long row."""
    if len(card.municipalities) <= PLACES_ON_A_CARD or not asked_for:
        return card
    first = [code for code in card.municipalities if code in asked_for]
    return replace(card, places=places_text(card.municipalities, language, first), drawn={})


@follows_words
@lru_cache(maxsize=_KEPT_CARDS)
def kept_card(body: bytes, language: str, band: str | None, day: date) -> Card:
    """The card of an offer as the index keeps it: many searches show the same ones."""
    return card(PublicOffer.model_validate_json(body), language=language, band=band, day=day)


def drawn_card(
    card: Card,
    language: str,
    level: int,
    compare_form: str | None,
    chosen: bool,
    by: bool,
    kilometres: int | None = None,
) -> Markup:
    """The markup of a card, which the card remembers. `level` is that of its heading; `compare_form` the id of the form
    its check box is in; `by` names the provider and the service. One that tells how far it is is drawn each time.
    """
    form = (language, level, compare_form, chosen, by)
    drawn = card.drawn.get(form) if kilometres is None else None
    if drawn is None:
        draw = get_template_attribute("search/_cards.html", "offer_card")
        drawn = draw(card, _card_addresses(language), *form, kilometres)
        if kilometres is None:
            card.drawn[form] = drawn
    return drawn


@lru_cache
def _card_addresses(_language: str) -> dict[str, Callable[[int], str]]:
    """What makes the addresses that cards lead to."""
    return {
        "offer": addresses("search.offer", "offer_id"),
        "provider": addresses("search.provider", "provider_id"),
    }


def fits(own: OwnBudget, offers: Iterable[PublicOffer]) -> dict[int, Fitting]:
    """By offer what the budget says of its prices. It stands beside the remembered card, never in it."""
    found = {each.id: price_fits(own, each.pilot, each.service, each.prices) for each in offers}
    return {number: said for number, said in found.items() if said is not None}


def price_in(prices: Sequence[PublicPrice], band: str | None, language: str) -> ShownPrice | None:
    """The price of a band, or the lowest one; None when the offer has no price."""
    if not prices:
        return None
    chosen = next((price for price in prices if price.band == band), None)
    shown = chosen or min(documents.main_prices(prices), key=lambda price: price.amount_cents)
    several = chosen is None and len({price.unit for price in prices}) > 1
    lowest = chosen is None and len(prices) > 1 and not several
    name = "" if shown.band in _SAID_BY_UNIT else BANDS[shown.band].name[language]
    return ShownPrice(shown.amount, shown.unit, name, lowest, several)


def lowest_price(offer: PublicOffer, language: str) -> str:
    """The lowest price of an offer with its unit; empty when it has none."""
    price = price_in(offer.prices, None, language)
    if price is None:
        return ""
    return f"{money_text(price.amount, language)}/{UNITS[price.unit].short[language]}"


def availability_of(availability: OfferAvailability, day: date) -> tuple[str, str]:
    """Free places in words and the tone of their tag; what was told long ago is no promise."""
    told = availability.told_on
    if told is None or (availability.state in ("now", "from") and day - told > STALE_AVAILABILITY):
        return _("Ask about free places"), "neutral"
    return _availability(
        availability.state, availability.day, availability.queue_weeks, day, current_language()
    )


@lru_cache(maxsize=_KEPT_TEXTS)
def _availability(
    state: str, begins: date | None, queue_weeks: int | None, day: date, _language: str
) -> tuple[str, str]:
    offer: Any = SimpleNamespace(availability_state=state, available_from=begins, queue_weeks=queue_weeks)
    if begins is not None and begins <= day:
        state = "now"
    return availability_text(offer, day), AVAILABILITY_TONES[state]


def places_text(codes: Sequence[str], language: str, first: Sequence[str] = ()) -> str:
    """The first municipalities by name, those of `first` before the others, and how many more there are."""
    return _places_text(tuple(codes), tuple(first), language, current_language())


@follows_words
@lru_cache(maxsize=_KEPT_TEXTS)
def _places_text(codes: tuple[str, ...], first: tuple[str, ...], language: str, _spoken: str) -> str:
    others = [code for code in codes if code not in first]
    names = [*municipality_names(first, language), *municipality_names(others, language)]
    shown = ", ".join(names[:PLACES_ON_A_CARD])
    more = len(names) - PLACES_ON_A_CARD
    if more <= 0:
        return shown
    return ngettext(
        "%(places)s and %(num)d other municipality",
        "%(places)s and %(num)d other municipalities",
        more,
        places=shown,
    )


def names_text(facet: str, keys: Sequence[str], language: str) -> str:
    """The names of values of a facet, separated by commas, in lower case but for the first letter."""
    text = ", ".join(value_name(facet, key)[language] for key in keys)
    return text[:1].upper() + text[1:]


def count_text(total: int) -> str:
    """How many were found, in words."""
    if not total:
        return _("No services were found")
    return ngettext("%(num)d service", "%(num)d services", total)


def narrowings(
    asked: Asked, language: str, pilot_name: Callable[[str], str]
) -> Iterator[tuple[str, str | None, str]]:
    """The filters in force as (parameter, value, text of the chip)."""
    if asked.pilot:
        yield "pilot", None, pilot_name(asked.pilot)
    for name, keys in asked.chosen.items():
        for key in keys:
            yield name, key, value_name(name, key)[language]
    if asked.available:
        yield "available", None, _("Free now")
    if asked.price_max is not None:
        amount = money_text(Money(asked.price_max))
        if asked.band:
            band = BANDS[asked.band].name[language]
            yield "price_max", None, _("At most %(amount)s: %(band)s", amount=amount, band=band)
        else:
            yield "price_max", None, _("At most %(amount)s", amount=amount)
