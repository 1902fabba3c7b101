"""What a version of an offer says, and what stands in the way of it, in words and field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from marketplace.errors import Invalid
from marketplace.i18n import LocalizedText, _, _l, current_language, date_text, money_text
from marketplace.money import Money
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import (
    BANDS,
    FEATURES,
    LANGUAGES,
    MUNICIPALITIES,
    SERVICES,
    UNITS,
    municipality_names,
)
from marketplace.providers.models import Offer, OfferVersion
from marketplace.providers.rules import INCLUDES, PriceProblem, price_problems

TEXTS: Final = ("title", "summary", "description", "plain")
LISTS: Final = ("municipalities", "groups", "languages", "features")


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a band, VAT included, and what it holds (keys of `rules.INCLUDES`)."""

    amount: Money
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version of an offer says. `prices` is by band; the unit of a band is the pilot's."""

    title: LocalizedText
    valid_from: date
    prices: Mapping[str, Price]
    vat_code: str
    municipalities: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    features: tuple[str, ...] = ()
    summary: LocalizedText = field(default_factory=LocalizedText)
    description: LocalizedText = field(default_factory=LocalizedText)
    plain: LocalizedText = field(default_factory=LocalizedText)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one field of the editor; `field` is the id of its control."""

    field: str
    message: str


class NotReady(Invalid):
    """An offer that cannot be saved or published as it is; `problems` names every field and what is wrong there."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message, field=problems[0].field)
        self.problems = problems


def content_of(version: OfferVersion) -> Content:
    """What a version says."""
    first = version.prices[0] if version.prices else None
    return Content(
        title=version.title,
        summary=version.summary,
        description=version.description,
        plain=version.plain,
        place=version.place,
        valid_from=version.valid_from,
        municipalities=tuple(version.municipalities),
        groups=tuple(version.groups),
        languages=tuple(version.languages),
        features=tuple(version.features),
        prices={price.band: Price(price.amount, tuple(price.includes)) for price in version.prices},
        vat_code=first.vat_code if first else SERVICES[version.offer.service_key].vat[0],
    )


def content_problems(
    offer: Offer, content: Content, definition: PilotDefinition, *, complete: bool = False
) -> tuple[Problem, ...]:
    """What cannot be, however unfinished the offer is; with `complete` also the required prices that are missing."""
    service = definition.service(offer.service_key)
    units = {row.band: row.unit for row in service.bands}
    prices = {band: (units.get(band, ""), price.amount) for band, price in content.prices.items()}
    problems = price_problems(prices, service.bands, fixed=service.fixed_prices, complete=complete)
    return (
        *(Problem(f"price_{problem.band}", price_message(problem)) for problem in problems),
        *_outside(content, offer.approval.municipalities),
        *_unknown(offer, content, definition),
    )


def publishing_problems(
    offer: Offer, version: OfferVersion, definition: PilotDefinition, today: date
) -> tuple[Problem, ...]:
    """Everything that keeps `version` from being published on `today`, in the order of the editor."""
    content = content_of(version)
    return (
        *_missing(content),
        *content_problems(offer, content, definition, complete=True),
        *_wrong_day(offer, version, today),
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


def availability_refusal(code: str) -> Invalid:
    """What a person reads when a word about free places is not complete; `code` is `rules.availability_problem`'s."""
    return {
        "date_missing": Invalid(_l("Give the day from which places are free."), field="available_from"),
        "date_past": Invalid(
            _l("The day has come already. Choose “Free now” or a later day."), field="available_from"
        ),
        "weeks_missing": Invalid(_l("Give the length of the queue in whole weeks."), field="queue_weeks"),
        "weeks_too_many": Invalid(
            _l("The queue can be at most 104 weeks. Choose “Full”."), field="queue_weeks"
        ),
    }[code]


def _missing(content: Content) -> Iterator[Problem]:
    if not content.title.fi:
        yield Problem("title-fi", _("The title in Finnish is missing."))
    if not content.title.sv:
        yield Problem("title-sv", _("The title in Swedish is missing."))
    if not content.municipalities:
        yield Problem("municipalities", _("Choose at least one municipality."))
    if not content.groups:
        yield Problem("groups", _("Choose at least one client group."))
    if not content.languages:
        yield Problem("languages", _("Choose at least one language in which the service is given."))
    if not content.prices:
        yield Problem("prices", _("Give at least one price."))


def _outside(content: Content, approved: Iterable[str]) -> Iterator[Problem]:
    outside = [code for code in content.municipalities if code not in approved]
    if outside:
        known = [code for code in outside if code in MUNICIPALITIES]
        names = ", ".join(municipality_names(known, current_language()) or outside)
        yield Problem("municipalities", _("Your approval does not cover: %(places)s.", places=names))


def _unknown(offer: Offer, content: Content, definition: PilotDefinition) -> Iterator[Problem]:
    """Keys that are in no list: they come from a tampered form or a list that has changed."""
    included = {key for price in content.prices.values() for key in price.includes}
    lists: tuple[tuple[str, set[str], Any], ...] = (
        ("groups", set(content.groups), definition.groups),
        ("languages", set(content.languages), LANGUAGES),
        ("features", set(content.features), FEATURES),
        ("includes", included, INCLUDES),
        ("vat_code", {content.vat_code}, SERVICES[offer.service_key].vat),
    )
    for name, given, allowed in lists:
        if not given <= set(allowed):
            yield Problem(name, _("Choose from the list."))


def _wrong_day(offer: Offer, version: OfferVersion, today: date) -> Iterator[Problem]:
    if version.valid_from < today:
        yield Problem(
            "valid_from",
            _(
                "The first day %(day)s is in the past, and no price takes effect backwards. Give today or a later day.",
                day=date_text(version.valid_from),
            ),
        )
    if any(other.state == "published" and other.valid_from == version.valid_from for other in offer.versions):
        yield Problem(
            "valid_from",
            _(
                "Another published version takes effect on %(day)s. Choose a later day.",
                day=date_text(version.valid_from),
            ),
        )
