"""The comparison page: its query, its columns and its rows in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from marketplace.i18n import (
    LocalizedText,
    _,
    current_language,
    date_text,
    listed,
    money_text,
    ngettext,
)
from marketplace.money import Money
from marketplace.offers.history import coming_prices
from marketplace.offers.labels import INCLUDES
from marketplace.offers.pricing.rules import BadQuantity, monthly_cost
from marketplace.pilots.definition import DeliveryRules
from marketplace.pilots.labels import cancelling_texts
from marketplace.pilots.queries import current_definition
from marketplace.pilots.vocabulary import BANDS, SERVICES, UNITS, municipality_names
from marketplace.search import documents
from marketplace.search.concepts import place_text
from marketplace.search.facets import FACETS
from marketplace.search.offer_cards import Card, availability_of, card, different_pilots, names_text
from marketplace.search.offer_comparison.rules import MOST_LISTED, MOST_OFFERS, differs, read_ids
from marketplace.search.own_budget import CostPart, Fitting, OwnBudget, cost_fits, parts_of, price_fits
from marketplace.search.public_offer import PublicOffer, PublicPrice
from marketplace.search.quantities import (
    amount_text,
    coming_texts,
    monthly_problem,
    number_text,
    read_monthly,
    time_text,
)
from marketplace.search.service import value_name

_HOURS: Final = re.compile(r"hours\[([a-z_]{1,40})\]")


@dataclass(frozen=True, slots=True)
class ComparedOffer:
    """One offer of the comparison."""

    id: int
    title: LocalizedText
    provider_id: int
    provider: str
    phone: str
    pilot: str
    """Key of the pilot."""
    service: str
    """Key of the service."""
    prices: Sequence[PublicPrice]
    card: Card
    """The offer as lists show it."""
    bands: Sequence[str]
    """The bands that it has a price for."""
    removed_url: str
    """The comparison without this offer."""
    coming: Sequence[str] = ()
    """What will cost something else from a later day, in words."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """A row: what it is about, a cell for each offer, and whether they differ. An empty cell means "not offered"."""

    label: str
    cells: Sequence[str]
    differs: bool
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class UnitsField:
    """How much of a band one needs in a month: the band, its unit, what was typed and how much that is in words."""

    band: str
    label: str
    suffix: str
    value: str
    error: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class MonthCost:
    """What the hours asked for cost in a month from one offer.

    `total` is None when it offers nothing of what was asked for. `missing` names the bands that it does not offer and
    the sum lacks, `shortest` the shortest visit in words when it was charged in place of fewer hours. `parts` are what
    the sum is of.
    """

    total: Money | None
    missing: str
    shortest: str
    parts: Sequence[CostPart]


@dataclass
class ComparisonTable:
    """The comparison. `costs` has the month's cost of each offer when hours were given.

    `all_alike` says that only differences were asked for and there are none.
    """

    columns: list[ComparedOffer] = field(default_factory=list)
    groups: list[tuple[str, list[ComparisonRow]]] = field(default_factory=list)
    fields: list[UnitsField] = field(default_factory=list)
    costs: list[MonthCost] = field(default_factory=list)
    cheapest: int | None = None
    amounts: list[tuple[str, str, list[Money | None]]] = field(default_factory=list)
    """The prices as numbers: (band, unit in words, amount of each offer) where all count it by the same unit."""
    problems: list[str] = field(default_factory=list)
    only_differences: bool = False
    all_alike: bool = False
    untold: list[str] = field(default_factory=list)
    """What none of them tells: rows that would be empty."""
    left_out: Sequence[int] = ()
    """All the offers asked for, where more were than stand side by side."""
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """How much was asked for in a month: (band, quantity with its unit)."""
        return [(unit.label, unit.words) for unit in self.fields if unit.words]

    @property
    def pilots_differ(self) -> str:
        """That the services are of different pilots, of which a budget pays for one; empty when they are not."""
        return different_pilots(column.card.pilot for column in self.columns)

    @property
    def services(self) -> int:
        """How many different services are compared: prices of different ones say little beside each other."""
        return len({column.service for column in self.columns})

    @property
    def by_service(self) -> list[tuple[str, dict[str, Any]]]:
        """Each service that is compared, by key, with the search for others of the same; what is here stays chosen."""
        services = dict.fromkeys(column.service for column in self.columns)
        return [(key, self._search_for([key])) for key in services]

    @property
    def others_query(self) -> dict[str, Any]:
        """The search for others to compare with: what is here stays chosen."""
        return self._search_for(list(dict.fromkeys(column.service for column in self.columns)))

    def _search_for(self, services: list[str]) -> dict[str, Any]:
        """A search for these services, in the pilot of those that are here where it is one."""
        pilots = {column.pilot for column in self.columns}
        return {
            "service": services,
            "offer": self.parameters["offer"],
            "pilot": pilots.pop() if len(pilots) == 1 else None,
        }

    @property
    def plan_query(self) -> dict[str, Any]:
        """The plan with these offers and, where they have the band, the same quantities."""
        found: dict[str, Any] = {"offer": self.parameters["offer"]}
        for column in self.columns:
            for band in column.bands:
                if f"hours[{band}]" in self.parameters:
                    found[f"units[{column.id}][{band}]"] = self.parameters[f"hours[{band}]"]
        return found


def read(
    session: Session, query: MultiDict[str, str], language: str, day: date, *, most: int = MOST_OFFERS
) -> ComparisonTable:
    """The comparison that the query asks for, of at most `most` offers. What cannot be shown is left out, and
    `problems` says so.
    """
    table = ComparisonTable(only_differences=query.get("only") == "differences")
    ids = _ids(query.getlist("offer"), table, most)
    found = {offer.id: offer for offer in documents.public_offers(session, ids, day)}
    if len(found) < len(ids):
        gone = len(ids) - len(found)
        table.problems.append(
            ngettext(
                "%(num)d of the services is not in the catalogue any more and was left out.",
                "%(num)d of the services are not in the catalogue any more and were left out.",
                gone,
            )
        )
    offers = [found[identity] for identity in ids if identity in found]
    units = _units(query, offers, language, table)
    table.parameters = {
        "offer": [offer.id for offer in offers],
        **{f"hours[{band}]": number_text(count) for band, count in units.items()},
    }
    if table.only_differences:
        table.parameters["only"] = "differences"
    coming = coming_prices(session, [offer.id for offer in offers], day)
    table.columns = [
        replace(
            _column(offer, offers, table.parameters, day),
            coming=coming_texts(coming.get(offer.id, ()), language),
        )
        for offer in offers
    ]
    if offers:
        rules = {key: current_definition(session, key).deliveries for key in {each.pilot for each in offers}}
        groups = _groups(offers, rules, language, day)
        table.untold = [line.label for _title, lines in groups for line in lines if not any(line.cells)]
        table.groups = [(title, [line for line in lines if any(line.cells)]) for title, lines in groups]
        table.amounts = _amounts(offers, language)
        if table.only_differences and len(offers) > 1:
            table.groups = [
                (title, [line for line in lines if line.differs]) for title, lines in table.groups
            ]
            table.all_alike = not any(lines for _title, lines in table.groups)
        if units:
            _add_costs(table, offers, units, language)
    return table


def _ids(texts: Sequence[str], table: ComparisonTable, most: int) -> list[int]:
    """The offers asked for, each once and at most `most`."""
    ids = read_ids(texts)
    if any(text.strip() and not read_ids([text]) for text in texts):
        table.problems.append(_("Part of the address was not understood and was left out."))
    if len(ids) > MOST_LISTED:
        table.problems.append(_("At most ten services can be chosen at once. The first ten stay chosen."))
    elif len(ids) > most:
        table.left_out = ids[:MOST_LISTED]
    return ids[:most]


def _units(
    query: MultiDict[str, str], offers: Sequence[PublicOffer], language: str, table: ComparisonTable
) -> dict[str, Decimal]:
    """Units in a month by band, and a field for each band that any of the offers has."""
    offered = _units_of(offers)
    typed = {match[1]: query[name] for name in query if (match := _HOURS.fullmatch(name))}
    units: dict[str, Decimal] = {}
    for band, unit in offered.items():
        text, error, words = typed.get(band, "").strip(), "", ""
        try:
            count = read_monthly(text, unit)
            if count is not None:
                units[band], words = count, amount_text(count, unit)
        except BadQuantity as problem:
            error = monthly_problem(problem, text, unit)
        suffix = UNITS[unit].short[language]
        table.fields.append(UnitsField(band, BANDS[band].name[language], suffix, text, error, words))
    return units


def _units_of(offers: Sequence[PublicOffer]) -> dict[str, str]:
    """The unit of every band that any of the offers has; where they differ, that of the first offer."""
    offered: dict[str, str] = {}
    for offer in offers:
        for price in offer.prices:
            offered.setdefault(price.band, price.unit)
    return {band: offered[band] for band in BANDS if band in offered}


def fits(own: OwnBudget, table: ComparisonTable) -> list[Fitting | None]:
    """What the budget says of each offer: of the month where hours or days were written, otherwise of its prices."""
    if not table.costs:
        return [price_fits(own, each.pilot, each.service, each.prices) for each in table.columns]
    return [
        None if month.total is None else cost_fits(own, each.pilot, each.service, month.parts)
        for each, month in zip(table.columns, table.costs, strict=True)
    ]


def _column(
    offer: PublicOffer, offers: Sequence[PublicOffer], parameters: Mapping[str, Any], day: date
) -> ComparedOffer:
    others = [other.id for other in offers if other is not offer]
    return ComparedOffer(
        id=offer.id,
        title=offer.title,
        provider_id=offer.provider.id,
        provider=offer.provider.name,
        phone=offer.phone,
        pilot=offer.pilot,
        service=offer.service,
        prices=offer.prices,
        card=card(offer, language=current_language(), band=None, day=day),
        bands=[price.band for price in offer.prices],
        removed_url=url_for("search.compare", **{**parameters, "offer": others, "_anchor": "result"}),
    )


def _groups(
    offers: Sequence[PublicOffer], rules: Mapping[str, DeliveryRules], language: str, day: date
) -> list[tuple[str, list[ComparisonRow]]]:
    """The table below the names; `rules` are those of the offers' pilots, by key."""

    def line(label: str, cells: Sequence[str], kind: str = "text") -> ComparisonRow:
        return ComparisonRow(label, cells, differs(cells), kind)

    prices = [{price.band: price for price in offer.prices} for offer in offers]
    bands = [band for band in BANDS if any(band in row for row in prices)]
    price_lines = [
        line(BANDS[band].name[language], [_price_text(row.get(band), language) for row in prices], "price")
        for band in bands
    ]
    included = _included(prices, bands, language, line)
    service = [
        line(_("Kind of service"), [SERVICES[offer.service].name[language] for offer in offers]),
        line(
            _("Free places"),
            [availability_of(offer.availability, day)[0] for offer in offers],
        ),
        line(
            _("Told about free places"),
            [date_text(offer.availability.told_on) if offer.availability.told_on else "" for offer in offers],
        ),
        line(
            _("Languages of service"),
            [names_text("language", offer.languages, language) for offer in offers],
        ),
        line(
            _("Area"),
            [", ".join(municipality_names(offer.municipalities, language)) for offer in offers],
        ),
        line(_("Place"), [place_text(offer.place, language) for offer in offers]),
        line(_("For whom"), [_names("group", offer, language) for offer in offers]),
        line(
            _("Accessibility and ways of working"), [_names("feature", offer, language) for offer in offers]
        ),
        line(_("Shortest visit"), [time_text(offer.minimum_minutes or 0) for offer in offers]),
        line(_("If you cancel"), [" ".join(cancelling_texts(rules[offer.pilot])) for offer in offers]),
        line(
            _("On cancelling, in the provider’s own words"),
            [offer.cancellation[language] for offer in offers],
        ),
        line(
            _("Prices in force from"),
            [date_text(offer.prices_since) if offer.prices else "" for offer in offers],
        ),
    ]
    return [
        (_("Prices"), price_lines),
        (_("What the price includes"), included),
        (_("About the service"), service),
    ]


def _amounts(offers: Sequence[PublicOffer], language: str) -> list[tuple[str, str, list[Money | None]]]:
    prices = [{price.band: price for price in offer.prices} for offer in offers]
    found = []
    for band in BANDS:
        offered = [row[band] for row in prices if band in row]
        if offered and len({price.unit for price in offered}) == 1:
            amounts = [row[band].amount if band in row else None for row in prices]
            found.append((BANDS[band].name[language], UNITS[offered[0].unit].short[language], amounts))
    return found


def _included(
    prices: Sequence[Mapping[str, Any]],
    bands: Sequence[str],
    language: str,
    line: Callable[[str, Sequence[str]], ComparisonRow],
) -> list[ComparisonRow]:
    """What the prices include: one row when each offer includes the same at all times, otherwise a row a band."""
    by_offer = [{band: _included_text(price) for band, price in row.items()} for row in prices]
    if all(len(set(texts.values())) <= 1 for texts in by_offer):
        return [line(_("At all times"), [next(iter(texts.values()), "") for texts in by_offer])]
    return [line(BANDS[band].name[language], [texts.get(band, "") for texts in by_offer]) for band in bands]


def _price_text(price: Any, language: str) -> str:
    if price is None:
        return ""
    return f"{money_text(price.amount, language)}/{UNITS[price.unit].short[language]}"


def _included_text(price: Any) -> str:
    if not price.includes:
        return _("Nothing extra")
    return listed([str(INCLUDES.get(key, key)) for key in price.includes])


def _names(facet: str, offer: PublicOffer, language: str) -> str:
    return listed([value_name(facet, key)[language] for key in offer.values(FACETS[facet])])


def _add_costs(
    table: ComparisonTable, offers: Sequence[PublicOffer], units: Mapping[str, Decimal], language: str
) -> None:
    """The month's cost of each offer; the cheapest is named only among those that offer every band asked for.

    A band that an offer counts in another unit than was asked for is one that it does not offer.
    """
    complete: list[tuple[Money, int]] = []
    asked_in = _units_of(offers)
    for at, offer in enumerate(offers):
        prices = {price.band: price for price in offer.prices if price.unit == asked_in[price.band]}
        cost = monthly_cost(prices, units, minimum_minutes=offer.minimum_minutes)
        missing = ", ".join(BANDS[band].name[language] for band in cost.missing)
        total = cost.total if len(cost.missing) < len(units) else None
        table.costs.append(MonthCost(total, missing, time_text(cost.shortest or 0), parts_of(cost)))
        if not missing:
            complete.append((cost.total, at))
    if len(complete) > 1 and len({total for total, _at in complete}) > 1:
        table.cheapest = min(complete)[1]
