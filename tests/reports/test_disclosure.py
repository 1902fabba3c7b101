"""Small numbers never leak: hiding, and somebody who tries to subtract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.pilots.content import DEFINITIONS
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.loading import read_definition
from marketplace.reports.disclosure import FEWEST, NOBODY, Sum, Weight, bounds, determined, hidden_cells
from marketplace.reports.hiding import hidden_places, sums_of
from marketplace.reports.rules import (
    SPECS,
    Cells,
    Dimension,
    Fact,
    LeftoverCause,
    Measure,
    Place,
    cells_of,
)
from tests.reports.subtracting import solved

Given = tuple[Mapping[Dimension, str], int, int]
"""Where a client is counted, in how many months, and for how much."""

T, A, B, C, E = "total", "a", "b", "c", "empty"


def weight(*sizes: int) -> Weight:
    """What people of their own have given."""
    return Weight({object(): size for size in sizes})


def each(number: int) -> dict[str, Weight]:
    """A cell to which so many people of its own have given the same."""
    return {"m": weight(*[1] * number)}


@pytest.mark.parametrize(
    ("sizes", "sensitive"),
    [
        ([], False),
        ([10], True),
        ([10] * 4, True),
        ([10] * 5, False),
        ([1000, 30, 20, 20, 20], True),  # the others give 60, less than a tenth of the largest
        ([1000, 30, 30, 30, 30, 10], False),
    ],
)
def test_few_and_dominated_numbers_are_sensitive(sizes: list[int], sensitive: bool) -> None:
    assert weight(*sizes).is_sensitive is sensitive


def test_who_gave_to_both_counts_once() -> None:
    both = Weight({"a": 3, "b": 4}) + Weight({"b": 2, "c": 1})
    assert (both.contributors, both.size, both.largest) == (3, 10, (6, 3))
    assert (NOBODY + both).gifts == both.gifts


def test_the_same_few_people_do_not_protect_each_other() -> None:
    few = dict.fromkeys("abc", 1)
    cells = {
        T: {"m": Weight(dict.fromkeys("abcdefgh", 3))},
        A: {"m": Weight(few)},
        B: {"m": Weight(few)},
        C: {"m": Weight(dict.fromkeys("abcdefgh", 1))},
    }
    assert hidden_cells(cells, [Sum(T, (A, B, C))]) == {A, B, C}


def test_the_second_smallest_is_hidden_with_a_small_number() -> None:
    cells = {T: each(37), A: each(2), B: each(25), C: each(10), E: each(0)}
    assert hidden_cells(cells, [Sum(T, (A, B, C, E))]) == {A, C}


def test_two_small_numbers_that_are_few_together_get_company() -> None:
    cells = {T: each(33), A: each(1), B: each(2), C: each(30)}
    assert hidden_cells(cells, [Sum(T, (A, B, C))]) == {A, B, C}


def test_the_total_is_hidden_when_nothing_else_can_be() -> None:
    cells = {T: each(3), A: each(3), E: each(0)}
    assert hidden_cells(cells, [Sum(T, (A, E))]) == {T, A}


def test_a_cell_without_a_measure_is_no_company_for_one_that_has_it() -> None:
    """Whoever knows that nothing came back in B knows the total from B's table, and with it what came back in A."""
    few, many = weight(5, 5, 5), weight(*[5] * 9)
    cells = {
        T: {"used": weight(1, 1), "back": few},
        A: {"used": weight(1, 1), "back": few},
        B: {"used": weight(1, 1)},
        C: {"used": many, "back": many},
        E: {"used": many, "back": many},
    }
    sums = [Sum(T, (A, C)), Sum(T, (B, E))]
    hidden = hidden_cells(cells, sums)
    found = determined(sums, hidden, [B])
    assert not {A, T} & found


def test_nothing_is_hidden_where_everything_may_be_told() -> None:
    cells = {T: each(35), A: each(10), B: each(25), E: each(0)}
    assert hidden_cells(cells, [Sum(T, (A, B, E))]) == frozenset()


def test_rows_and_columns_are_protected_together() -> None:
    """The classic mistake: a cell with company in its row and none in its column."""
    rows, columns = "rst", "xyz"
    cells = {row + column: each(10 + place) for place, row in enumerate(rows) for column in columns}
    cells["rx"] = each(2)
    cells |= {row: each(30) for row in rows} | {column: each(30) for column in columns} | {T: each(90)}
    sums = [
        *(Sum(row, tuple(row + column for column in columns)) for row in rows),
        *(Sum(column, tuple(row + column for row in rows)) for column in columns),
        Sum(T, tuple(rows)),
        Sum(T, tuple(columns)),
    ]
    hidden = hidden_cells(cells, sums)
    assert "rx" in hidden
    assert not determined(sums, hidden)


def test_a_cell_that_follows_from_others_is_found() -> None:
    sums = [Sum(T, (A, B)), Sum(T, (C, E))]
    assert determined(sums, {A}) == {A}
    assert determined(sums, {A, B}) == frozenset()
    assert determined(sums, {A, B, C}) == {C}


def test_an_attacker_knows_bounds() -> None:
    sums = [Sum(T, (A, B, C))]
    assert bounds(sums, {T: 37, B: 25}, {A, C}) == {A: (0, 12), C: (0, 12)}
    assert bounds(sums, {T: 37, B: 25, C: 10}, {A}) == {A: (2, 2)}
    assert bounds(sums, {B: 25}, {T, A, C}) == {T: (25, None), A: (0, None), C: (0, None)}


# --- random histories ------------------------------------------------------------------------------------------------

PILOTS: Final[Mapping[str, PilotDefinition]] = {
    path.stem: read_definition(path) for path in sorted(DEFINITIONS.glob("*.yaml"))
}
"""Every pilot that is shipped: hb-2016 has six areas, two of them whole counties."""

MOST_PLACES: Final = 6
"""Of so many places of a pilot its clients come: where each is from one of thirty all is hidden, and nothing tried."""


@st.composite
def clients_of(draw: st.DrawFn, key: str) -> list[Given]:
    """Clients of a pilot: each in one of its places or in none that is known, with one of its services and groups."""
    pilot = PILOTS[key]
    places = draw(st.permutations(sorted(pilot.municipalities)))[:MOST_PLACES]
    keys = st.fixed_dictionaries(
        {
            Dimension.SERVICE: st.sampled_from(pilot.service_keys[:4]),
            Dimension.MUNICIPALITY: st.sampled_from(["", *places]),
            Dimension.LANGUAGE: st.sampled_from(["fi", "sv"]),
            Dimension.GROUP: st.sampled_from(pilot.groups),
        }
    )
    rows = st.tuples(keys, st.integers(1, 3), st.integers(1, 100_000))
    return draw(st.lists(rows, min_size=1, max_size=40))


CLIENTS = st.one_of([clients_of(key) for key in PILOTS])


def history(clients: Iterable[Given]) -> list[Fact]:
    """What clients were given in a quarter: each in one place, in some of its months, for some money."""
    return [
        Fact(measure, date(2026, month, 3), number, value, keys=keys)
        for number, (keys, months, cents) in enumerate(clients)
        for month in range(1, months + 1)
        for measure, value in ((Measure.CLIENTS, 1), (Measure.SPENT, cents))
    ]


def refund_history(clients: Iterable[Given]) -> list[Fact]:
    """The same with what they were granted, and with what came back of it, by why."""
    causes = [cause.value for cause in LeftoverCause]
    return [
        Fact(measure, fact.day, fact.who, value, keys=keys)
        for number, fact in enumerate(history(clients))
        if fact.measure is Measure.SPENT
        for measure, value, keys in (
            (Measure.GRANTED_CENTS, 2 * fact.value, fact.keys),
            (
                Measure.RETURNED_CENTS,
                fact.value,
                {**fact.keys, Dimension.LEFTOVER: causes[number % len(causes)]},
            ),
        )
        if measure is Measure.GRANTED_CENTS or number % 3
    ]


def told(cells: Cells) -> tuple[dict[Place, int], frozenset[Place]]:
    """What is told of the money, and what is hidden."""
    hidden = hidden_places(cells)[SPECS[Measure.SPENT].block]
    numbers = cells[Measure.SPENT]
    return {place: each.value for place, each in numbers.items() if place not in hidden}, hidden


def who_gave(facts: Iterable[Fact]) -> dict[Place, set[object]]:
    """Place → the clients behind its number, by an own look at the facts."""
    found: defaultdict[Place, set[object]] = defaultdict(set)
    for fact in facts:
        if fact.measure is Measure.SPENT:
            found[Dimension.ALL, ""].add(fact.who)
            found[Dimension.MONTH, fact.day.strftime("%Y-%m")].add(fact.who)
            for dimension, key in fact.keys.items():
                found[dimension, str(key)].add(fact.who)
    return found


@settings(max_examples=100, deadline=None)
@given(CLIENTS)
def test_no_hidden_number_can_be_subtracted_from_what_is_told(
    clients: list[Given],
) -> None:
    facts = history(clients)
    cells = cells_of(facts)
    shown, hidden = told(cells)
    gave = who_gave(facts)
    assert all(len(gave[place]) >= FEWEST for place in shown)

    for each in sums_of(cells[Measure.SPENT]):
        missing = [place for place in each.parts if place in hidden]
        if each.total in shown:
            # the difference of the total and everything that is told: never a few people's
            rest = shown[each.total] - sum(shown[place] for place in each.parts if place in shown)
            behind = set().union(*(gave[place] for place in missing)) if missing else set()
            assert len(missing) != 1
            assert not missing or (len(behind) >= FEWEST and rest > 0)
    assert not solved(sums_of(cells[Measure.SPENT]), hidden)


@settings(max_examples=100, deadline=None)
@given(CLIENTS)
def test_nor_can_what_came_back_for_a_reason(
    clients: list[Given],
) -> None:
    """A number with a table of its own beside those that it shares with others."""
    facts = refund_history(clients)
    cells = cells_of(facts)
    hidden = hidden_places(cells)[SPECS[Measure.RETURNED_CENTS].block]
    numbers = cells.get(Measure.RETURNED_CENTS, {})
    gave: defaultdict[Place, set[object]] = defaultdict(set)
    for fact in facts:
        if fact.measure is Measure.RETURNED_CENTS:
            for place in _places_of(fact):
                gave[place].add(fact.who)
    reasons = [place for place in numbers if place[0] is Dimension.LEFTOVER]
    assert all(len(gave[place]) >= FEWEST for place in reasons if place not in hidden)
    missing = [place for place in reasons if place in hidden]
    if (Dimension.ALL, "") not in hidden and missing:
        assert len(missing) > 1
        assert len(set().union(*(gave[place] for place in missing))) >= FEWEST
    follows = solved(sums_of(numbers), [place for place in hidden if place in numbers])
    assert all(len(gave[place]) >= FEWEST for place in follows)


@settings(max_examples=100, deadline=None)
@given(CLIENTS)
def test_a_mean_tells_nothing_of_what_is_hidden(
    clients: list[Given],
) -> None:
    """Who has a sum and its mean has how many clients and months there were, and can subtract those too."""
    facts = [
        Fact(measure, fact.day, fact.who, fact.value, keys=fact.keys, per=(fact.who, fact.day))
        for fact in history(clients)
        if fact.measure is Measure.SPENT
        for measure in (Measure.SPENT, Measure.PER_MONTH, Measure.CLIENTS)
    ]
    cells = cells_of(facts)
    hidden = hidden_places(cells)[SPECS[Measure.PER_MONTH].block]
    assert SPECS[Measure.PER_MONTH].block == SPECS[Measure.SPENT].block
    for place, number in cells[Measure.PER_MONTH].items():
        pairs: set[Any] = {
            fact.per for fact in facts if fact.measure is Measure.SPENT and place in _places_of(fact)
        }
        assert number.value == int(cells[Measure.SPENT][place].value / len(pairs) + 0.5)
        if place not in hidden:
            assert len({who for who, _month in pairs}) >= FEWEST
    for each in sums_of(cells[Measure.PER_MONTH]):
        missing = [place for place in each.parts if place in hidden]
        if each.total not in hidden and missing:
            behind = {fact.who for fact in facts if set(missing) & _places_of(fact)}
            assert len(behind) >= FEWEST


def _places_of(fact: Fact) -> set[Place]:
    """Where a fact of a client counts."""
    return {
        (Dimension.ALL, ""),
        (Dimension.MONTH, fact.day.strftime("%Y-%m")),
        *((dimension, str(key)) for dimension, key in fact.keys.items()),
    }


@settings(max_examples=40, deadline=None)
@given(CLIENTS)
def test_no_two_told_numbers_differ_by_a_few_people(
    clients: list[Given],
) -> None:
    """A number and a part of it: whoever is in the one and not in the other is in a table beside it."""
    facts = history(clients)
    shown, _hidden = told(cells_of(facts))
    gave = who_gave(facts)
    whole = (Dimension.ALL, "")
    for dimension in SPECS[Measure.SPENT].by:
        own = [place for place in shown if place[0] is dimension]
        if whole not in shown or dimension is Dimension.MONTH:
            continue
        for size in (1, 2, 3):
            for some in combinations(own, size):
                rest = gave[whole] - set().union(*(gave[place] for place in some))
                assert not rest or len(rest) >= FEWEST


@settings(max_examples=40, deadline=None)
@given(CLIENTS)
def test_an_attackers_bounds_hold_the_truth_and_leave_room(
    clients: list[Given],
) -> None:
    cells = cells_of(history(clients))
    shown, hidden = told(cells)
    for place, (low, high) in bounds(sums_of(cells[Measure.SPENT]), shown, hidden).items():
        truth = cells[Measure.SPENT][place].value
        assert low <= truth
        assert high is None or truth <= high
        assert high is None or high > low


# --- what one number tells of another --------------------------------------------------------------------------------


def budget_history(clients: Iterable[Given]) -> list[Fact]:
    """What clients were given out of a budget in euros, or every third one in hours, and what the books say of it."""
    return [
        Fact(measure, fact.day, fact.who, value, keys=fact.keys)
        for fact in history(clients)
        if fact.measure is Measure.SPENT
        for measure, value in (
            (Measure.SPENT, fact.value),
            (Measure.CLIENTS, 1),
            *(
                ((Measure.USED_MINUTES, 60), (Measure.GRANTED_MINUTES, 90))
                if int(str(fact.who)) % 3 == 0
                else ((Measure.USED_CENTS, fact.value), (Measure.GRANTED_CENTS, fact.value + 500))
            ),
        )
    ]


def reckoned_of_few(clients: Iterable[Given]) -> list[tuple[str, Place]]:
    """The numbers of fewer than five that are told, or that follow: what was given is what euros were used for and what
    hours were, in each place.
    """
    facts = budget_history(clients)
    cells = cells_of(facts)
    hidden = hidden_places(cells)
    behind: dict[tuple[str, Place], set[object]] = defaultdict(set)
    for fact in facts:
        if fact.measure is Measure.SPENT:
            out_of = "minutes" if int(str(fact.who)) % 3 == 0 else "cents"
            for place in _places_of(fact):
                behind["spent", place].add(fact.who)
                behind[out_of, place].add(fact.who)
    sums = [
        Sum((block, each.total), tuple((block, part) for part in each.parts))
        for block in ("spent", "cents", "minutes")
        for each in sums_of(place for own, place in behind if own == block)
        if (block, each.total) in behind
    ]
    sums += [
        Sum(
            ("spent", place),
            tuple((block, place) for block in ("cents", "minutes") if (block, place) in behind),
        )
        for place in cells[Measure.SPENT]
    ]
    secret = [cell for cell in behind if cell[1] in hidden.get(cell[0], frozenset())]
    known = [*(cell for cell in behind if cell not in secret), *determined(sums, secret)]
    return [cell for cell in known if len(behind[cell]) < FEWEST]


@settings(max_examples=60, deadline=None)
@given(CLIENTS)
def test_what_was_given_and_what_was_used_give_nobody_away_together(
    clients: list[Given],
) -> None:
    assert reckoned_of_few(clients) == []


def test_what_follows_by_way_of_other_sums_is_hidden_too() -> None:
    """Of the five who were given hours one was in February as well. All of hours is hidden, but what was given less
    what euros were used for told it of January and of the whole; the difference is that one.
    """
    where = {Dimension.SERVICE: "day", Dimension.LANGUAGE: "fi", Dimension.GROUP: "old"}
    assert reckoned_of_few([(where, months, 1) for months in (1, 2, 3, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1)]) == []


def test_what_a_few_had_left_is_not_to_be_reckoned() -> None:
    """Ten were granted and eight used all of it: what is left of the budgets of two is granted less used."""
    facts = [
        Fact(measure, date(2026, 2, 3), number, value)
        for number in range(10)
        for measure, value in ((Measure.GRANTED_CENTS, 100), (Measure.USED_CENTS, 60 if number < 2 else 100))
    ]
    whole = (Dimension.ALL, "")
    assert whole in hidden_places(cells_of(facts))[SPECS[Measure.USED_CENTS].block]
    all_used = [fact for fact in facts if int(str(fact.who)) > 1]
    assert whole not in hidden_places(cells_of(all_used))[SPECS[Measure.USED_CENTS].block]


def test_few_worse_answers_to_a_question_hide_no_better_ones() -> None:
    """How many answered a question in all is told nowhere, so what is hidden of it follows from nothing."""
    facts = [
        Fact(Measure.WORSE if number < 2 else Measure.BETTER, date(2026, 2, 1), f"{item}{number}", keys=keys)
        for item in ("set:one", "set:two")
        for keys in ({Dimension.ITEM: item, Dimension.LANGUAGE: "fi", Dimension.GROUP: "old"},)
        for number in range(12)
    ]
    hidden = hidden_places(cells_of(facts))
    assert (Dimension.ITEM, "set:one") not in hidden[SPECS[Measure.BETTER].block]
    assert (Dimension.ITEM, "set:one") in hidden[SPECS[Measure.WORSE].block]
