"""One reading of a word, and how readings become the weighted keys of the index."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

SURFACE: Final = 1.0
"""The word exactly as it was written."""
BASE: Final = 0.8
"""Its base form."""
PAIR: Final = 0.55
"""Two neighbouring parts of a longer compound: `pyörätuoli` in `pyörätuolitaksi`."""
PART: Final = 0.45
"""One part of a compound: `taksi` in `pyörätuolitaksi`."""
STEM: Final = 0.6
"""The stem of a word that the dictionary does not know."""

RELATIVE: Final = 0.5
"""Another word of the same family: `siivooja` for `siivous` (see `families`)."""

STEM_MARK: Final = "~"
"""Begins a stem, so that it cannot be taken for a word."""


@dataclass(frozen=True, slots=True)
class WordReading:
    """What one word can mean: base forms of the whole word, base forms of its parts, and of neighbouring parts."""

    bases: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()
    stem: str = ""
    name: bool = False
    """The word can be somebody's first name or surname."""

    @property
    def known(self) -> bool:
        """True when the dictionary had the word."""
        return bool(self.bases)


class Analyser(Protocol):
    """Reads words of one language. `word` is folded; the same word always gives the same reading."""

    language: str

    def read(self, word: str) -> WordReading:
        """All readings of one word together."""
        ...


def text_keys(word: str, reading: WordReading) -> dict[str, float]:
    """The keys under which a word of a *text* is indexed, each with its strongest weight."""
    keys: dict[str, float] = {}
    for found, weight in (
        (reading.parts, PART),
        (reading.pairs, PAIR),
        (reading.bases, BASE),
        ((word,), SURFACE),
    ):
        keys.update(dict.fromkeys(found, weight))
    if reading.stem:
        keys[STEM_MARK + reading.stem] = STEM
    return keys


def query_keys(word: str, reading: WordReading) -> dict[str, float]:
    """The keys a word of a *query* looks for: itself and its base forms; it is not split."""
    keys = dict.fromkeys(reading.bases, BASE)
    keys[word] = SURFACE
    if reading.stem:
        keys[STEM_MARK + reading.stem] = STEM
    return keys


def joined_pairs(parts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Neighbouring parts of a compound of three or more (form, base) pairs: the first's form with the second's base."""
    row = list(parts)
    if len(row) < 3:
        return frozenset()
    return frozenset(row[i][0] + row[i + 1][1] for i in range(len(row) - 1))


def dump(reading: WordReading) -> str:
    """A reading as one line of JSON, for the word table and between processes."""
    row = [sorted(reading.bases), sorted(reading.parts), sorted(reading.pairs), reading.stem, reading.name]
    return json.dumps(row, ensure_ascii=False)


def load(text: str) -> WordReading:
    """The reading that `dump` wrote; ValueError when the text is not one."""
    bases, parts, pairs, stem, name = json.loads(text)
    return WordReading(frozenset(bases), frozenset(parts), frozenset(pairs), stem, name)
