"""What a person typed, pasted or had in a file, as text that is stored, compared and printed in one form.

Letters are composed (NFC, Unicode Standard Annex 15), white space of every kind becomes a plain space and is never
dropped, and what nobody can see or print is taken out: control characters, byte order marks, directional overrides,
and joiners, marks of direction and variation selectors where they change nothing. So two names that look the same are
the same, as far as one alphabet goes (`mixes_alphabets`), and a name of which nothing can be seen is none.
Word writes its bullets in a private-use area that only its own fonts know; they become the signs they look like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_SYMBOL_FONT: Final = {
    0xF02D: "–",
    0xF06C: "●",
    0xF06E: "■",
    0xF06F: "□",
    0xF071: "□",
    0xF075: "◆",
    0xF076: "❖",
    0xF0A7: "▪",
    0xF0A8: "□",
    0xF0B7: "•",
    0xF0B0: "°",
    0xF0D8: "➢",
    0xF0DE: "⇒",
    0xF0E0: "→",
    0xF0E8: "➔",
    0xF0FB: "✗",
    0xF0FC: "✓",
    0xF0FE: "☑",
}
"""What Word's bullets in Symbol and Wingdings look like: their codes are 0xF000 and the place in the font."""

_MOST_DIGITS: Final = 9
"""More than any count, revision or row number of the portal needs; Python itself refuses thousands of digits."""

BOX: Final = "□"
"""Stands for a sign that nothing here knows, so that the reader sees that something stood there."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""What Persian, the scripts of India and joined emoji need between letters; after a Latin letter it shows nothing."""

_DIRECTIONS: Final = frozenset("\u200e\u200f")
"""Marks of direction, of use in a text that has letters from right to left."""

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs by their category, of which nothing is seen: fillers, the empty cell of Braille."""

_GRAPHEME_JOINER: Final = "\u034f"
_KEYCAP: Final = "\u20e3"
_BEYOND_EUROPE: Final = 0x0590
"""Below are the letters of Latin, Greek, Cyrillic and Armenian, none of which is ever joined."""

_SYMBOLS: Final = 0x2190
_MOST_MARKS: Final = 4
"""Marks on one letter: Hebrew with its accents has so many. More are piled up to cover the lines around."""

_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK")
"""Those with letters that look alike."""

_LINE_ENDS: Final = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
_NO_BREAK: Final = "\u00a0\u202f"
_WORDS: Final = re.compile(r"[^\W\d_]+")
_ORDINARY: Final = re.compile(r"[\n -~¡-¬®-ˇ]*")
"""Text in composed letters of this part of Europe and plain blanks: most of what is ever read, and clean as it is."""


def one_line(text: str) -> str:
    """A name, an address, a number: everything on one line, one plain space between words, none around them."""
    return " ".join(_cleaned(text, breaks=" ").split())


def prose(text: str) -> str:
    """A text of several lines: their breaks are kept as line feeds, no blanks stand at their ends or around the whole.

    No-break spaces are kept here, because in a sentence somebody meant them.
    """
    cleaned = _cleaned(text, breaks="\n", keep=_NO_BREAK)
    return "\n".join(line.rstrip() for line in cleaned.split("\n")).strip()


def sentence(text: str) -> str:
    """A text that another sentence may follow: it ends in a full stop unless it ends in a sign of its own."""
    return text if not text or text[-1] in ".!?…:" else f"{text}."


def whole_number(text: str | None) -> int | None:
    """The number that digits give, at most nine of them; None for anything else, and for nothing."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None


def _cleaned(text: str, *, breaks: str, keep: str = "") -> str:
    if _ORDINARY.fullmatch(text):
        return text
    broken = _LINE_ENDS.sub(breaks, unicodedata.normalize("NFC", text))
    signs = "".join(each if each == "\n" or each in keep else _sign(each) for each in broken)
    return "".join(_standing(unicodedata.normalize("NFC", _without_idle_formats(signs))))


def _without_idle_formats(text: str) -> str:
    """The text without joiners, marks of direction and variation selectors that do nothing where they stand."""
    turns = any(
        unicodedata.bidirectional(each) in _RIGHT_TO_LEFT and each not in _DIRECTIONS for each in text
    )
    kept: list[str] = []
    base = " "
    """The last sign that is no mark on another."""
    for place, each in enumerate(text):
        if each in _DIRECTIONS:
            works = turns
        elif each in _JOINERS:
            works = _joins(base) and kept[-1] not in _JOINERS
        elif _is_selector(each):
            works = _varies(base) or text[place + 1 : place + 2] == _KEYCAP
        else:
            works = each != _GRAPHEME_JOINER
            if not unicodedata.category(each).startswith("M"):
                base = each
        if works:
            kept.append(each)
    return "".join(kept)


def _joins(base: str) -> bool:
    """Whether a joiner after the sign can be seen."""
    return ord(base) >= _BEYOND_EUROPE and (ord(base) >= _SYMBOLS or not _is_european(base))


def _is_european(sign: str) -> bool:
    return not sign.isalpha() or unicodedata.name(sign, "").startswith(_ALPHABETS)


def _is_selector(sign: str) -> bool:
    return (
        "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef" or "\u180b" <= sign <= "\u180d"
    )


def _varies(base: str) -> bool:
    """Whether a sign has more forms than one among which a selector chooses: emoji, Chinese and Mongolian have."""
    return not base.isspace() and not base.isascii() and not (base.isalpha() and _is_european(base))


def _standing(text: str) -> Iterator[str]:
    """The signs, without marks that stand on nothing, and without those that are piled up on one letter."""
    room = 0
    for each in text:
        if unicodedata.category(each).startswith("M"):
            if room > 0:
                yield each
            room -= 1
        else:
            room = 0 if each.isspace() else _MOST_MARKS
            yield each


def mixes_alphabets(text: str) -> bool:
    """Whether a word of the text has letters of two alphabets that look alike, as a Cyrillic а among Latin letters."""
    for word in _WORDS.findall(text):
        found = {
            head for each in word if (head := unicodedata.name(each, "").partition(" ")[0]) in _ALPHABETS
        }
        if len(found) > 1:
            return True
    return False


def _sign(each: str) -> str:
    """What one character becomes: itself, a space, the sign it looks like, or nothing."""
    kind = unicodedata.category(each)
    if each.isspace() or each in _BLANK_LETTERS:
        return " "
    if kind == "Co":
        return _SYMBOL_FONT.get(ord(each), BOX)
    invisible = kind in ("Cc", "Cs") or (kind == "Cf" and each not in _JOINERS | _DIRECTIONS)
    nothing = kind == "Cn" and ord(each) & 0xFFFE == 0xFFFE
    return "" if invisible or nothing else each
