"""The page of results: everything it shows, and the addresses that lead on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy.orm import Session

from marketplace import paging
from marketplace.i18n import _
from marketplace.pilots.vocabulary import BANDS
from marketplace.search import carried_plan, offer_cards, places
from marketplace.search.catalogue import Catalogue
from marketplace.search.offer_comparison import selection
from marketplace.search.offer_comparison.rules import MOST_LISTED
from marketplace.search.query_string import LAST_PAGE, Asked, QueryProblem
from marketplace.search.results import pilots as pilot_choice
from marketplace.search.results import understood
from marketplace.search.results.forms import facet_form, plain_fields
from marketplace.search.results.labels import problem_text, without_text
from marketplace.search.service import Found

PROBLEMS_TOLD: Final = 5


def pages_of(found: Found, asked: Asked) -> int:
    """How many pages the results fill, at least one."""
    return paging.pages_of(min(found.total, LAST_PAGE * asked.per_page), asked.per_page)


def context(
    session: Session,
    catalogue: Catalogue,
    asked: Asked,
    found: Found,
    *,
    problems: Sequence[QueryProblem],
    ticked: Sequence[str],
    carried: str,
    language: str,
    day: date,
) -> dict[str, Any]:
    """What the template shows. `ticked` are the services chosen for comparison as the address has them, `carried`
    the plan that is taken along (`carried_plan`).
    """
    cards = [
        offer_cards.naming(offer_cards.kept_card(body, language, asked.band, day), found.origin, language)
        for body in found.bodies
    ]
    chosen = selection.read(session, ticked, {card.id for card in cards}, day)
    offered = catalogue.index.bands()
    bands = [band for band in BANDS if band in offered]
    told = [problem_text(problem) for problem in problems[:PROBLEMS_TOLD]]
    if chosen.too_many:
        told.append(_("At most ten services can be chosen at once. The first ten stay chosen."))

    if asked.sort == "distance" and not found.origin:
        told.append(_("Choose a municipality to order the services by distance."))

    path = url_for("search.results")
    pilots = pilot_choice.known(session, catalogue)

    kept = {carried_plan.PARAMETER: carried} if carried else {}

    def address(asked: Asked, **changes: Any) -> str:
        return _with_query(path, asked.parameters(**changes) | chosen.parameters | kept)

    return {
        "asked": asked,
        "found": found,
        "pages": pages_of(found, asked),
        "cards": cards,
        "map_url": _with_query(
            url_for("search.supply_map"), asked.parameters(page=1) | chosen.parameters | kept
        ),
        "facets": facet_form(asked, found, pilots, language),
        "fields": plain_fields(asked, bands, language, found),
        "chips": chips(pilots, asked, language, address),
        "problems": told,
        "without": without_text(found, asked, address),
        "count_text": offer_cards.count_text(found.total),
        "page_url": lambda page: address(asked, page=page),
        "canonical_url": _with_query(path, asked.parameters()),
        "clear_url": address(Asked(q=asked.q)),
        **understood.context(
            found,
            language,
            {code for pilot in pilots.values() for code in pilot.municipalities},
            lambda q: address(asked, q=q, page=1),
        ),
        "distances": _distances(cards, found) if asked.sort == "distance" else {},
        "measured_from": understood.place_names(found, language) if asked.sort == "distance" else "",
        "mixed_units": len({card.price.unit for card in cards if card.price is not None}) > 1,
        "which_pilot": pilot_choice.which(
            asked, found, pilots, language, lambda key: address(asked, pilot=key, page=1)
        ),
        "chosen": chosen,
        "compared": [str(identity) for identity in chosen.ids],
        "most_compared": MOST_LISTED,
        "carried": carried,
        "carried_services": carried_plan.services(carried),
        "take_plan": lambda markup: carried_plan.into_links(markup, carried),
    }


def _distances(cards: Sequence[offer_cards.Card], found: Found) -> dict[int, int | None]:
    """The kilometres to each offer from the nearest of the places that are measured from; None where not known."""
    return {
        card.id: min(places.kilometres(start, card.seat) for start in found.origin)
        if card.seat and found.origin
        else None
        for card in cards
    }


def _with_query(path: str, parameters: Mapping[str, Any]) -> str:
    """An address as `url_for` makes it, without looking for the route again."""
    return f"{path}?{urlencode(parameters, doseq=True)}" if parameters else path


def chips(
    pilots: Mapping[str, pilot_choice.KnownPilot], asked: Asked, language: str, address: Any
) -> list[dict[str, str]]:
    """The narrowings in force, each with the address without it."""
    named = offer_cards.narrowings(asked, language, lambda key: pilots[key].name[language])
    return [{"label": label, "href": address(asked.without(name, value))} for name, value, label in named]
