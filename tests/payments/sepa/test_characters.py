"""What banks take: å, ä and ö are kept, other letters become the nearest ones, and the payer can see it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.rails.sepa.characters import IDENTIFIER, bank_text


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Hämeen Hoiva & Apu Oy", "Hämeen Hoiva + Apu Oy"),
        ("Åbo Omsorg Ab", "Åbo Omsorg Ab"),
        ("Crème Brûlée", "Creme Brulee"),
        ("Šimkus Žygis", "Simkus Zygis"),
        ("Søren Ærø", "Soren AEro"),
        ("Straße 5", "Strasse 5"),
        ("“Koti” – hoiva", "'Koti' - hoiva"),
        ("a@b.fi", "a.b.fi"),
        ("  monta \t\n välilyöntiä ", "monta välilyöntiä"),
        ("A\u0308iti", "Äiti"),
        ("Иван", "...."),
        ("Ⅻ", "XII"),
        ("", ""),
    ],
)
def test_letters_become_the_nearest_that_banks_take(written: str, sent: str) -> None:
    assert bank_text(written, 70).text == sent


def test_only_what_is_different_counts_as_changed() -> None:
    assert not bank_text("Äiti ja Åke Oy", 70).changed
    assert bank_text("Ääni & Co", 70).changed
    assert bank_text("x" * 71, 70).changed


@given(st.text(max_size=200), st.integers(1, 140))
def test_whatever_is_written_a_bank_can_take_it(written: str, longest: int) -> None:
    sent = bank_text(written, longest).text
    assert re.fullmatch(r"[A-Za-z0-9ÅÄÖåäö/\-?:().,'+ ]*", sent)
    assert len(sent) <= longest
    assert bank_text(sent, longest).text == sent


@pytest.mark.parametrize("name", ["", "/x", "x/", "a//b", "ä", "x" * 36, "a\n"])
def test_names_of_messages_hold_fewer_signs(name: str) -> None:
    assert IDENTIFIER.fullmatch(name) is None
