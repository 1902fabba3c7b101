"""Reading a plan out of its address and finding how it could cost less."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from marketplace.i18n import LocalizedText, _, current_language
from marketplace.money import Money, MoneyError
from marketplace.offers.history import coming_prices
from marketplace.offers.pricing.rules import HOUR, MOST, BadQuantity
from marketplace.pilots.vocabulary import BANDS
from marketplace.planning.rules import (
    MOST_SERVICES,
    BandSaving,
    BudgetKind,
    PlannedPrice,
    PlannedService,
    PlanOutcome,
    cheaper_band,
    cost_elsewhere,
    outcome,
)
from marketplace.search import documents
from marketplace.search.engine import DamagedIndex, Engine, SearchQuery
from marketplace.search.offer_comparison.rules import read_ids
from marketplace.search.own_budget import OwnBudget, own_share, parts_of
from marketplace.search.public_offer import PublicOffer
from marketplace.search.quantities import (
    coming_texts,
    monthly_problem,
    problem_text,
    read_monthly,
    read_quantity,
    time_text,
)

_UNITS: Final = re.compile(r"units\[(\d{1,9})\]\[([a-z_]{1,40})\]")
_LOOKED_AT: Final = 20
"""Cheaper offers looked at for each service."""


class Query(Protocol):
    """The query string as the web framework gives it."""

    def getlist(self, key: str) -> list[str]:
        """All values of a parameter."""
        ...

    def items(self) -> Any:
        """Names and first values."""
        ...


@dataclass(frozen=True, slots=True)
class Cheaper:
    """Another offer of the same service in a shared municipality that would save `saving` in a month."""

    id: int
    title: LocalizedText
    provider: str
    saving: Money


@dataclass(frozen=True, slots=True)
class Planned:
    """One service of the plan. `typed` is what was written by band, `wrong` says what is wrong with it."""

    offer: PublicOffer
    phone: str
    part: PlannedService
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    coming: Sequence[str] = ()
    """What will cost something else from a later day, in words."""
    band_saving: BandSaving | None = None
    cheaper: Cheaper | None = None

    @property
    def id(self) -> int:
        """The offer."""
        return self.offer.id

    @property
    def title(self) -> LocalizedText:
        """Its name."""
        return self.offer.title

    @property
    def shortest(self) -> str:
        """The shortest visit in words, when it is charged in place of fewer hours."""
        return time_text(self.part.month.shortest or 0)

    @property
    def unasked(self) -> bool:
        """Whether nothing has been said yet of how much is wanted."""
        return not self.part.units and not self.wrong


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """A plan as its address says it. `gone` counts offers that are not in the catalogue (any more).

    `budget_wrong` says what is wrong with the budget; empty when it was understood.
    """

    kind: BudgetKind
    budget: Decimal | None
    budget_typed: str
    budget_wrong: str
    services: Sequence[Planned]
    outcome: PlanOutcome
    gone: int
    too_many: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        """True when something was written that could not be counted."""
        return bool(self.budget_wrong) or any(planned.wrong for planned in self.services)


def read(
    session: Session, engine: Engine | None, query: Query, day: date, own: OwnBudget | None = None
) -> MonthPlan:
    """The plan in a query string; `engine` finds cheaper offers, without it none are proposed. `own`: the budget of who
    is signed in, which says what the client would pay beside it.
    """
    ids, too_many = _offers(query.getlist("offer"))
    faces = {face.row.offer.id: face for face in documents.faces(session, ids, day)}
    typed = _typed(query)
    services = [
        _planned(
            documents.public_offer(faces[identity]),
            faces[identity].row.provider.phone,
            typed.get(identity, {}),
        )
        for identity in ids
        if identity in faces
    ]
    coming = coming_prices(session, [planned.id for planned in services], day)
    services = [
        replace(planned, coming=coming_texts(coming.get(planned.id, ()), current_language()))
        for planned in services
    ]
    if engine is not None:
        services = [_with_savings(engine, planned, day) for planned in services]
    kind: BudgetKind = "hours" if query.getlist("kind")[:1] == ["hours"] else "euros"
    budget_typed = (query.getlist("budget") or [""])[0].strip()
    budget, wrong = _budget(budget_typed, kind)
    parameters: dict[str, Any] = {"offer": [planned.id for planned in services], "kind": kind}
    if budget is not None:
        parameters["budget"] = budget_typed
    for planned in services:
        parameters |= {f"units[{planned.id}][{band}]": text for band, text in planned.typed.items() if text}
    return MonthPlan(
        kind=kind,
        budget=budget,
        budget_typed=budget_typed,
        budget_wrong=wrong,
        services=services,
        outcome=outcome(
            [planned.part for planned in services],
            kind,
            budget,
            [_own_share(own, planned) for planned in services],
        ),
        gone=len(ids) - len(services),
        too_many=too_many,
        parameters=parameters,
    )


def _own_share(own: OwnBudget | None, planned: Planned) -> Money:
    offer = planned.offer
    return own_share(own, offer.pilot, offer.service, parts_of(planned.part.month))


def _offers(texts: Sequence[str]) -> tuple[list[int], bool]:
    ids = read_ids(texts)
    return ids[:MOST_SERVICES], len(ids) > MOST_SERVICES


def _typed(query: Query) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for name, text in query.items():
        match = _UNITS.fullmatch(name)
        if match and match[1].isascii():
            found.setdefault(int(match[1]), {})[match[2]] = text.strip()
    return found


def _budget(text: str, kind: BudgetKind) -> tuple[Decimal | None, str]:
    """The budget in euros or hours (None for nothing or zero), and what is wrong with it."""
    try:
        if kind == "hours":
            return read_quantity(text, HOUR), ""
        return (Money.parse(text).euros if text else None) or None, ""
    except BadQuantity as error:
        return None, problem_text(error, text, HOUR, most=MOST)
    except MoneyError:
        return None, _("“%(text)s” is not a budget. Write it like this: 850", text=text[:40])


def _prices(offer: PublicOffer) -> dict[str, PlannedPrice]:
    rows = {price.band: PlannedPrice(price.unit, price.amount) for price in offer.prices}
    return {band: rows[band] for band in BANDS if band in rows}


def _planned(offer: PublicOffer, phone: str, typed: Mapping[str, str]) -> Planned:
    prices = _prices(offer)
    units: dict[str, Decimal] = {}
    wrong: dict[str, str] = {}
    for band, price in prices.items():
        text = typed.get(band, "")
        try:
            count = read_monthly(text, price.unit)
        except BadQuantity as error:
            wrong[band] = monthly_problem(error, text, price.unit)
            continue
        if count is not None:
            units[band] = count
    return Planned(
        offer,
        phone,
        PlannedService(prices, units, offer.minimum_minutes),
        {band: typed.get(band, "") for band in prices},
        wrong,
    )


def _with_savings(engine: Engine, planned: Planned, day: date) -> Planned:
    """The service with what could save money in it."""
    return replace(
        planned,
        band_saving=cheaper_band(planned.part),
        cheaper=_cheaper_offer(engine, planned, day),
    )


def _cheaper_offer(engine: Engine, planned: Planned, day: date) -> Cheaper | None:
    """The offer of another provider that saves most with the same units, and that could really stand in.

    It is of the same service and pilot, serves an area, a client group and a language that the planned one serves, has
    every feature that the planned one has, and has free places or will have.
    """
    if not planned.part.units:
        return None
    main = max(
        planned.part.units, key=lambda band: planned.part.units[band] * planned.part.prices[band].amount.cents
    )
    offer = planned.offer
    filters = {
        "pilot": frozenset({offer.pilot}),
        "service": frozenset({offer.service}),
        "municipality": frozenset(offer.municipalities),
    }
    question = SearchQuery(filters=filters, band=main, sort="price", day=day, limit=_LOOKED_AT, facets=False)
    best: Cheaper | None = None
    try:
        found = engine.search(question).hits
    except DamagedIndex:
        return None
    for hit in found:
        other = PublicOffer.model_validate_json(hit.body)
        if not could_stand_in(offer, other):
            continue
        cost = cost_elsewhere(planned.part, _prices(other), other.minimum_minutes)
        if cost is None or cost >= planned.part.cost:
            continue
        saving = Money(planned.part.cost.cents - cost.cents)
        if best is None or saving > best.saving:
            best = Cheaper(hit.id, other.title, other.provider.name, saving)
    return best


def could_stand_in(offer: PublicOffer, other: PublicOffer) -> bool:
    """Whether a client of the one offer could take the other: another provider's, for the same people, not full."""
    return (
        other.provider.id != offer.provider.id
        and other.availability.state != "full"
        and bool(set(offer.groups) & set(other.groups) or not offer.groups)
        and bool(set(offer.languages) & set(other.languages))
        and set(offer.features) <= set(other.features)
    )
