"""The catalogue of one process: the index, the understanding of words, corrections and completions, held together."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

from marketplace.search.concepts import understanding
from marketplace.search.language import desk
from marketplace.search.language.lexicon import Lexicon
from marketplace.search.language.reading import Reading
from marketplace.search.language.understanding import Understanding
from marketplace.search.offer_index import OfferIndex


class Catalogue:
    """Opened once for each process and index folder. `analyses`: this process has the analysers and asks nobody."""

    def __init__(self, folder: Path, *, analyses: bool = False) -> None:
        self.folder = folder
        self.index = OfferIndex(folder)
        self.lexicon = Lexicon(folder / "words.sqlite3", ask=None if analyses else self._ask)
        self._lock = threading.Lock()

    def _ask(self, language: str, word: str) -> Reading | None:
        return desk.ask(self.folder, language, word)

    @cached_property
    def understanding(self) -> Understanding:
        """Reads queries and texts; the thesaurus is read at the first use."""
        return understanding(self.lexicon)

    # Damage that a reader meets is left to the worker, which makes the index again.

    @property
    def _report(self) -> Path:
        return self.folder / "damaged"

    def report_damage(self) -> None:
        """Tell the worker that the index could not be read."""
        self._report.touch()

    def is_reported_damaged(self) -> bool:
        """True after a reader has told so and until the index has been made again."""
        return self._report.exists()

    def forget_damage(self) -> None:
        """The index has been made again."""
        self._report.unlink(missing_ok=True)
