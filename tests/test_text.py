"""What a person writes is stored in one form, and nothing that can be read is lost on the way."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.text import BOX, one_line, prose, whole_number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Aleksanterinkatu\u00a012\u00a0A", "Aleksanterinkatu 12 A"),
        ("Anna\tMaria\u202fEk", "Anna Maria Ek"),
        ("Hoiva\u2028Oy", "Hoiva Oy"),
        ("Hoiva\r\nOy\u0085Ab\vx\fy", "Hoiva Oy Ab x y"),
        ("  A\u2009 \u3000B ", "A B"),
        ("Pa\u0308iva\u0308", "Päivä"),
        ("\ufeffA\u200bB\u00adC\x00D\x1bE\u202eF\ufffe", "ABCDEF"),
        ("\uf0b7 ehto \uf0fc \uf123", f"• ehto ✓ {BOX}"),
        ("ab\ud800", "ab"),
        ("می\u200cخواهم 👩\u200d🔧", "می\u200cخواهم 👩\u200d🔧"),
    ],
)
def test_one_line_keeps_every_word_and_drops_what_nobody_sees(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a \t\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\n\n eka\n\ntoka \n", "eka\n\ntoka"),
        ("25,5\u00a0% ja\u202f€", "25,5\u00a0% ja\u202f€"),
        ("ehdot:\n\uf0b7 vakuutus", "ehdot:\n• vakuutus"),
        ("\ufeffa\x00", "a"),
    ],
)
def test_prose_keeps_its_lines_and_no_break_spaces(typed: str, kept: str) -> None:
    assert prose(typed) == kept


@pytest.mark.parametrize(
    ("typed", "number"),
    [(" 12 ", 12), ("0", 0), ("999999999", 999_999_999), ("9" * 5000, None), ("1" * 10, None), ("½", None),
     ("٣", None), ("-1", None), ("", None), (None, None)],
)  # fmt: skip
def test_digits_give_a_number_that_can_be_one(typed: str | None, number: int | None) -> None:
    assert whole_number(typed) == number


@given(st.text())
def test_what_is_regular_stays_as_it_is(text: str) -> None:
    for made in (one_line, prose):
        assert made(made(text)) == made(text)
        assert unicodedata.is_normalized("NFC", made(text))


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1))
def test_letters_and_signs_are_never_dropped(text: str) -> None:
    assert one_line(text).replace(" ", "") == unicodedata.normalize("NFC", text).replace(" ", "")
