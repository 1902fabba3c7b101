"""The embedded engine's storage: committed states of the index, their segments opened once and kept.

A segment never changes once it is committed, so its columns and postings are computed once for each segment and
carried over from one commit to the next. Deletions live in the table of contents, as a set of document numbers.
`whoosh_files` speaks the search library; NumPy answers from what is read (`columns`, `ranking`).
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from marketplace.search import columns as columnar
from marketplace.search import whoosh_files
from marketplace.search.engine import DamagedIndex, Document
from marketplace.search.ranking import Live, Postings, Segment
from marketplace.search.whoosh_files import BulkWriter, OpenSegment, SegmentEntry

SMALL: Final = 256
"""Segments with fewer documents are merged when they have become many."""

MANY: Final = 12
"""Small segments that may stand before they are merged."""

_OPEN_TRIES: Final = 20
"""A writer may remove a segment between reading the table of contents and opening the segment."""

_COLUMNS = "columns"

create = whoosh_files.create


def offer_key(identity: int) -> str:
    """The index key that only the document of one offer has."""
    return f"={identity}"


def write(folder: Path, documents: Iterable[Document], removed: Iterable[int] = ()) -> int:
    """Commit documents (replacing those with the same ids) and removals as one new segment; return how many.

    One writer at a time: the caller holds the lock of the index.
    """
    with whoosh_files.writing(folder) as writer:
        gone = set(removed)
        for document in documents:
            gone.add(document.id)
            _add(writer, document)
        writer.delete(map(offer_key, gone))
        added = writer.save()
    _place_columns(folder)
    return added


def _add(writer: BulkWriter, document: Document) -> None:
    row = columnar.row(document.id, document.values, document.prices, document.names, document.words)
    writer.add({**document.keys, offer_key(document.id): 1.0}, {"row": row, "body": document.body})


def tidy(folder: Path) -> bool:
    """Merge the small segments when they have become many; True when it did. Large ones are never rewritten here."""
    small = [entry for entry in whoosh_files.contents(folder).segments if entry.size < SMALL]
    if len(small) < MANY:
        return False
    documents = [document for entry in small for document in _documents_of(entry)]
    with whoosh_files.writing(folder) as writer:
        writer.leave_out({entry.name for entry in small})
        for document in documents:
            _add(writer, document)
        writer.save()
    _place_columns(folder)
    return True


def _documents_of(entry: SegmentEntry) -> Iterator[Document]:
    """The living documents of a small segment, put together again from what is stored and from its postings."""
    with contextlib.closing(entry.open()) as reader:
        keys: dict[int, dict[str, float]] = {}
        for name in reader.keys():  # noqa: SIM118 - the keys of the index, not of a mapping
            numbers, weights = reader.posting_list(name) or ((), ())
            for number, weight in zip(numbers, weights, strict=True):
                if not name.startswith(b"="):
                    keys.setdefault(int(number), {})[name.decode()] = int(weight) / 255
        for number, stored in enumerate(reader.stored_rows()):
            if number not in entry.deleted:
                fields_of = columnar.unrow(stored["row"])
                yield Document(keys=keys.get(number, {}), body=stored["body"], **fields_of)


def _postings_of(reader: OpenSegment, lock: threading.Lock) -> Callable[[str], Postings | None]:
    def read(key: str) -> Postings | None:
        with lock:
            return reader.posting_list(key.encode())

    return read


def _bodies_of(reader: OpenSegment, lock: threading.Lock) -> Callable[[int], bytes]:
    def read(number: int) -> bytes:
        with lock:
            return bytes(reader.stored_fields(number)["body"])

    return read


class OpenIndex:
    """One committed state, open for reading. Its segments are shared with earlier and later states."""

    def __init__(self, folder: Path, earlier: OpenIndex | None = None) -> None:
        """Open the newest state of `folder`. DamagedIndex when it cannot be read."""
        self.lock: threading.Lock = threading.Lock() if earlier is None else earlier.lock
        kept = {} if earlier is None else earlier.opened
        for remaining in reversed(range(_OPEN_TRIES)):
            try:
                self._open(folder, kept)
                return
            except FileNotFoundError as error:
                if not remaining or not folder.exists():
                    raise DamagedIndex(str(error)) from error
                time.sleep(0.01)
            except Exception as error:  # Whoosh unpickles: a damaged file can raise anything
                raise DamagedIndex(f"{type(error).__name__}: {error}") from error

    def _open(self, folder: Path, kept: dict[str, tuple[OpenSegment, Segment]]) -> None:
        contents = whoosh_files.contents(folder)
        self.generation: int = contents.generation
        self.opened: dict[str, tuple[OpenSegment, Segment]] = {}
        self.lives: list[Live] = []
        self.deleted = 0
        for entry in contents.segments:
            if entry.name not in kept:
                reader = entry.open()
                columns = _columns(folder, entry.name, reader)
                readers = _postings_of(reader, self.lock), _bodies_of(reader, self.lock)
                kept[entry.name] = (reader, Segment(columns, *readers))
            self.opened[entry.name] = kept[entry.name]
            segment = kept[entry.name][1]
            gone = np.fromiter(entry.deleted, dtype=np.int64)
            alive = np.ones(segment.columns.size, dtype=np.bool_)
            alive[gone] = False
            self.deleted += len(gone)
            self.lives.append(Live(segment, columnar.pack(alive), int(np.count_nonzero(alive))))

    @property
    def count(self) -> int:
        """Offers in the index."""
        return sum(live.count for live in self.lives)

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        """Every key with its number of documents, segment by segment; a key may come several times."""
        for reader, _ in self.opened.values():
            with self.lock:
                found = [(name, reader.documents_with(name)) for name in reader.keys()]  # noqa: SIM118
            for name, count in found:
                if not name.startswith(b"="):
                    yield name.decode(), count


def _columns(folder: Path, name: str, reader: OpenSegment) -> columnar.Columns:
    """The columns of a segment: mapped from disk, or made from its stored rows where they are missing."""
    place = folder / _COLUMNS / name
    try:
        return columnar.load(place)
    except (OSError, ValueError, KeyError):
        shutil.rmtree(place, ignore_errors=True)
    made = columnar.build(stored["row"] for stored in reader.stored_rows())
    with contextlib.suppress(OSError):
        columnar.save(made, place)
    return made


def _place_columns(folder: Path) -> None:
    """Make the columns of new segments and remove those of segments that are gone."""
    segments = whoosh_files.contents(folder).segments
    for entry in segments:
        if not (folder / _COLUMNS / entry.name).exists():
            with contextlib.closing(entry.open()) as reader:
                _columns(folder, entry.name, reader)
    names = {entry.name for entry in segments}
    with contextlib.suppress(FileNotFoundError):
        for place in (folder / _COLUMNS).iterdir():
            if place.name not in names:
                shutil.rmtree(place, ignore_errors=True)
