"""Two people, numbers and days: the rules that every formal decision keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from marketplace.decisions import rules

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("person", "proposers", "may"),
    [(1, [2, 3], True), (1, [1, 2], False), (1, [None], False), (1, [], False), (None, [2], False)],
)
def test_nobody_decides_what_they_proposed_or_nobody_did(
    person: int | None, proposers: Sequence[int | None], may: bool
) -> None:
    assert rules.may_decide(person, proposers) is may


def test_each_series_of_an_organisation_and_year_has_numbers_of_its_own() -> None:
    assert rules.number_prefix("keusote", 2026) == "KEUSOTE-2026/"
    assert rules.number_prefix("keusote", 2026, rules.MEASURES) == "KEUSOTE-2026/S"


def test_corrections_are_numbered_after_their_decision() -> None:
    assert [rules.correction_number("KEUSOTE-2026/12", made) for made in (0, 1)] == [
        "KEUSOTE-2026/12-1",
        "KEUSOTE-2026/12-2",
    ]


def test_the_due_date_itself_still_counts() -> None:
    assert not rules.is_missed(TODAY, TODAY)
    assert rules.is_missed(date(2026, 11, 21), TODAY)
