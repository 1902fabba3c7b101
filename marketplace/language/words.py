"""Words as they are typed: tokens, folding and the words that carry no meaning in a search.

Nothing here knows a grammar; `finnish` and `swedish` do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from marketplace.i18n import LANGUAGES
from marketplace.language.tables import language_table

MAX_WORD: Final = 40
"""Letters of a word that are analysed: an ambiguous compound doubles the readings with every part."""

MAX_QUERY: Final = 300
"""Characters of a query that are read; the rest cannot make the result better."""

MAX_QUERY_WORDS: Final = 12

_WORD = re.compile(r"[^\W_]+(?:[-'’:.][^\W_]+)*")
_HYPHENS = str.maketrans({"‐": "-", "‑": "-", "–": "-", "’": "'", "\u00ad": None})


def fold(text: str) -> str:
    """Lower case in composed form: how every word is compared. Control characters and line ends become spaces."""
    composed = unicodedata.normalize("NFC", text).translate(_HYPHENS).casefold()
    if composed.isprintable():
        return composed
    return "".join(letter if letter.isprintable() else " " for letter in composed)


def words(text: str) -> Iterator[str]:
    """The words of a text in order, folded and cut to `MAX_WORD` letters.

    A word with a hyphen, a colon or an inner full stop comes whole (`hb-avustaja`, `sote:n`, `keusote.fi`).
    """
    for match in _WORD.finditer(fold(text)):
        yield match.group()[:MAX_WORD]


def pieces(word: str) -> list[str]:
    """What a joined word consists of: `hb-avustaja` → hb, avustaja; a case ending after a colon is left out."""
    head = word.split(":", 1)[0]
    return [piece for piece in re.split(r"[-'.]", head) if piece]


def stop_words(language: str) -> frozenset[str]:
    """The words of a language that say nothing in a search."""
    return language_table(language).stop_words


@cache
def all_stop_words() -> frozenset[str]:
    """The words that say nothing in either language."""
    return frozenset().union(*map(stop_words, LANGUAGES))
