"""Rules of comparing: which offers are asked for, and which rows differ."""

from __future__ import annotations

import pytest

from marketplace.search.offer_comparison.rules import differs, read_ids


def test_each_offer_is_read_once_and_what_is_no_number_is_left_out() -> None:
    assert read_ids(["7", "x", "7", "", "٣", "12", "-1", "1" * 40]) == [7, 12]


@pytest.mark.parametrize(
    ("cells", "different"), [(["a", "a"], False), (["a", "b"], True), (["a"], False), ([], False)]
)
def test_a_row_differs_when_its_cells_are_not_all_the_same(cells: list[str], different: bool) -> None:
    assert differs(cells) is different
