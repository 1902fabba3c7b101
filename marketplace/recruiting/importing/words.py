"""What people write in headers and cells, and what it means here: the synonyms of `words.yaml` and the vocabularies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from marketplace.i18n import LocalizedText
from marketplace.pilots.vocabulary import BANDS, FORMER_MUNICIPALITIES, MUNICIPALITIES, SERVICES, derived
from marketplace.slots import Answer

FILE: Final = Path(__file__).parent / "words.yaml"
PRICE: Final = "price:"
"""A price column is called `price:<band>`."""

places_called: Final[Answer[Callable[[str], frozenset[str]]]] = Answer(
    "importing.places_called",
    "The codes of the municipalities that the name of a village, a postal area or a county means, for a list that does "
    "not name municipalities; empty for a name that nobody knows.",
)

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_WORDS = re.compile(r"[^\W_]+")
_UNIT = re.compile(r"€|\beur(?:oa?|os?)?\b")


@dataclass(frozen=True, slots=True)
class ImportWords:
    """Each mapping goes from a word as `normal` writes it to what it means: a column, a key or a code.

    A former municipality may mean several of today.
    """

    columns: Mapping[str, str]
    bands: Mapping[str, str]
    price_words: frozenset[str]
    services: Mapping[str, str]
    municipalities: Mapping[str, str]
    former_municipalities: Mapping[str, frozenset[str]]
    whole_area: frozenset[str]
    sums: frozenset[str]
    legal_forms: Mapping[str, str]

    def column(self, header: str) -> str | None:
        """The column that a header cell names, or None for one that is not known. `Kunta/Kommun` says it twice."""
        meanings = {self.columns.get(normal(part)) for part in (header, *header.split("/"))} - {None}
        if len(meanings) == 1:
            return meanings.pop()
        before_unit = _UNIT.split(header.casefold(), maxsplit=1)[0]
        words = [word for word in _words(before_unit) if word not in self.price_words]
        band = self.bands.get("".join(words))
        return None if band is None else PRICE + band


def normal(text: str) -> str:
    """A word as it is compared: without case, blanks, punctuation and what stands in brackets."""
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    return _WORDS.findall(_BRACKETS.sub(" ", text.casefold()))


@derived
def words() -> ImportWords:
    """The words of all spreadsheets. Raises ValueError when one word would mean two things."""
    source: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return ImportWords(
        columns=_meanings(_synonyms(source["columns"])),
        bands=_meanings(_names((b.key, (b.name, b.short_name)) for b in BANDS.values())),
        price_words=frozenset(source["price_words"]),
        services=_meanings(
            [*_names((s.key, (s.name,)) for s in SERVICES.values()), *_synonyms(source["services"])]
        ),
        municipalities=_meanings(_names((m.code, (m.name,)) for m in MUNICIPALITIES.values())),
        former_municipalities={
            normal(word): frozenset(former.municipalities)
            for former in FORMER_MUNICIPALITIES.values()
            for word in (former.code, former.name.fi, former.name.sv)
        },
        whole_area=frozenset(normal(text) for text in source["whole_area"]),
        sums=frozenset(normal(text) for text in source["sums"]),
        legal_forms=_meanings(_synonyms(source["legal_forms"])),
    )


def _names(entries: Iterable[tuple[str, tuple[LocalizedText, ...]]]) -> Iterator[tuple[str, str]]:
    """Word and key for every name of the entries in either language, and for the key itself."""
    for key, names in entries:
        yield key, key
        for name in names:
            yield name.fi, key
            yield name.sv, key


def _synonyms(table: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    for key, synonyms in table.items():
        yield key, key
        for synonym in synonyms:
            yield synonym, key


def _meanings(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    meanings: dict[str, str] = {}
    for word, key in pairs:
        if meanings.setdefault(normal(word), key) != key:
            raise ValueError(f"“{word}” means both {meanings[normal(word)]} and {key}")
    return meanings
