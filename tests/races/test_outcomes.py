"""What counts as the same outcome."""

from __future__ import annotations

from collections import Counter

from tests.races.outcomes import in_reverse, in_turn, same_order


def test_hands_keep_what_they_do_in_either_order() -> None:
    done: list[str] = []

    def deed(name: str) -> str:
        done.append(name)
        return name

    deeds = [lambda: deed("first"), lambda: deed("second")]
    assert in_turn(list(deeds)) == ["first", "second"]
    assert in_reverse(list(deeds)) == ["first", "second"]
    assert done == ["first", "second", "second", "first"]


def test_the_order_of_rows_makes_no_difference_but_that_of_places_does() -> None:
    def outcome(state: object) -> tuple[object, ...]:
        return same_order(({"end#0": "done"}, state, Counter(), Counter()))

    assert outcome(([("a", 1), ("b", 2)], 3)) == outcome(([("b", 2), ("a", 1)], 3))
    assert outcome((1, 2)) != outcome((2, 1))
