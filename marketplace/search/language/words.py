"""Words as they are typed: tokens, folding and the words that carry no meaning in a search.

Nothing here knows a grammar; `finnish` and `swedish` do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

MAX_WORD: Final = 40
"""Letters of a word that are analysed: an ambiguous compound doubles the readings with every part."""

MAX_QUERY: Final = 300
"""Characters of a query that are read; the rest cannot make the result better."""

MAX_QUERY_WORDS: Final = 12

_WORD = re.compile(r"[^\W_]+(?:[-'’:.][^\W_]+)*")
_HYPHENS = str.maketrans({"‐": "-", "‑": "-", "–": "-", "’": "'", "\u00ad": None})

_FINNISH = """ja tai sekä on ei en et oli ovat olla mikä mitä missä mistä minne kuka joka jotka jossa että kun niin
myös me te he minä sinä hän se ne tämä nämä nuo minun sinun hänen meidän teidän minulle sinulle meille teille kuin vai
eli mutta kanssa varten haluan haluaisin tarvitsen etsin saako saada sopiva lähellä minua minut minulla sinut sinua
sinulla voi voin voiko voinko saan saisin joku jonka jolta olen olemme olisi miten milloin paljonko löytyy löytyykö
haen etsimme lähelläni"""

_SWEDISH = """och eller samt är inte var vara som att i på av för till med om den det de en ett vi ni jag du han hon min
din er vår mitt ditt vem vad vilken när hur från hos åt vid men så än också vill söker behöver skulle nära finns mig
dig oss er sig någon något några kan kunna får få ska skall har ha man mina dina våra henne honom"""

STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    "fi": frozenset(_FINNISH.split()),
    "sv": frozenset(_SWEDISH.split()),
}


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
