"""Extracts beside reports: somebody who has both takes one away from the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.reports.disclosure import FEWEST, determined
from marketplace.reports.hiding import hidden_places, sums_of
from marketplace.reports.research.beside import BY_TRAIT, Reported, chosen
from marketplace.reports.research.rules import Traits, coarsened
from marketplace.reports.rules import SPECS, Dimension, Fact, Measure, Place, cells_of

DAY = date(2026, 1, 1)
HOME = Traits("858", "old", "fi")


def facts_of(people: Mapping[str, Traits], given: Mapping[str, Mapping[str, int]]) -> list[Fact]:
    """What the reports count: of each person and service the price."""
    return [
        Fact(measure, DAY, who, value if measure is Measure.SPENT else 1, keys=keys(people[who], service))
        for who, services in given.items()
        for service, value in services.items()
        for measure in (Measure.CLIENTS, Measure.SPENT)
    ]


def keys(own: Traits, service: str) -> dict[Dimension, str]:
    """Where the reports count what a person was given."""
    return {Dimension.SERVICE: service} | {dimension: of(own) for dimension, of in BY_TRAIT.items()}


def reported(facts: list[Fact], earlier: Collection[str] = ()) -> Reported:
    """The quarter as the reports tell it."""
    cells = cells_of(facts)
    hidden = hidden_places(cells)
    told: defaultdict[str, set[Place]] = defaultdict(set)
    for measure, numbers in cells.items():
        block = SPECS[measure].block
        told[block] |= set(numbers) - hidden[block]
    return Reported(facts, told, frozenset(earlier))


def some(prefix: str, number: int, own: Traits = HOME) -> dict[str, Traits]:
    """People who are alike."""
    return {f"{prefix}{place}": own for place in range(number)}


def each(people: Iterable[str], service: str = "transport") -> dict[str, dict[str, int]]:
    """Everybody was given the same."""
    return {who: {service: 100_00} for who in people}


def test_those_who_are_not_in_it_are_five_or_none() -> None:
    people, others = some("p", 9), some("o", 3)
    facts = facts_of(people | others, each(people | others))
    found = chosen(people, reported(facts), str)
    assert len(found.people) == 7, "the reports tell of twelve"
    everybody = chosen(people, reported(facts_of(people, each(people))), str)
    assert everybody.people == set(people)
    many = people | some("o", FEWEST)
    assert chosen(people, reported(facts_of(many, each(many))), str).people == set(people)


def test_what_is_hidden_is_not_undone_by_its_company() -> None:
    """Three of one place are hidden, and with them the eight of another; those eight agree to be told of."""
    alone, company, rest = (
        some("a", 3, Traits("1", "old", "fi")),
        some("c", 8, Traits("2", "old", "fi")),
        some("r", 40, Traits("3", "old", "fi")),
    )
    everybody = alone | company | rest
    facts = facts_of(everybody, each(everybody))
    quarter = reported(facts)
    assert (Dimension.MUNICIPALITY, "2") not in quarter.told["spent"]
    found = chosen(company, quarter, str)
    assert len(set(company) - found.people) >= 2, "three and two are five"


def test_a_quarter_tells_of_no_class_and_no_service_that_few_have() -> None:
    people, swedish = some("p", 10), some("s", 6, Traits("858", "old", "sv"))
    given = each(people) | each(list(swedish)[:4]) | {"p0": {"transport": 100_00, "escort": 50_00}}
    found = chosen(people | swedish, reported(facts_of(people | swedish, given)), str)
    assert not found.people & set(swedish), "four of six who are alike"
    assert found.people <= set(people) - {"p0"}, "what one has been given besides is not told"
    five = each(people) | {f"p{place}": {"escort": 100_00, "transport": 1} for place in range(FEWEST)}
    assert chosen(people, reported(facts_of(people, five)), str).rare == frozenset()


def test_rows_that_earlier_extracts_told_are_known() -> None:
    people = some("p", 20)
    facts = facts_of(people, each(people))
    earlier = set(list(people)[:12])
    now = {who: own for who, own in people.items() if who not in earlier and who != "p19"}
    found = chosen(now, reported(facts, earlier), str)
    assert found.people == frozenset(), "seven would leave one, and three are few"


# --- who takes away --------------------------------------------------------------------------------------------------

TRAITS = st.builds(
    Traits,
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["old", "young"]),
    st.sampled_from(["fi", "sv"]),
)
PEOPLE = st.lists(
    st.tuples(
        TRAITS,
        st.dictionaries(
            st.sampled_from(["transport", "escort", "day_activity"]),
            st.integers(50_00, 150_00),
            max_size=2,
        ),
        st.sampled_from([True, True, True, False]),
    ),
    min_size=10,
    max_size=60,
)


@settings(max_examples=120, deadline=None)
@given(PEOPLE)
def test_who_has_both_finds_nobody_among_few(
    crowd: list[tuple[Traits, dict[str, int], bool]],
) -> None:
    people = {f"p{place}": own for place, (own, _given, _agrees) in enumerate(crowd)}
    told_of = coarsened({f"p{place}": own for place, (own, _given, agrees) in enumerate(crowd) if agrees})
    facts = facts_of(people, {f"p{place}": services for place, (_own, services, _) in enumerate(crowd)})
    quarter = reported(facts)
    found = chosen(told_of, quarter, str)

    alike = Counter(told_of[who] for who in found.people)
    assert all(number >= FEWEST for number in alike.values())
    left: defaultdict[Place, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.who not in found.people:
            left[Dimension.ALL, ""].add(str(fact.who))
            for dimension, key in fact.keys.items():
                left[dimension, str(key)].add(str(fact.who))
    told = quarter.told["spent"]
    for place, who in left.items():
        assert place not in told or len(who) >= FEWEST, f"{place} less the extract is {len(who)} people"
    sums = sums_of(left)
    for place in determined(sums, [place for place in left if place not in told]):
        assert len(left[place]) >= FEWEST, f"{place} follows, and is {len(left[place])} people"
