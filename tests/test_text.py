"""What a person writes is stored in one form, and nothing that can be read is lost on the way."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.text import BOX, mixes_alphabets, one_line, prose, whole_number


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
        (
            "1\ufe0f\u20e3 ❤\ufe0f\u200d🔥 漢\U000e0100 क्\u200dष",
            "1\ufe0f\u20e3 ❤\ufe0f\u200d🔥 漢\U000e0100 क्\u200dष",
        ),
        ("אב \u200f 100 €", "אב \u200f 100 €"),
    ],
)
def test_one_line_keeps_every_word_and_drops_what_nobody_sees(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "Ho\u200civa Oy",
        "Hoiva\u200d Oy",
        "\u200eHoiva\u200f Oy",
        "Hoiva\ufe0f Oy",
        "Ho\u034fiva\u3164Oy",
        "Hoiva \u0301Oy",
    ],
)
def test_what_changes_nothing_that_is_seen_makes_no_second_name(typed: str) -> None:
    assert one_line(typed) == "Hoiva Oy"


@pytest.mark.parametrize(
    "typed", ["\u200d", "\u3164", "\u2800", "\u200e\u200f", "\u115f\u1160", "\ufe0f", "\u034f", "\u0301" * 40]
)
def test_of_what_nothing_is_seen_nothing_is_kept(typed: str) -> None:
    assert one_line(typed) == prose(typed) == ""


def test_marks_are_not_piled_up_over_the_lines_around() -> None:
    assert one_line("A" + "\u0335" * 100 + "b") == "A" + "\u0335" * 4 + "b"
    hebrew = unicodedata.normalize("NFC", "\u05e9\u05c2\u05b8\u0594\u05bd")
    assert one_line(hebrew) == hebrew, "a letter with its accents"


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("H\u043eiva Oy", True),
        ("\u03a1alvelu", True),
        ("Hoiva Oy", False),
        ("Вася Oy", False),
        ("α-tokoferoli 5 µg", False),
        ("Päivä Žižek", False),
    ],
)
def test_a_word_of_two_alphabets_is_found(text: str, mixed: bool) -> None:
    assert mixes_alphabets(text) is mixed


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


_BLANK = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


@given(st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters=_BLANK), min_size=1))
def test_letters_and_signs_are_never_dropped(text: str) -> None:
    assert one_line(text).replace(" ", "") == unicodedata.normalize("NFC", text).replace(" ", "")
