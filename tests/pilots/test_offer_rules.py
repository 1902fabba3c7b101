"""How offers change in a pilot: what waits for the office, windows of prices, ceilings that change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from marketplace.money import Money
from marketplace.pilots.content import DEFINITIONS, definition_files
from marketplace.pilots.definition import OfferRules, PilotDefinition, PriceBand
from marketplace.pilots.loading import read_definition

BAND = {"band": "day", "unit": "day", "ceiling": "75", "later": [{"from": "2027-01-01", "ceiling": "77,50"}]}


def test_without_a_word_price_area_group_and_text_wait() -> None:
    for path in definition_files(shipped=True):
        rules = read_definition(path).offers
        assert rules.approval_needed == ("price", "area", "groups", "text")
        assert rules.first == "at_once"


@pytest.mark.parametrize(
    ("windows", "day", "may"),
    [
        ([], date(2026, 5, 5), True),
        ([{"from": "01-01", "to": "01-31"}], date(2027, 1, 31), True),
        ([{"from": "01-01", "to": "01-31"}], date(2027, 2, 1), False),
        ([{"from": "12-20", "to": "01-10"}], date(2026, 12, 31), True),
        ([{"from": "12-20", "to": "01-10"}], date(2027, 1, 10), True),
        ([{"from": "12-20", "to": "01-10"}], date(2027, 1, 11), False),
        ([{"from": "02-29", "to": "03-01"}], date(2027, 2, 28), False),
    ],
)
def test_new_prices_begin_in_the_pilots_windows(windows: list[dict[str, str]], day: date, may: bool) -> None:
    assert OfferRules.model_validate({"price_windows": windows}).price_may_begin(day) is may


@pytest.mark.parametrize(
    "wrong", [{"from": "13-01", "to": "01-31"}, {"from": "1.1.", "to": "01-31"}, {"from": "01-01"}]
)
def test_a_window_that_is_no_window_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OfferRules.model_validate({"price_windows": [wrong]})


def test_a_kind_of_change_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError):
        OfferRules.model_validate({"approval_needed": ["colour"]})


def test_the_ceiling_is_that_of_the_day() -> None:
    band = PriceBand.model_validate(BAND)
    assert band.on(date(2026, 12, 31)).ceiling == Money(75_00)
    assert band.on(date(2027, 1, 1)).ceiling == Money(77_50)


def test_the_rules_are_read_from_the_file_and_kept(tmp_path: Path) -> None:
    text = (DEFINITIONS / "keusote-2022.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "application_period:",
        "offers: {approval_needed: [price], first: approve, price_windows: [{from: 01-01, to: 01-31}]}\n"
        "application_period:",
        1,
    )
    (tmp_path / "common").symlink_to(DEFINITIONS / "common")
    path = tmp_path / "keusote-2022.yaml"
    path.write_text(text, encoding="utf-8")
    definition = read_definition(path)
    assert (definition.offers.approval_needed, definition.offers.first) == (("price",), "approve")
    again = PilotDefinition.model_validate(definition.document())
    assert again.offers == definition.offers
