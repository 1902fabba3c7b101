"""What a person typed, pasted or had in a file, as text that is stored, compared and printed in one form.

Letters are composed (NFC, Unicode Standard Annex 15), white space of every kind becomes a plain space and is never
dropped, and what nobody can see or print is taken out: control characters, byte order marks, directional overrides.
Word writes its bullets in a private-use area that only its own fonts know; they become the signs they look like.
"""

from __future__ import annotations

import re
import unicodedata
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

_KEPT_FORMATS: Final = frozenset("\u200c\u200d\u200e\u200f")
"""Joiners and marks of direction that Persian, Arabic and joined emoji need."""

_LINE_ENDS: Final = re.compile(r"\r\n?|[\n\v\f\x85\u2028\u2029]")
_NO_BREAK: Final = "\u00a0\u202f"
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
    return "".join(each if each == "\n" or each in keep else _sign(each) for each in broken)


def _sign(each: str) -> str:
    """What one character becomes: itself, a space, the sign it looks like, or nothing."""
    kind = unicodedata.category(each)
    if each.isspace():
        return " "
    if kind == "Co":
        return _SYMBOL_FONT.get(ord(each), BOX)
    invisible = kind in ("Cc", "Cs") or (kind == "Cf" and each not in _KEPT_FORMATS)
    nothing = kind == "Cn" and ord(each) & 0xFFFE == 0xFFFE
    return "" if invisible or nothing else each
