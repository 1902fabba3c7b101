"""The page of the map: the municipalities of the pilots by county, drawn and listed, each with its number of offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from flask import url_for

from marketplace.pilots.vocabulary import COUNTIES, MUNICIPALITIES
from marketplace.search import carried_plan
from marketplace.search.offer_comparison.rules import MOST_LISTED, read_ids
from marketplace.search.query_string import Asked
from marketplace.search.results import page as results_page
from marketplace.search.results.labels import problem_text
from marketplace.search.results.pilots import KnownPilot
from marketplace.search.service import Found
from marketplace.search.supply_map.borders import borders
from marketplace.search.supply_map.drawing import Counted, Drawing, DrawnGround, drawing, ground_of
from marketplace.sorting import sort_key

_KEPT_GROUNDS: Final = 100


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A municipality in the table; `href` narrows the search to it, None where nothing is offered."""

    code: str
    name: str
    count: int
    chosen: bool
    href: str | None


@dataclass(frozen=True, slots=True)
class CountyMap:
    """One county: its drawing and, in the order of names, its municipalities."""

    key: str
    name: str
    drawing: Drawing
    places: Sequence[ShownPlace]

    @property
    def rank(self) -> tuple[bool, bool]:
        """Its place among the counties."""
        return not any(place.chosen for place in self.places), not any(place.count for place in self.places)

    def place(self, code: str) -> ShownPlace:
        """One of its municipalities."""
        return next(place for place in self.places if place.code == code)


def context(
    asked: Asked,
    found: Found,
    pilots: Mapping[str, KnownPilot],
    *,
    problems: Sequence[Any],
    kept: Mapping[str, Any],
    language: str,
) -> dict[str, Any]:
    """What the template shows. `kept` are parameters of the address that the map takes along: ticks and a plan."""
    path = url_for("search.supply_map")

    def results(asked: Asked) -> str:
        return _address(url_for("search.results"), asked, kept)

    return {
        "counties": counties(asked, found, pilots, language, results),
        "chips": results_page.chips(pilots, asked, language, lambda changed: _address(path, changed, kept)),
        "clear_url": _address(path, Asked(q=asked.q), kept),
        "canonical_url": _address(path, asked, {}),
        "list_url": results(replace(asked, page=1)),
        "problems": [problem_text(problem) for problem in problems],
        "asked": asked,
        "borders": borders(),
    }


def _address(path: str, asked: Asked, kept: Mapping[str, Any]) -> str:
    query = urlencode({**asked.parameters(), **kept}, doseq=True)
    return f"{path}?{query}" if query else path


def kept_parameters(ticked: Sequence[str], carried: str) -> dict[str, Any]:
    """The parameters that the map takes along."""
    found: dict[str, Any] = {"offer": read_ids(ticked)[:MOST_LISTED]}
    found[carried_plan.PARAMETER] = carried
    return {name: value for name, value in found.items() if value}


def counties(
    asked: Asked,
    found: Found,
    pilots: Mapping[str, KnownPilot],
    language: str,
    results: Callable[[Asked], str],
) -> list[CountyMap]:
    """The counties where a pilot is or something is offered; of a pilot that was chosen, its own.

    The one with the chosen municipality comes first, those where nothing is found last, equals by name.
    """
    counts = {value.key: value for value in found.facets["municipality"]}
    asked_for = [pilots[asked.pilot]] if asked.pilot else pilots.values()
    codes = {code for pilot in asked_for for code in pilot.municipalities} | counts.keys()
    shapes = borders().shapes
    by_county: dict[str, list[str]] = {}
    for code in sorted(codes & shapes.keys(), key=lambda code: sort_key(MUNICIPALITIES[code].name[language])):
        by_county.setdefault(MUNICIPALITIES[code].county, []).append(code)
    maps = []
    for key, own in by_county.items():
        places = []
        for code in own:
            value = counts.get(code)
            count = value.count if value else 0
            narrowed = replace(asked, chosen={**asked.chosen, "municipality": (code,)}, page=1)
            places.append(
                ShownPlace(
                    code=code,
                    name=MUNICIPALITIES[code].name[language],
                    count=count,
                    chosen=bool(value and value.chosen),
                    href=results(narrowed) if count else None,
                )
            )
        counted = [Counted(place.code, place.name, place.count, place.chosen) for place in places]
        ground = _ground(tuple(sorted(own)))
        neighbours = {code: MUNICIPALITIES[code].name[language] for code in ground.around}
        drawn = drawing(ground, counted, neighbours)
        maps.append(CountyMap(key, COUNTIES[key].name[language], drawn, places))
    return sorted(maps, key=lambda county: (*county.rank, sort_key(county.name)))


@lru_cache(maxsize=_KEPT_GROUNDS)
def _ground(codes: tuple[str, ...]) -> DrawnGround:
    return ground_of(codes, borders().shapes)
