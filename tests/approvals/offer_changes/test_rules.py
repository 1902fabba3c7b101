"""How much a price changes, and what may be approved with others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.approvals.offer_changes.prices import PriceChange
from marketplace.approvals.offer_changes.rules import may_go_with_others, percent_change
from marketplace.money import Money


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (Money(34_00), Money(35_10), Decimal("3.2")),
        (Money(40_00), Money(38_00), Decimal("-5.0")),
        (Money(30_00), Money(30_00), Decimal("0.0")),
        (Money(0), Money(30_00), None),
        (None, Money(30_00), None),
        (Money(30_00), None, None),
    ],
)
def test_a_price_changes_by_percent(
    before: Money | None, after: Money | None, percent: Decimal | None
) -> None:
    assert percent_change(before, after) == percent


@pytest.mark.parametrize(
    ("fields", "percents", "may"),
    [
        ({"valid_from", "prices"}, [Decimal("3.2"), Decimal(-10)], True),
        ({"prices"}, [Decimal("10.1")], False),
        ({"prices"}, [None], False),
        ({"place", "languages"}, [], True),
        ({"prices", "municipalities"}, [Decimal(1)], False),
        ({"vat_code"}, [], False),
    ],
)
def test_small_changes_of_prices_go_with_others(
    fields: set[str], percents: list[Decimal | None], may: bool
) -> None:
    assert may_go_with_others(fields, percents) is may


@pytest.mark.parametrize(
    ("before", "after", "words"), [(34_00, 35_10, "+3,2\xa0%"), (40_00, 38_00, "−5\xa0%"), (0, 5, "")]
)
def test_a_change_is_written_with_its_sign(before: int, after: int, words: str) -> None:
    assert PriceChange("Päivä", "day", Money(before), Money(after), None).percent_words == words
