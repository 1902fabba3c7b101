"""In which of the two languages a text is written, told by its most common words and endings.

It is asked of a few sentences that somebody writes to a party, so that a wrong language is noticed before they go. It
says nothing rather than something wrong: names, single words and other languages have no answer.
"""

from __future__ import annotations

import re
from typing import Final

ENOUGH: Final = 3
"""So many words must speak for a language, and three times as many as for the other."""

_WORD: Final = re.compile(r"[^\W\d_]+")


def _listed(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_FINNISH: Final = _listed(
    "ja tai sekä on ei eivät ole ovat oli olivat olla että kun jos niin myös jotta koska mutta vai eli kuin joka",
    "jotka jonka jossa josta johon jolla mikä mitä se sen sitä ne niiden hän heidän tämä tämän nämä kanssa mukaan",
    "vuoksi lisäksi ennen jälkeen kuitenkin enää vielä voi voivat pitää tulee ollut olleet sille siitä siihen siinä",
)
_SWEDISH: Final = _listed(
    "och att det som är har hade inte för på med till av den de ett en om från vid kan ska skall måste men eller",
    "när så också samt utan enligt under efter före sedan där här vi du ni han hon sin sitt sina detta denna dessa",
    "vilka vilken vilket varför eftersom innan enbart blir blev bli var finns någon något några ingen inget inga",
    "era ert er hos mellan",
)
_OTHER: Final = _listed("the of is and has have was with not by it be this that are a an on as")

_FINNISH_WORD: Final = re.compile(
    r"\w{2,}(?:ss[aä]|st[aä]|ll[aä]|lt[aä]|lle|ksi|tt[aä]|nut|nyt|neet|t[aä]än|taan|daan|dään|mme|tte|ns[aä]|inen|iset|"
    r"isen|v[aä]t|jen|den|iin|een|oon|uun|yyn|ään|aan|mist[aä]|minen|uus|yys|tai)"
    r"|\w*(?:aa|ää|yy|uu|ii|uo|yö|kk[aeiouyäö])\w*"
)
_SWEDISH_WORD: Final = re.compile(
    r"\w{2,}(?:ning|ningen|ningar|het|heten|heter|tion|tionen|tioner|ande|ende|arna|erna|orna|ade|ades|ats|aste|lig|"
    r"ligt|liga|skt?|ska|are|aren|else|elsen|ad|ör|itet|iteten)"
    r"|\w*å\w*|(?=\w{5})\w*[bcfxz]\w*"
)


def language_of_text(text: str) -> str | None:
    """`fi` or `sv` when enough words of the text are of that language and hardly any of the other; None otherwise."""
    words = _WORD.findall(text.casefold())
    if len(_OTHER.intersection(words)) >= ENOUGH:
        return None
    finnish = sum(_is_finnish(word) for word in words)
    swedish = sum(_is_swedish(word) for word in words)
    if finnish >= max(ENOUGH, ENOUGH * swedish):
        return "fi"
    return "sv" if swedish >= max(ENOUGH, ENOUGH * finnish) else None


def _is_finnish(word: str) -> bool:
    return word in _FINNISH or (word not in _SWEDISH and _FINNISH_WORD.fullmatch(word) is not None)


def _is_swedish(word: str) -> bool:
    return not _is_finnish(word) and (word in _SWEDISH or _SWEDISH_WORD.fullmatch(word) is not None)
