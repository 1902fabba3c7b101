"""Autocomplete: services, municipalities and providers whose name, or a word of it, begins as one types."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from marketplace.language.words import fold
from marketplace.pilots.vocabulary import GROUPS, MUNICIPALITIES, SERVICES, SYNONYMS

MOST: Final = 8
_LOOKED_AT: Final = 400
"""Names looked at for one answer: with a single letter typed, more would not make it better."""

_ORDER: Final = ("service", "group", "municipality", "provider")


@dataclass(frozen=True, slots=True, order=True)
class Suggestion:
    """A name and what it is a name of."""

    text: str
    kind: str


class Suggestions:
    """The names in one language, ordered by the words in them."""

    def __init__(self, language: str, providers: Iterable[str]) -> None:
        named: dict[Suggestion, None] = {}
        for kind, vocabulary in (("service", SERVICES), ("group", GROUPS), ("municipality", MUNICIPALITIES)):
            for entry in vocabulary.values():
                named[Suggestion(entry.name[language], kind)] = None
        for key, names in SYNONYMS.items():
            if key.startswith("service:"):
                for name in getattr(names, language) or ():
                    named[Suggestion(name, "service")] = None
        for name in providers:
            named[Suggestion(name, "provider")] = None
        self._starts: list[tuple[str, int, Suggestion]] = sorted(
            (text[place:], place, suggestion)
            for suggestion in named
            for text in (fold(suggestion.text),)
            for place in _word_starts(text)
        )

    def begin_with(self, typed: str) -> list[Suggestion]:
        """At most `MOST` names: those that begin so first, then those with a later word that does."""
        prefix = fold(typed).strip()
        if not prefix:
            return []
        found: dict[tuple[str, str], tuple[tuple[bool, int, int, str], Suggestion]] = {}
        start = bisect_left(self._starts, (prefix,))
        for text, place, suggestion in self._starts[start : start + _LOOKED_AT]:
            if not text.startswith(prefix):
                break
            rank = (place > 0, _ORDER.index(suggestion.kind), len(suggestion.text), suggestion.text)
            name = (fold(suggestion.text), suggestion.kind)
            if name not in found or rank < found[name][0]:
                found[name] = (rank, suggestion)
        return [suggestion for _, suggestion in sorted(found.values())[:MOST]]


def _word_starts(text: str) -> list[int]:
    return [at for at in range(len(text)) if text[at].isalnum() and (at == 0 or not text[at - 1].isalnum())]
