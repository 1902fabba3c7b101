"""Extracts for research: how coarse they are, and what who compares several of them finds."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.reports.disclosure import FEWEST
from marketplace.reports.research.rules import (
    Given,
    Past,
    Traits,
    classes,
    coarsened,
    given_rows,
    told_beside,
)
from marketplace.reports.rules import Measure, Quarter

TRAITS = st.builds(
    Traits, st.sampled_from(["858", "186", "106"]), st.sampled_from(["old", "young"]), st.sampled_from(["fi", "sv"])
)  # fmt: skip


# --- how coarse it is ------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.lists(TRAITS, max_size=60))
def test_nobody_is_told_of_with_traits_that_few_share(people: list[Traits]) -> None:
    told = coarsened(dict(enumerate(people)))
    assert all(number >= FEWEST for number in Counter(told.values()).values())
    for who, own in told.items():
        before = people[who]
        for name in ("municipality", "group", "language"):
            assert getattr(own, name) in ("", getattr(before, name))


def test_the_place_goes_first_and_whoever_is_alone_is_left_out() -> None:
    people = {number: Traits("858", "old", "fi") for number in range(5)}
    people |= {10 + number: Traits(str(number), "young", "sv") for number in range(5)}
    people[99] = Traits("186", "other", "en")
    told = coarsened(people)
    assert told[0] == Traits("858", "old", "fi")
    assert told[10] == Traits("", "young", "sv")
    assert 99 not in told


def test_rows_of_services_told_together_are_one_and_rounded() -> None:
    quarter = Quarter(date(2026, 1, 1))
    rows = [
        Given("p1", quarter, service, {Measure.SPENT: cents, Measure.USED_MINUTES: minutes})
        for service, cents, minutes in (("", 4_00, 20), ("", 7_00, 25), ("transport", 44_00, 0))
    ]
    assert given_rows(rows) == [
        Given("p1", quarter, "", {Measure.SPENT: 10_00, Measure.USED_MINUTES: 60}),
        Given("p1", quarter, "transport", {Measure.SPENT: 40_00, Measure.USED_MINUTES: 0}),
    ]


# --- who compares several --------------------------------------------------------------------------------------------

CROWD = st.lists(TRAITS, min_size=20, max_size=60)
CHANGES = st.lists(st.sets(st.integers(0, 59), max_size=8), min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(CROWD, CHANGES)
def test_who_has_all_extracts_finds_nobody_among_few(crowd: list[Traits], changes: list[set[int]]) -> None:
    """The recipient knows which rows are one person's, from what they tell, and who agreed when."""
    agreeing_now, past, told_in = set(range(len(crowd) - 5)), dict[int, Past](), list[dict[int, Traits]]()
    for changed in [set[int](), *changes]:
        agreeing_now ^= changed & set(range(len(crowd)))
        gone = Counter(before for who, before in past.items() if who not in agreeing_now)
        told = told_beside({who: crowd[who] for who in sorted(agreeing_now)}, past, gone, str)
        parts = classes(told, past)
        if told:  # otherwise no extract is given
            past = {who: (*past.get(who, (0,) * len(told_in)), parts.get(who, 0)) for who in {*past, *told}}
            told_in.append(told)
        assert set(told) <= agreeing_now
    seen = Counter(tuple(told.get(who) for told in told_in) for who in range(len(crowd)))
    del seen[(None,) * len(told_in)]
    assert all(number >= FEWEST for number in seen.values())


def test_who_alone_has_come_or_gone_is_in_no_difference() -> None:
    twelve = {number: Traits("858", "old", "fi") for number in range(12)}
    before = dict.fromkeys(range(12), (1,))
    came = told_beside(twelve | {12: Traits("858", "old", "fi")}, before, {}, str)
    assert set(came) == set(range(12)), "who has come alone waits for four more"
    went = told_beside({who: own for who, own in twelve.items() if who}, before, {(1,): 1}, str)
    assert len(went) == 12 - FEWEST, "who has gone alone is one of five who are left out"
    assert told_beside(twelve, before, {}, str) == twelve
