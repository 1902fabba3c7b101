"""The offer index as the portal uses it: one folder, many readers, one writer, and never in the way of a request.

    index/
      current          the name of the generation that is served
      stamp            replaced after every commit; readers look at nothing else to know that something is new
      g-…/             one generation: the Whoosh index, its columns and `position.json`
      words.sqlite3    the word table (see language.lexicon)
      write.lock       held by the one writer

A rebuild writes a new generation beside the served one and puts its name into `current` in one step.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import itertools
import json
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from marketplace.language.keys import QueryTerm
from marketplace.search import index, scoring
from marketplace.search.columns import Bits, unpack
from marketplace.search.engine import (
    DEEPEST,
    DamagedIndex,
    Document,
    Hit,
    IndexAnswer,
    Position,
    SearchQuery,
    Status,
)
from marketplace.search.facets import COUNTED, EVERY
from marketplace.search.index import OpenIndex

_BATCH: Final = 100_000
"""Documents in one segment of a rebuild: bounds the memory of the writer."""


@dataclass
class _Opened:
    generation: str
    stamp: tuple[int, int]
    reading: OpenIndex
    known: dict[str, Any] = field(default_factory=dict)
    """What has been computed of this state and is computed again for the next."""


class OfferIndex:
    """The embedded engine over one folder. Every process has its own; threads share it."""

    shared = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        self._opened: _Opened | None = None
        self._lock = threading.Lock()

    # Reading

    @property
    def exists(self) -> bool:
        """True when a generation is served."""
        return (self.folder / "current").exists()

    def _state(self) -> _Opened:
        """The newest committed state; opened again only when the stamp has changed."""
        opened = self._opened
        stamp = self._stamp()
        if opened is not None and opened.stamp == stamp:
            return opened
        with self._lock:
            opened = self._opened
            if opened is not None and opened.stamp == stamp:
                return opened
            try:
                generation = (self.folder / "current").read_text(encoding="ascii").strip()
            except OSError as error:
                raise DamagedIndex("there is no index yet") from error
            same = opened is not None and opened.generation == generation
            reading = OpenIndex(
                self.folder / generation, opened.reading if opened is not None and same else None
            )
            self._opened = _Opened(generation, stamp, reading)
            return self._opened

    def _stamp(self) -> tuple[int, int]:
        try:
            found = (self.folder / "stamp").stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_ino)

    def refresh(self) -> None:
        """Open the newest state now; DamagedIndex when there is none that can be read."""
        self._state()

    def search(self, question: SearchQuery) -> IndexAnswer:
        """Answer one question from the newest committed state."""
        reading = self._state().reading
        lives = reading.lives
        weights = self._weights((*question.terms, *question.ranking), reading)
        conditions = [live.conditions(question) for live in lives]
        masks = [live.all_of(rows) for live, rows in zip(lives, conditions, strict=True)]
        total = sum(_bit_count(mask) for mask in masks)
        wanted = min(question.offset + question.limit, DEEPEST)
        ranked = heapq.merge(
            *(live.best(question, mask, weights, wanted) for live, mask in zip(lives, masks, strict=True)),
            key=lambda found: found.key,
        )
        chosen = list(itertools.islice(ranked, question.offset, wanted)) if total and question.limit else []
        hits = tuple(
            Hit(int(found.live.segment.columns.ids[found.number]), found.live.segment.body(found.number))
            for found in chosen
        )
        facets: dict[str, dict[str, int]] = {}
        if question.facets:
            for facet in COUNTED:
                counts: dict[str, int] = {}
                facets[facet] = counts
                for live, rows, full in zip(lives, conditions, masks, strict=True):
                    mask = live.all_of(rows, without=facet) if facet in rows and facet not in EVERY else full
                    for key, count in live.counts(facet, mask):
                        counts[key] = counts.get(key, 0) + count
        without: dict[str, int] = {}
        if not total and question.limit:
            names = {name for rows in conditions for name in rows}
            for name in sorted(names):
                without[name] = sum(
                    _bit_count(live.all_of(rows, without=name))
                    for live, rows in zip(lives, conditions, strict=True)
                )
        return IndexAnswer(total, hits, facets, without)

    def matching(self, term: QueryTerm) -> int:
        """How many offers one word of a query matches."""
        return sum(
            _bit_count(live.segment.term(term).bits & live.alive) for live in self._state().reading.lives
        )

    def _weights(self, terms: Iterable[QueryTerm], reading: OpenIndex) -> dict[str, int]:
        """How much each word says, by how many offers it matches."""
        return {
            term.word: scoring.rarity(
                reading.count,
                sum(_bit_count(live.segment.term(term).bits & live.alive) for live in reading.lives),
            )
            for term in terms
        }

    def offers_any(self, facet: str, keys: Iterable[str]) -> bool:
        """True when an offer has one of the values of a facet."""
        wanted = frozenset(keys)
        question = SearchQuery(filters={facet: wanted})
        return any(live.all_of(live.conditions(question)).any() for live in self._state().reading.lives)

    def vocabulary(self) -> Mapping[str, int]:
        """Every index key with the number of offers that have it; kept until the next commit."""
        state = self._state()
        if "vocabulary" not in state.known:
            counted: dict[str, int] = {}
            for key, count in state.reading.vocabulary():
                counted[key] = counted.get(key, 0) + count
            state.known["vocabulary"] = counted
        known: Mapping[str, int] = state.known["vocabulary"]
        return known

    def names(self, kind: str) -> Mapping[str, int]:
        """The names that autocomplete offers of one kind, with the number of offers that bear each."""
        counted: dict[str, int] = {}
        for live in self._state().reading.lives:
            for word, count in live.segment.columns.completions.get(kind, {}).items():
                counted[word] = counted.get(word, 0) + count
        return counted

    def ids(self, question: SearchQuery | None = None) -> list[int]:
        """The ids of all offers, or of those that meet a question's words, filters and price, in order."""
        lives = self._state().reading.lives
        masks = [live.all_of(live.conditions(question)) if question else live.alive for live in lives]
        found = [
            live.segment.columns.ids[unpack(mask, live.segment.columns.size)]
            for live, mask in zip(lives, masks, strict=True)
        ]
        return sorted(int(identity) for ids in found for identity in ids)

    def bands(self) -> frozenset[str]:
        """The price bands that any offer has."""
        return frozenset(
            band for live in self._state().reading.lives for band in live.segment.columns.prices if band
        )

    def version(self) -> tuple[str, int]:
        """Changes with every commit: what an ETag or a cache of derived things is made from."""
        state = self._state()
        return (state.generation, state.reading.generation)

    def status(self) -> Status:
        """Counts for the office and for `readyz`; DamagedIndex when there is no index."""
        state = self._state()
        size = sum(
            file.stat().st_size for file in (self.folder / state.generation).rglob("*") if file.is_file()
        )
        reading = state.reading
        return Status(reading.count, len(reading.lives), reading.deleted, state.generation, size)

    def problem(self) -> str | None:
        """Nothing beside the index itself: the engine is the program."""
        return None

    # Writing

    def position(self) -> Position:
        """How far the served generation has followed the change log."""
        return _read_position(self.folder / self._served())

    def _served(self) -> str:
        try:
            return (self.folder / "current").read_text(encoding="ascii").strip()
        except OSError as error:
            raise DamagedIndex("there is no index yet") from error

    def write(
        self, documents: Iterable[Document], removed: Iterable[int] = (), position: Position | None = None
    ) -> None:
        """Commit documents and removals to the served generation, remember the position, and tell the readers."""
        with self.writing():
            folder = self.folder / self._served()
            try:
                index.write(folder, documents, removed)
            except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
                raise DamagedIndex(f"{type(error).__name__}: {error}") from error
            if position is not None:
                _write_position(folder, position)
            self.tell()

    def keep_position(self, position: Position) -> None:
        """Remember a position without a commit: changes that touch no visible offer."""
        with self.writing():
            _write_position(self.folder / self._served(), position)

    def tidy(self) -> bool:
        """Merge small segments when they have become many; readers go on meanwhile."""
        with self.writing():
            merged = index.tidy(self.folder / self._served())
            if merged:
                self.tell()
        return merged

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock; it falls away with the process, also when the process is killed."""
        with (self.folder / "write.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def rebuild(self, documents: Iterable[Document], position: Position) -> Rebuild:
        """Build a new generation beside the served one; it is served after `Rebuild.swap`."""
        return Rebuild(self, documents, position)

    def tell(self) -> None:
        """Tell the readers that something is new: replace the stamp, a new inode and time, in one step."""
        fresh = self.folder / f"stamp.{os.getpid()}.{threading.get_ident()}"
        fresh.write_text(str(time.time_ns()), encoding="ascii")
        fresh.replace(self.folder / "stamp")


class Rebuild:
    """A generation in the making. Nothing that is served changes before `swap`; a rebuild that dies leaves rubbish."""

    def __init__(self, owner: OfferIndex, documents: Iterable[Document], position: Position) -> None:
        self._owner = owner
        self.name = f"g-{time.time_ns()}"
        self.folder = owner.folder / self.name
        index.create(self.folder)
        remaining = iter(documents)
        while batch := list(itertools.islice(remaining, 1)):
            index.write(self.folder, itertools.chain(batch, itertools.islice(remaining, _BATCH - 1)))
        _write_position(self.folder, position)

    def apply(self, documents: Iterable[Document], removed: Iterable[int], position: Position) -> None:
        """Catch up with changes that were made while it was built."""
        index.write(self.folder, documents, removed)
        _write_position(self.folder, position)

    def swap(self) -> None:
        """Serve this generation from now on and remove the others; requests under way finish on what they opened."""
        owner = self._owner
        fresh = owner.folder / f"current.{os.getpid()}"
        fresh.write_text(self.name, encoding="ascii")
        fresh.replace(owner.folder / "current")
        owner.tell()
        for leftover in owner.folder.glob("g-*"):
            if leftover.name < self.name:
                shutil.rmtree(leftover, ignore_errors=True)


def _bit_count(mask: Bits) -> int:
    return int(np.bitwise_count(mask).sum())


def _read_position(folder: Path) -> Position:
    try:
        data = json.loads((folder / "position.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedIndex("the position of the index is unknown") from error
    data["seen"] = tuple(data["seen"])
    return Position(**data)


def _write_position(folder: Path, position: Position) -> None:
    fresh = folder / f"position.json.{os.getpid()}"
    fresh.write_text(json.dumps(asdict(position)), encoding="utf-8")
    fresh.replace(folder / "position.json")
