"""Searches count in every pilot that has their municipality: what one tells beside another gives nobody away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.reports.disclosure import FEWEST
from marketplace.reports.rules import Dimension, Fact, Measure, Place
from marketplace.reports.searched import Area, ToldSearches, areas_beside, hidden_searches
from tests.reports.subtracting import few_together

MONTHS, LANGUAGES, TOWNS = (1, 2, 3), ("fi", "sv"), "abcde"

Kind = tuple[str, int, str]
"""Searches of a kind: their municipality, month and language. Nobody is told how many there were of each."""

Counts = Mapping[Kind, int]


def facts_of(counts: Counts) -> list[Fact]:
    return [
        Fact(
            Measure.SEARCHES,
            date(2026, month, 1),
            (town, month, language, number),
            keys={Dimension.MUNICIPALITY: town, Dimension.LANGUAGE: language},
        )
        for (town, month, language), count in counts.items()
        for number in range(count)
    ]


def told_by(area: Area, counts: Counts) -> dict[Place, frozenset[Kind]]:
    """Every number that a pilot could tell: the kinds of searches that it is the sum of."""
    own = [kind for kind in counts if kind[0] in area]
    places: dict[Place, frozenset[Kind]] = {(Dimension.ALL, ""): frozenset(own)}
    for month in MONTHS:
        places[Dimension.MONTH, f"2026-{month:02}"] = frozenset(kind for kind in own if kind[1] == month)
    for language in LANGUAGES:
        places[Dimension.LANGUAGE, language] = frozenset(kind for kind in own if kind[2] == language)
    for town in area:
        places[Dimension.MUNICIPALITY, town] = frozenset(kind for kind in own if kind[0] == town)
    return places


def size(kinds: Iterable[Kind], counts: Counts) -> int:
    return sum(counts[kind] for kind in kinds)


def follows(secret: frozenset[Kind], told: Sequence[frozenset[Kind]], counts: Counts) -> bool:
    """Whether a number is a combination of what is told, whatever the searches of each kind are."""
    nothing = frozenset().union(*(each for each in told if not size(each, counts)))
    unknown = sorted(set(counts) - nothing)

    def row(kinds: Collection[Kind]) -> list[Fraction]:
        return [Fraction(kind in kinds) for kind in unknown]

    basis: list[tuple[int, list[Fraction]]] = []

    def reduced(given: list[Fraction]) -> list[Fraction]:
        for lead, other in basis:
            if given[lead]:
                given = [a - given[lead] * b for a, b in zip(given, other, strict=True)]
        return given

    for each in told:
        left = reduced(row(each))
        lead = next((at for at, number in enumerate(left) if number), None)
        if lead is not None:
            basis.append((lead, [number / left[lead] for number in left]))
    return not any(reduced(row(secret)))


AREAS = st.lists(
    st.sets(st.sampled_from(TOWNS), min_size=1).map(lambda towns: tuple(sorted(towns))),
    min_size=1,
    max_size=3,
)
KINDS = list(product(TOWNS, MONTHS, LANGUAGES))
COUNTS = st.lists(
    st.sampled_from([0, 0, 1, 1, 2, 3, 6, 9]), min_size=len(KINDS), max_size=len(KINDS)
).map(lambda numbers: dict(zip(KINDS, numbers, strict=True)))  # fmt: skip


def shown_of(areas: Iterable[Area], counts: Counts) -> tuple[set[frozenset[Kind]], set[frozenset[Kind]]]:
    """What all pilots tell and what they hide."""
    told: set[frozenset[Kind]] = set()
    hidden: set[frozenset[Kind]] = set()
    facts = facts_of(counts)
    for area in areas:
        beside = areas_beside(area, areas)
        known = {town for each in beside for town in each}
        secret = hidden_searches(
            [fact for fact in facts if fact.keys[Dimension.MUNICIPALITY] in known], area, beside
        )
        for place, kinds in told_by(area, counts).items():
            (hidden if place in secret else told).add(kinds)
    return told, hidden


@settings(max_examples=150, deadline=None)
@given(AREAS, COUNTS)
def test_nobody_is_found_by_subtracting_one_pilot_from_another(areas: list[Area], counts: Counts) -> None:
    told, hidden = shown_of(areas, counts)
    assert not [kinds for kinds in told if 0 < size(kinds, counts) < FEWEST]
    parts: defaultdict[frozenset[Area], list[str]] = defaultdict(list)
    for town in TOWNS:
        parts[frozenset(area for area in areas if town in area)].append(town)
    apart = {kinds for part in parts.values() for kinds in told_by(tuple(part), counts).values()}
    for secret in {*hidden, *apart}:
        if 0 < size(secret, counts) < FEWEST:
            assert not follows(secret, sorted(told, key=sorted), counts), sorted(secret)


SPRING = dict.fromkeys(KINDS, 0) | {
    ("a", 1, "fi"): 4,
    ("b", 1, "fi"): 8,
    ("c", 1, "fi"): 20,
    ("d", 1, "fi"): 9,
    ("e", 1, "fi"): 2,
}  # fmt: skip


@pytest.mark.parametrize("place", ["a", "e"])
def test_what_one_pilot_hides_another_does_not_tell(place: str) -> None:
    """The larger pilot hid e with a, the smaller one b with a: with both reports all three were told."""
    small, large = ("a", "b", "c"), ("a", "b", "c", "d", "e")
    told, _hidden = shown_of([small, large], SPRING)
    secret = frozenset(kind for kind in KINDS if kind[0] == place)
    assert not follows(secret, sorted(told, key=sorted), SPRING)


def test_pilots_far_apart_hide_nothing_for_each_other() -> None:
    areas = [("a", "b"), ("b", "c"), ("d", "e")]
    assert areas_beside(("a", "b"), areas) == [("a", "b"), ("b", "c")]
    assert areas_beside(("d", "e"), areas) == [("d", "e")]


SMALL_TOWNS = "abcd"
SMALL_KINDS = list(product(SMALL_TOWNS, (1, 2), LANGUAGES))
SMALL_AREAS = st.lists(
    st.sets(st.sampled_from(SMALL_TOWNS), min_size=1).map(lambda towns: tuple(sorted(towns))),
    min_size=2,
    max_size=4,
)
SMALL_COUNTS = st.lists(
    st.sampled_from([0, 0, 1, 1, 2, 3, 6, 9]), min_size=len(SMALL_KINDS), max_size=len(SMALL_KINDS)
).map(lambda numbers: dict(zip(SMALL_KINDS, numbers, strict=True)))  # fmt: skip


def counted(numbers: Iterable[int]) -> Counts:
    return dict(zip(SMALL_KINDS, numbers, strict=True))


def without_nothing(counts: Counts) -> Counts:
    return {kind: count or 1 for kind, count in counts.items()}


@settings(max_examples=60, deadline=None)
@given(SMALL_AREAS, SMALL_COUNTS)
@example(
    [("a", "b", "c", "d"), ("a", "b", "d"), ("b", "d"), ("b", "c")],
    counted([1, 2, 0, 6, 3, 9, 1, 0, 0, 0, 1, 1, 1, 1, 2, 3]),
)
@example(
    [("d",), ("a", "b", "d"), ("a", "c"), ("c", "d")],
    counted([1, 2, 9, 1, 1, 1, 9, 3, 2, 6, 1, 0, 1, 2, 0, 0]),
)
def test_nor_are_few_found_together_by_adding_and_subtracting_several(
    areas: list[Area], counts: Counts
) -> None:
    told, _hidden = shown_of(areas, counts)
    assert few_together(told, counts, FEWEST) == set()


@settings(max_examples=60, deadline=None)
@given(SMALL_AREAS, SMALL_COUNTS.map(without_nothing))
@example([("a", "b", "c"), ("a", "b", "c", "d")], counted([9, 9, 9, 9, 9, 9, 9, 9, 6, 6, 6, 6, 1, 1, 1, 1]))
def test_who_tells_a_quarter_later_gives_nobody_away_beside_what_was_told(
    areas: list[Area], counts: Counts
) -> None:
    """The pilots tell one after another, each knowing nothing of those to come. A month or a language in which nobody
    searched is never hidden, so there is none here.
    """
    before: list[ToldSearches] = []
    told: set[frozenset[Kind]] = set()
    for area in dict.fromkeys(areas):
        beside = areas_beside(area, [*(each.area for each in before), area])
        known = {town for each in beside for town in each}
        secret = hidden_searches(
            [fact for fact in facts_of(counts) if fact.keys[Dimension.MUNICIPALITY] in known],
            area,
            beside,
            [each for each in before if each.area in beside],
        )
        places = told_by(area, counts)
        before.append(ToldSearches(area, frozenset(set(places) - secret), secret))
        told |= {kinds for place, kinds in places.items() if place not in secret}
        assert few_together(told, counts, FEWEST) == set()
