"""Which words of a decision a correction reaches: whole ones, in what is told and not in what is decided."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.decisions.wording import correction_fault, places

CONTENT: dict[str, Any] = {
    "facts": [["Numero", "KEUSOTE-2026/12"], ["Päivä", "12.5.2026"], ["Saapui", "12.4.2026"]],
    "intro": "Hakemus saapui 12.4.2026, ja siinä oli 12 liitettä. Hinta on 12,50 euroa.",
    "lines": [{"service": "Kuljetus", "outcome": "Hyväksytään", "grounds": "Autoja on 12."}],
}


def test_a_number_is_not_corrected_inside_another() -> None:
    found = places(CONTENT, "12", "13")
    assert [each.after for each in found] == [
        "Hakemus saapui 12.4.2026, ja siinä oli 13 liitettä. Hinta on 12,50 euroa.",
        "Autoja on 13.",
    ]


@pytest.mark.parametrize("part", ["4.2026", "12.4", "2026", "50", "12,5"])
def test_a_part_of_a_day_or_an_amount_is_no_word(part: str) -> None:
    assert correction_fault(CONTENT, part, "7") == ("wrong", "not_there")


@pytest.mark.parametrize(("words", "count"), [("12.4.2026", 2), ("12,50 euroa", 1), ("Hakemus", 1)])
def test_whole_days_amounts_and_words_are_found(words: str, count: int) -> None:
    assert len(places(CONTENT, words, "7")) == count


@pytest.mark.parametrize("words", ["Kuljetus", "Hyväksytään", "12.5.2026", "KEUSOTE-2026/12"])
def test_what_was_decided_is_not_corrected(words: str) -> None:
    assert correction_fault(CONTENT, words, "muu") == ("wrong", "binding")
