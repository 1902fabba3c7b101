"""Finnish: Voikko's transducer gives base forms and the parts of compounds; Snowball the stem of unknown words.

Loading the transducer takes a second and some 260 MB, so it is loaded at the first word and only where words are
analysed (see `lexicon`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import snowballstemmer

from marketplace.language.reading import WordReading, joined_pairs
from marketplace.language.tables import LanguageTable, language_table
from marketplace.language.words import pieces

_MAX_READINGS = 24
"""Readings of one word that are used; a long ambiguous compound has hundreds that say the same."""

_PREFIX_CLASSES = frozenset({"etuliite"})
_NAME_CLASSES = frozenset({"etunimi", "sukunimi"})
_SHORTEST_PART = 3
_SHORTEST_SPOKEN = 3
"""Letters before the ending of a spoken form; shorter words are too like each other."""

_DOUBLED = re.compile(r"([djklmnprstv])\1(?=aa|ee|ii|oo|uu|yy|ää|öö|oi|äi|ai|ui|yi|ie|uo|yö)")
_LONG_ILLATIVE = re.compile(r"([aeiouyäö])h\1n?$")
"""`kauppahan` for `kauppaan`, as in Ostrobothnia."""

_PLACE_OF_AN_INHABITANT = re.compile(r"^(?:\[L[a-z]+\])*?\[Lep\]\[Xp\]([^\[]+)\[X\].*\[Dg\]")
"""Where Voikko's output tells of which place somebody comes: `järvenpääläinen` from `[Lep][Xp]Järven=pää[X]…[Dg]`."""


class Finnish:
    """Reads Finnish words. Voikko knows names in lower case too, and only lower case is given to it."""

    language = "fi"

    def __init__(self) -> None:
        self._stemmer = snowballstemmer.stemmer("finnish")

    @cached_property
    def _analyse(self) -> Any:
        import pyvoikko  # a heavy load: at the first word, not at import

        return pyvoikko.analyse

    def read(self, word: str) -> WordReading:
        """Base forms over all readings, compound parts and neighbouring pairs; the stem when Voikko knows none.

        An inhabitant is read as the place too: `sipoolainen` as `sipoo`.
        """
        bases: set[str] = set()
        parts: set[str] = set()
        pairs: set[str] = set()
        analyses = self._analyse(word)[:_MAX_READINGS] or self._as_spoken(word)
        for analysis in analyses:
            compound = analysis.COMPOUND_PARTS or []
            row = [(_plain(part.FORM), _plain(part.BASEFORM)) for part in compound]
            if place := _PLACE_OF_AN_INHABITANT.match(analysis.FSTOUTPUT):
                bases.add(_plain(place[1]))
            if not row:
                bases.add(_plain(analysis.BASEFORM))
                continue
            bases.add("".join(form for form, _ in row[:-1]) + row[-1][1])
            parts.update(
                base
                for part, (_, base) in zip(compound, row, strict=True)
                if part.CLASS not in _PREFIX_CLASSES and len(base) >= _SHORTEST_PART
            )
            pairs |= joined_pairs(row)
        bases.discard("")
        joined = pieces(word)
        if len(joined) > 1:
            for piece in joined:
                inner = self.read(piece)
                parts |= inner.bases or {piece}
                parts |= inner.parts
        if bases:
            name = any(analysis.CLASS in _NAME_CLASSES for analysis in analyses)
            for whole, part in language_table("fi").part_says_nothing.items():
                if any(base.endswith(whole) for base in bases):
                    parts.discard(part)
            return WordReading(
                frozenset(bases), frozenset(parts - bases), frozenset(pairs - bases), name=name
            )
        return WordReading(parts=frozenset(parts), stem=self._stemmer.stemWord(word))

    def _as_spoken(self, word: str) -> Any:
        """The readings of a spoken form as it would be written: `hyvinkääl`, `kaupas`, `siivoojaa`, `kattoo`."""
        for written in _written(word):
            if analyses := self._analyse(written):
                return analyses[:_MAX_READINGS]
        return []


def _written(word: str) -> Iterator[str]:
    """What a spoken form may be in writing, the likeliest first; each step also of what the steps before give."""
    table = language_table("fi")
    forms = [word]
    for steps in (_by_beginning, _with_single_consonant, _by_ending):
        for form in tuple(forms):
            for written in steps(form, table):
                forms.append(written)
                yield written


def _by_beginning(word: str, table: LanguageTable) -> Iterator[str]:
    """A word that is spoken in a way of its own, in any form: `kattoo` and `kattomaan` as of `katsoa`."""
    for spoken, written in table.spoken_words.items():
        if word.startswith(spoken):
            yield written + word.removeprefix(spoken)


def _with_single_consonant(word: str, _table: LanguageTable) -> Iterator[str]:
    """The consonant that eastern and western dialects double before a long vowel: `pittää`, `hakkee`, `kottiin`."""
    if _DOUBLED.search(word):
        yield _DOUBLED.sub(r"\1", word)


def _by_ending(word: str, table: LanguageTable) -> Iterator[str]:
    for end, written in table.spoken.items():
        if word.endswith(end) and len(word) - len(end) >= _SHORTEST_SPOKEN:
            yield from (word.removesuffix(end) + ending for ending in written)
    if illative := _LONG_ILLATIVE.search(word):
        yield word[: illative.start()] + illative[1] + illative[1] + "n"


def _plain(form: str) -> str:
    """A Voikko form without its marks of structure: `henkilö=kohtainen` → `henkilökohtainen`, `Porvoo` → `porvoo`."""
    return form.replace("=", "").replace("+", "").strip("-").casefold()
