"""Swedish: a Hunspell dictionary read by spylls gives lemmas and the parts of compounds; Snowball the stem of the rest.

The dictionary is the `dictionary-sv` package (LGPL-3.0), placed beside this package under `dictionaries/`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import snowballstemmer

from marketplace.language.reading import WordReading, joined_pairs
from marketplace.language.tables import language_table
from marketplace.language.words import pieces
from marketplace.pilots.vocabulary import MUNICIPALITIES

DICTIONARIES = Path(__file__).resolve().parent / "dictionaries"

_MAX_READINGS = 16
_SHORTEST_PART = 3
_LONGEST_COMPOUND = 28
"""Longer words are looked up whole but not split: spylls tries every split and the time doubles with each part."""

_DEFINITE = ("s", "n", "ns", "en", "ens", "et", "ets", "na", "nas", "rna", "rnas")
_SHORTEST_INDEFINITE = 4
_OF_A_PLACE = re.compile(r"(.{3,}?)s?(?:bo(?:s|n|ns|r|rs|rna|rnas)?|trakten|nejden|regionen|området)$")
_VOWEL_AND_N = re.compile(r"([ioyu])ns?$")
_CUT_BY_AN_ENDING = 2


_AFTER_A_PLURAL: Final = ("nas", "na", "s", "")


class Swedish:
    """Reads Swedish words; the dictionary takes a third of a second and some 40 MB and is loaded at the first word."""

    language = "sv"

    def __init__(self, folder: Path = DICTIONARIES) -> None:
        self._folder = folder
        self._stemmer = snowballstemmer.stemmer("swedish")

    @cached_property
    def _lookup(self) -> Any:
        from marketplace.language import hunspell

        return hunspell.load(self._folder)

    @cached_property
    def _municipalities(self) -> frozenset[str]:
        return frozenset(place.name.sv.casefold() for place in MUNICIPALITIES.values())

    def read(self, word: str) -> WordReading:
        """Lemmas of the whole word, lemmas of compound parts and of neighbouring pairs, and the Snowball stem.

        The stem is given for known words too: the dictionary keeps some inflected words as entries of their own
        (`boende`, `vårdare`), and the stem brings their forms together. It is left out where Snowball cuts away more
        than an ending: `personlig` is not `person`. A definite form that the dictionary lacks is read without its
        ending: `bårtaxin` as `bårtaxi`; an inhabitant and the country around as the place:
        `sibbobor` and `sibbotrakten` as `sibbo`.
        """
        found = self._reading(word)
        if singular := _singular(word):
            return replace(found, bases=found.bases | self._reading(singular).bases, stem="")
        if found.known:
            return found
        if (of_a_place := _OF_A_PLACE.match(word)) and of_a_place[1] in self._municipalities:
            return replace(self._reading(of_a_place[1]), bases=frozenset({of_a_place[1]}))
        for ending in _DEFINITE:
            indefinite = word.removesuffix(ending)
            if len(indefinite) < min(len(word), _SHORTEST_INDEFINITE):
                continue
            if indefinite != word and (shorter := self._reading(indefinite)).known:
                return shorter
        stem = self._stemmer.stemWord(_VOWEL_AND_N.sub(r"\1", word))
        return WordReading(parts=found.parts, stem=stem)

    def _reading(self, word: str) -> WordReading:
        bases: set[str] = set()
        parts: set[str] = set()
        pairs: set[str] = set()
        name = False
        for form in itertools.islice(self._forms(word), _MAX_READINGS):
            row = [(part.text.casefold(), _lemma(part)) for part in getattr(form, "parts", ())]
            if not row:
                bases.add(_lemma(form))
                name = name or form.in_dictionary.stem[:1].isupper()
                continue
            bases.add("".join(text for text, _ in row[:-1]) + row[-1][1])
            parts.update(base for _, base in row if len(base) >= _SHORTEST_PART)
            pairs |= joined_pairs(row)
        joined = pieces(word)
        if len(joined) > 1:
            for piece in joined:
                inner = self.read(piece)
                parts |= (inner.bases or {piece}) | inner.parts
        for whole, part in language_table("sv").part_says_nothing.items():
            if word.startswith(whole):
                parts.discard(part)
        stem = self._stemmer.stemWord(word)
        if bases and len(stem) < min(map(len, bases)) - _CUT_BY_AN_ENDING:
            stem = ""
        return WordReading(frozenset(bases), frozenset(parts - bases), frozenset(pairs - bases), stem, name)

    def _forms(self, word: str) -> Iterator[Any]:
        """The forms that spylls accepts: affix forms of the word and of the name, then compounds of a short word."""
        splits = len(word) <= _LONGEST_COMPOUND
        yield from self._lookup.good_forms(word, compound_forms=splits)
        yield from self._lookup.good_forms(word.capitalize(), capitalization=False, compound_forms=False)


def _singular(word: str) -> str:
    """The singular of a plural with another vowel, alone or at the end of a compound; empty for other words."""
    for ending in _AFTER_A_PLURAL:
        plural = word.removesuffix(ending)
        for changed, singular in language_table("sv").plurals.items():
            if plural + ending == word and plural.endswith(changed):
                return plural.removesuffix(changed) + singular
    return ""


def _lemma(form: Any) -> str:
    """The dictionary entry behind a form, in lower case."""
    entry = form.in_dictionary
    return str(entry.stem if entry is not None else form.stem).casefold()
