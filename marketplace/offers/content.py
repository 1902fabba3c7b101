"""What a version of an offer says, and what stands in the way of it, in words and field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from marketplace.contact import NoWebAddress, web_address
from marketplace.errors import Invalid
from marketplace.i18n import LocalizedText, _, _l, current_language, date_text, money_text
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.pricing.ceilings import AboveCeiling
from marketplace.offers.pricing.problems import PriceProblem, price_problems
from marketplace.offers.rules import INCLUDES
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import (
    BANDS,
    FEATURES,
    LANGUAGES,
    MUNICIPALITIES,
    SERVICES,
    UNITS,
    ages_served,
    municipality_names,
)
from marketplace.providers.units.rules import UnitState

TEXTS: Final = ("title", "summary", "description", "plain")
LISTS: Final = ("municipalities", "groups", "languages", "features", "ages")


MOST_MINUTES: Final = 720
"""The longest time that may be charged at least."""


@dataclass(frozen=True, slots=True)
class ContentPrice:
    """The price of a band, VAT included, and what it holds (keys of `rules.INCLUDES`).

    `unit` is there to be read: the unit of a band is the pilot's.
    """

    amount: Money
    includes: tuple[str, ...] = ()
    unit: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ChosenUnit:
    """The unit where the service is given. `name` is there to be read: the id says which one it is."""

    id: int
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version of an offer says. `prices` is by band.

    `minimum_minutes`: the shortest time that is charged; `cancellation`: what a cancelled visit costs and by when it
    is cancelled free of charge; `sign_video`: the https address of the same in sign language.
    `ages`: none when the service is for everybody who may get it.
    `unit`: none when the service is not given in a unit of the provider's.
    """

    title: LocalizedText
    valid_from: date
    prices: Mapping[str, ContentPrice]
    vat_code: str
    municipalities: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    features: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    summary: LocalizedText = field(default_factory=LocalizedText)
    description: LocalizedText = field(default_factory=LocalizedText)
    plain: LocalizedText = field(default_factory=LocalizedText)
    place: str = ""
    unit: ChosenUnit | None = None
    sign_video: str = ""
    minimum_minutes: int | None = None
    cancellation: LocalizedText = field(default_factory=LocalizedText)


@dataclass(frozen=True, slots=True)
class ContentProblem:
    """What is wrong at one field of the editor; `field` is the id of its control."""

    field: str
    message: str


class NotReady(Invalid):
    """An offer that cannot be saved or published as it is; `problems` names every field and what is wrong there."""

    def __init__(self, problems: tuple[ContentProblem, ...]) -> None:
        super().__init__(problems[0].message, field=problems[0].field)
        self.problems = problems
        self.faults = tuple((problem.field, problem.message) for problem in problems)


def content_of(version: OfferVersion) -> Content:
    """What a version says."""
    prices = {row.band: row for row in version.prices}
    return Content(
        title=version.title,
        summary=version.summary,
        description=version.description,
        plain=version.plain,
        place=version.place,
        unit=ChosenUnit(version.unit.id, version.unit.name) if version.unit is not None else None,
        valid_from=version.valid_from,
        municipalities=tuple(version.municipalities),
        groups=tuple(version.groups),
        languages=tuple(version.languages),
        features=tuple(version.features),
        ages=tuple(version.ages),
        sign_video=version.sign_video or "",
        minimum_minutes=version.minimum_minutes,
        cancellation=version.cancellation or LocalizedText(),
        prices={
            band: ContentPrice(prices[band].amount, tuple(prices[band].includes), prices[band].unit)
            for band in BANDS
            if band in prices
        },
        vat_code=version.prices[0].vat_code if prices else usual_vat(version.offer),
    )


def usual_vat(offer: Offer) -> str:
    """The VAT class (key of `vat.yaml`) that the company has told for the service, or else the service's first."""
    allowed = SERVICES[offer.service_key].vat
    told = (offer.provider.vat or {}).get(offer.service_key)  # a company not written yet has told nothing
    return told if told in allowed else allowed[0]


def content_problems(
    offer: Offer, content: Content, definition: PilotDefinition, *, complete: bool = False
) -> tuple[ContentProblem, ...]:
    """What cannot be, however unfinished the offer is; with `complete` also the required prices that are missing."""
    service = definition.service(offer.service_key)
    table = service.bands_on(content.valid_from)
    units = {row.band: row.unit for row in table}
    prices = {band: (units.get(band, ""), price.amount) for band, price in content.prices.items()}
    problems = price_problems(prices, table, fixed=service.fixed_prices, complete=complete)
    return (
        *(ContentProblem(f"price_{problem.band}", price_message(problem)) for problem in problems),
        *_outside(content, offer.approval.municipalities),
        *_unknown(offer, content, definition),
        *_no_such_unit(offer, content),
        *_impossible(content),
    )


def price_message(problem: PriceProblem) -> str:
    """The sentence for a person; it names the band and the pilot's ceiling."""
    language = current_language()
    band = BANDS[problem.band].name[language] if problem.band in BANDS else problem.band
    if problem.ceiling is None or problem.unit is None:
        return _("This pilot has no price for “%(band)s”.", band=band)
    unit = UNITS[problem.unit]
    ceiling = f"{money_text(problem.ceiling)}/{unit.short[language]}"
    return {
        "wrong_unit": _(
            "The price of “%(band)s” is given by: %(unit)s.", band=band, unit=unit.name[language]
        ),
        "above_ceiling": _(
            "The price of “%(band)s” is at most %(ceiling)s in this pilot.", band=band, ceiling=ceiling
        ),
        "not_fixed": _(
            "The price of “%(band)s” is the same for all: %(ceiling)s.", band=band, ceiling=ceiling
        ),
        "missing": _("Give a price for “%(band)s”: this pilot requires it.", band=band),
    }[problem.code]


def above_ceiling_message(found: AboveCeiling) -> str:
    """The sentence for a person about a live or coming price: it names the band, the day, the price and the ceiling."""
    language = current_language()
    per = UNITS[found.unit].short[language]
    return _(
        "On %(day)s the price of “%(band)s” is %(price)s, but the highest price in the pilot is then %(ceiling)s.",
        day=date_text(found.on),
        band=BANDS[found.band].name[language],
        price=f"{money_text(found.amount)}/{per}",
        ceiling=f"{money_text(found.ceiling)}/{per}",
    )


def is_video_address(text: str) -> bool:
    """Whether the text is an https address in its normal form."""
    try:
        return web_address(text) == text and text.startswith("https://")
    except NoWebAddress:
        return False


def availability_refusal(code: str) -> Invalid:
    """What a person reads when a word about free places is not complete; `code` is `rules.availability_problem`'s."""
    return {
        "untold": Invalid(_l("Say how it is with free places. Clients see it at once."), field="state"),
        "date_missing": Invalid(_l("Give the day from which places are free."), field="available_from"),
        "date_past": Invalid(
            _l("The day has come already. Choose “Free now” or a later day."), field="available_from"
        ),
        "weeks_missing": Invalid(_l("Give the length of the queue in whole weeks."), field="queue_weeks"),
        "weeks_too_many": Invalid(
            _l("The queue can be at most 104 weeks. Choose “Full”."), field="queue_weeks"
        ),
    }[code]


def _outside(content: Content, approved: Iterable[str]) -> Iterator[ContentProblem]:
    outside = [code for code in content.municipalities if code not in approved]
    if outside:
        known = [code for code in outside if code in MUNICIPALITIES]
        names = ", ".join(municipality_names(known, current_language()) or outside)
        yield ContentProblem("municipalities", _("Your approval does not cover: %(places)s.", places=names))


def _unknown(offer: Offer, content: Content, definition: PilotDefinition) -> Iterator[ContentProblem]:
    """Keys that are in no list: they come from a tampered form or a list that has changed."""
    included = {key for price in content.prices.values() for key in price.includes}
    lists: tuple[tuple[str, set[str], Any], ...] = (
        ("groups", set(content.groups), definition.groups),
        ("languages", set(content.languages), LANGUAGES),
        ("features", set(content.features), FEATURES),
        ("ages", set(content.ages), ages_served(offer.service_key)),
        ("includes", included, INCLUDES),
        ("vat_code", {content.vat_code}, SERVICES[offer.service_key].vat),
    )
    for name, given, allowed in lists:
        if not given <= set(allowed):
            yield ContentProblem(name, _("Choose from the list."))


def _no_such_unit(offer: Offer, content: Content) -> Iterator[ContentProblem]:
    chosen = content.unit
    if chosen is None:
        return
    unit = next((each for each in offer.provider.units if each.id == chosen.id), None)
    if unit is None:
        yield ContentProblem("unit", _("Choose from the list."))
    elif unit.state != UnitState.OPEN:
        yield ContentProblem("unit", _("The unit %(name)s is closed. Choose another one.", name=unit.name))


def _impossible(content: Content) -> Iterator[ContentProblem]:
    if content.sign_video and not is_video_address(content.sign_video):
        yield ContentProblem(
            "sign_video", _("Give the address in full, beginning with https://, or leave the field empty.")
        )
    minutes = content.minimum_minutes
    if minutes is not None and not (0 < minutes <= MOST_MINUTES):
        yield ContentProblem(
            "minimum_minutes", _("Give the time in minutes, at most 720, or leave the field empty.")
        )
