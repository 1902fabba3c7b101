"""The catalogue of one process: the index, the reading of queries, corrections and completions, held together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar, cast

from marketplace.backends import SearchServer
from marketplace.i18n import LANGUAGES
from marketplace.language import analysis_server
from marketplace.language.correction import Corrector
from marketplace.language.keys import KeyMaker
from marketplace.language.lexicon import Lexicon
from marketplace.language.reading import STEM_MARK, WordReading
from marketplace.language.words import words
from marketplace.pilots import vocabulary
from marketplace.search.concepts import key_maker, query_parser
from marketplace.search.engine import DamagedIndex
from marketplace.search.engines import engine_of
from marketplace.search.page_cache import OPEN, PageCache
from marketplace.search.query_parser import QueryParser
from marketplace.search.suggestion import Suggestions

DERIVED_FOR: Final = 60.0
"""Seconds for which corrections and completions are kept although the index has changed: they need not be newer."""

_COMPANY_FORMS: Final = frozenset(
    {"oy", "ab", "oyj", "abp", "ky", "kb", "ay", "tmi", "ry", "rf", "osk", "osuuskunta"}
)
"""Words in names of companies that say only what kind of company it is."""

Derived = TypeVar("Derived")


class Catalogue:
    """Opened once for each process and index folder. `analyses`: this process has the analysers and asks nobody.

    With a `server` the offers are there, and the folder has this machine's table of words alone.
    """

    def __init__(self, folder: Path, *, analyses: bool = False, server: SearchServer | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.index = engine_of(folder, server)
        self.lexicon = Lexicon(folder / "words.sqlite3", ask=None if analyses else self._ask)
        self.pages = PageCache()
        self.answers = PageCache("application/json; charset=utf-8", OPEN)
        self._lock = threading.Lock()
        self._derived: dict[str, tuple[float, object, object]] = {}
        self._read_with: tuple[str, KeyMaker, QueryParser] | None = None

    def _ask(self, language: str, word: str) -> WordReading | None:
        return analysis_server.ask(self.folder, language, word)

    @property
    def keys(self) -> KeyMaker:
        """Makes index keys of texts and words."""
        return self._words()[0]

    @property
    def parser(self) -> QueryParser:
        """Reads what queries say."""
        return self._words()[1]

    def read_vocabulary(self) -> None:
        """Read the words of the vocabularies now and not at the first search."""
        self._words()

    def _words(self) -> tuple[KeyMaker, QueryParser]:
        """Both, made at the first use and again when a vocabulary or a synonym has changed."""
        digest = vocabulary.digest()
        kept = self._read_with
        if kept is None or kept[0] != digest:
            keys = key_maker(self.lexicon)
            kept = self._read_with = (digest, keys, query_parser(keys))
        return kept[1], kept[2]

    def corrector(self) -> Corrector:
        """Corrects towards the words of the offers."""
        return self._kept("corrector", self._make_corrector)

    def suggestions(self, language: str) -> Suggestions:
        """Completes names in one language."""
        return self._kept(
            f"suggestions-{language}", lambda: Suggestions(language, self.index.names("provider"))
        )

    def _make_corrector(self) -> Corrector:
        counted: dict[str, int] = {}
        for key, count in self.index.vocabulary().items():
            language, _, word = key.partition(":")
            if language in LANGUAGES and not word.startswith(STEM_MARK):
                counted[word] = max(count, counted.get(word, 0))
        for name in self.parser.names:
            counted.setdefault(name, 0)
        return Corrector(counted)

    def provider_names(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """The names of providers as rows of words without the form of company, by each word in them."""
        return self._kept("providers", self._make_provider_names)

    def _make_provider_names(self) -> dict[str, frozenset[tuple[str, ...]]]:
        found: dict[str, set[tuple[str, ...]]] = {}
        for name in self.index.names("provider"):
            row = tuple(word for word in words(name) if word not in _COMPANY_FORMS)
            for word in row:
                found.setdefault(word, set()).add(row)
        return {word: frozenset(rows) for word, rows in found.items()}

    def pilots(self, make: Callable[[], Derived]) -> Derived:
        """What `make` knows of the pilots, asked again when the index has changed, and each time when there is none."""
        try:
            return self._kept("pilots", make, lasts=0.0)
        except DamagedIndex:
            return make()

    def pilots_before(self) -> object | None:
        """What `pilots` has told last, of whichever state of the index; None before the first time."""
        return self._derived.get("pilots", (0.0, None, None))[2]

    def _kept(self, name: str, make: Callable[[], Derived], lasts: float | None = None) -> Derived:
        """Something derived from the index, made again when the index has changed and `lasts` seconds have passed."""
        lasts = DERIVED_FOR if lasts is None else lasts
        version = self.index.version()
        with self._lock:
            made_at, made_from, kept = self._derived.get(name, (0.0, None, None))
            if kept is None or (made_from != version and time.monotonic() - made_at >= lasts):
                kept = make()
                self._derived[name] = (time.monotonic(), version, kept)
        return cast(Derived, kept)

    # Damage that a reader meets is left to the worker, which makes the index again.

    @property
    def _report(self) -> Path:
        return self.folder / "damaged"

    def report_damage(self) -> None:
        """Tell the worker that the index could not be read; one that machines share it looks at itself."""
        if not self.index.shared:
            self._report.touch()

    def is_reported_damaged(self) -> bool:
        """True after a reader has told so and until the index has been made again."""
        return self._report.exists()

    def forget_damage(self) -> None:
        """The index has been made again."""
        self._report.unlink(missing_ok=True)
