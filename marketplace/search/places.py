"""Places under all their names: municipalities, their parts and former municipalities, counties and postal codes."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import snowballstemmer

from marketplace.language.tables import Words
from marketplace.language.words import fold
from marketplace.pilots.reading import did_you_mean, read_part
from marketplace.pilots.source import InvalidDefinition, read_source
from marketplace.pilots.texts import ContentModel
from marketplace.pilots.vocabulary import COUNTIES, FORMER_MUNICIPALITIES, MUNICIPALITIES, derived
from marketplace.text import one_line

DATA: Final = Path(__file__).resolve().parent / "data"

LONGEST_NAME: Final = 3
"""Words in the name of a place at most."""

EXACTLY: Final = "="
"""Begins a form of a name that is also another word, in which it is the place: `=enossa`, not the uncle."""

_EARTH_KM: Final = 6371.0


class _PlaceNames(ContentModel):
    parts: Mapping[str, Words]
    areas: Mapping[str, Words]


def _codes() -> dict[str, str]:
    return {place.name.fi: code for code, place in MUNICIPALITIES.items()}


def _place_names(file: Path = DATA / "places.yaml") -> _PlaceNames:
    """The names in `places.yaml`. Raises InvalidDefinition with every mistake in the file."""
    source = read_source(file)
    named, problems = read_part(_PlaceNames, source, (), source.data)
    if named is not None:
        codes = _codes()
        problems += [
            source.problem(("parts", name), f"there is no municipality “{name}”{did_you_mean(name, codes)}")
            for name in named.parts
            if name not in codes
        ]
        problems += [
            source.problem(("areas", key), f"there is no county “{key}”")
            for key in named.areas
            if key not in COUNTIES
        ]
    if named is None or problems:
        raise InvalidDefinition(problems)
    return named


@derived
def by_name() -> Mapping[str, frozenset[str]]:
    """The codes of the municipalities that a folded name means: one, or all of a county."""
    found: dict[str, set[str]] = defaultdict(set)
    named = _place_names()
    codes = _codes()
    for _postal_code, code, *names in _postal_rows():
        for name in filter(None, names):
            found[fold(name)].add(code)
    for municipality, parts in named.parts.items():
        for part in parts:
            found[fold(part)] = {codes[municipality]}
    found.update(_former())
    for county, known_as in named.areas.items():
        within = {code for code, place in MUNICIPALITIES.items() if place.county == county}
        for name in (*known_as, COUNTIES[county].name.fi, COUNTIES[county].name.sv):
            found[fold(name)] = within
    for code, place in MUNICIPALITIES.items():
        for name in (place.name.fi, place.name.sv):
            found[fold(name)] = {code}
    for name in [
        name for name in found if "-" in name
    ]:  # a dictionary may read `Keski-Pohjanmaalla` without its hyphen
        found.setdefault(name.replace("-", ""), found[name])
    return {name: frozenset(found[name]) for name in found}


def municipalities_called(name: str) -> frozenset[str]:
    """The codes of the municipalities that a name means by itself: a village’s, or all of a county; empty for none."""
    return by_name().get(fold(one_line(name)), frozenset())


def _former() -> dict[str, set[str]]:
    """The names of municipalities that were joined to others, but for those that mean something else in a search."""
    return {
        fold(name): set(former.municipalities)
        for former in FORMER_MUNICIPALITIES.values()
        if former.search == "yes"
        for name in (former.name.fi, former.name.sv)
    }


@derived
def by_stem() -> Mapping[tuple[str, str], frozenset[str]]:
    """Places named by one word, by language and stem: for those whose inflected forms no dictionary knows."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for language, name in (("fi", "finnish"), ("sv", "swedish")):
        stemmer = snowballstemmer.stemmer(name)
        for place, codes in by_name().items():
            if " " not in place and not place.startswith(EXACTLY):
                found[(language, stemmer.stemWord(place))] |= codes
    return {key: frozenset(codes) for key, codes in found.items()}


@derived
def by_postal_code() -> Mapping[str, str]:
    """The municipality of each postal code."""
    return {postal_code: code for postal_code, code, *_names in _postal_rows()}


def _postal_rows() -> list[list[str]]:
    with (DATA / "postal_areas.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[1:]


def kilometres(one: str, other: str) -> int:
    """The distance between the centres of two municipalities as the crow flies, in whole kilometres."""
    a, b = MUNICIPALITIES[one], MUNICIPALITIES[other]
    north, south = math.radians(a.latitude), math.radians(b.latitude)
    east = math.radians(a.longitude - b.longitude)
    inner = math.sin((north - south) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return round(2 * _EARTH_KM * math.asin(math.sqrt(inner)))


def nearest(from_: Iterable[str], candidates: Iterable[str]) -> tuple[str, int] | None:
    """The candidate that is nearest to any of some municipalities, and the kilometres; None without candidates."""
    starts = list(from_)
    found = [
        (min(kilometres(start, candidate) for start in starts), candidate)
        for candidate in candidates
        if starts
    ]
    if not found:
        return None
    distance, code = min(found)
    return code, distance
