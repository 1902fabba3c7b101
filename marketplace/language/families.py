"""Families of words: the deed, who does it and the doing (`städa`, `städare`, `städning`).

A dictionary gives the base form of a word, but not the noun of a verb. Each row of `families` in `languages.yaml` is
one way in which a language makes these from one root; a word with one ending of a row is asked for with the other
endings as well. What comes out need not be a word: nothing is found by one that no text has.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from marketplace.language.tables import language_table

_SHORTEST_ROOT: Final = 3
_SHORTEST_BARE_ROOT: Final = 4
"""A root that stands without an ending is a word of its own; short ones are too often another word (`hus`, `husa`)."""

_KEPT_WORDS: Final = 20_000

_FRONT: Final = str.maketrans("aou", "äöy")


@cache
def _rows(language: str) -> tuple[tuple[str, ...], ...]:
    """The rows of endings of a language; Finnish ones with back vowels and with front vowels."""
    rows = language_table(language).families
    if language == "sv":
        return rows
    front = [tuple(ending.translate(_FRONT) for ending in row) for row in rows]
    return tuple(dict.fromkeys([*rows, *front]))


@lru_cache(_KEPT_WORDS)
def relatives(language: str, base: str) -> frozenset[str]:
    """Base forms that belong to the family of a base form, itself left out."""
    found = set(_by_endings(_rows(language), base))
    if language == "sv":
        found |= set(_with_the_bare_root(base))
    return frozenset(found - {base})


def _by_endings(rows: tuple[tuple[str, ...], ...], base: str) -> Iterator[str]:
    for row in rows:
        for ending in row:
            if base.endswith(ending) and len(base) - len(ending) >= _SHORTEST_ROOT:
                for root in _spellings(base.removesuffix(ending), ending):
                    yield from (root + other for other in row)


def _spellings(root: str, ending: str) -> Iterator[str]:
    """Swedish doubles an m or n before a vowel and not before an n: `simma`, `simning`."""
    yield root
    if ending == "ning" and root.endswith("m"):
        yield root + "m"
    elif ending in ("a", "are", "ande") and root.endswith("mm"):
        yield root[:-1]


def _with_the_bare_root(base: str) -> Iterator[str]:
    if len(base) >= _SHORTEST_BARE_ROOT:
        yield from (base + ending for ending in language_table("sv").bare_endings)
    for ending in language_table("sv").bare_endings:
        if base.endswith(ending) and len(base) - len(ending) >= _SHORTEST_BARE_ROOT:
            yield base.removesuffix(ending)
