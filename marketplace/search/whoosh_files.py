"""Whoosh at arm's length: the only file that imports it, and all that reaches into its private parts.

Whoosh (2.7.4, docs/decisions/0020) keeps immutable segments, a table of contents and posting lists on disk. What is
faster done by NumPy goes past its public interface; `PRIVATE_NAMES` lists every private name that is relied on, and
`missing_private_names` says which of them an installed Whoosh lacks. `index` builds on the functions and classes here
and knows nothing of what is behind them.

* `Searcher.refresh()` is not used: it returned deleted versions, or raised while another process merged. Every new
  state is opened again.
* Whoosh never calls fsync and its files are pickles: the folder is private and can always be made again.
"""

from __future__ import annotations

import contextlib
import itertools
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3LeafMatcher, W3PostingsWriter
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.writing import SegmentWriter

PRIVATE_NAMES: Final[Mapping[type, tuple[str, ...]]] = {
    W3PostingsWriter: ("_ids", "_weights", "_values", "_maxweight", "_mini_ids", "_write_block"),
    W3FieldWriter: ("_postwriter",),
    W3LeafMatcher: ("_data", "_next_block", "_read_data"),
    SegmentWriter: ("_added", "_commit_toc", "_finish", "_flush_segment"),
    SegmentReader: ("_terms",),
}
"""Private names of Whoosh that this file reads, sets or overrides, by the class that has them."""

BLOCK: Final = 4096
"""Postings in a block: large, because whole lists are read and never skipped through."""

_FIELD: Final = "keys"

PostingList = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]
"""Document numbers in order and, beside them, weights 1–255."""


def missing_private_names() -> list[str]:
    """A sentence for every private name that the installed Whoosh has no longer; empty when all are there."""
    return [
        f"{owner.__module__}.{owner.__name__} has no {name} any more: see {Path(__file__).name}"
        for owner, names in PRIVATE_NAMES.items()
        for name in names
        if not _has(owner, name)
    ]


def _has(owner: type, name: str) -> bool:
    """True when the class defines the name or one of its methods speaks of it (attributes set on instances)."""
    if hasattr(owner, name):
        return True
    functions = (each for kind in owner.__mro__ for each in vars(kind).values())
    return any(isinstance(each, FunctionType) and name in each.__code__.co_names for each in functions)


class Weights(formats.Format):
    """A posting carries one byte, the weight of the key in the document."""

    posting_size = 1

    def decode_frequency(self, value: bytes) -> int:
        """Every posting counts once; the weight is read from the bytes of the block."""
        return 1


class Keys(fields.FieldType):
    """The weighted keys of a document; they come ready-made and are not analysed."""

    def __init__(self) -> None:
        super().__init__(Weights(), None)

    def index(self, value: Mapping[str, float], **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Postings as (key, frequency, weight, value) for Whoosh."""
        for key, weight in value.items():
            yield key.encode(), 1, 1.0, weight_bytes((weight,))


class ArrayPostingsWriter(W3PostingsWriter):
    """Writes the document numbers of a block as an array of 32-bit numbers, not as a pickled tuple of differences."""

    def _mini_ids(self) -> bytes:
        return bytes(self._ids.tobytes())


class ArrayCodec(W3Codec):
    """Whoosh's codec with large blocks that NumPy reads as they lie on disk."""

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> W3PostingsWriter:
        """The writer of posting lists."""
        return ArrayPostingsWriter(dbfile, blocklimit=BLOCK, byteids=byteids, compression=0, inlinelimit=1)


class OpenSegment(SegmentReader):
    """A segment open for reading; its file is closed when nobody holds it any more."""

    def __del__(self) -> None:
        """Close the file, unless opening it failed already."""
        with contextlib.suppress(Exception):
            self.close()

    def posting_list(self, key: bytes) -> PostingList | None:
        """A whole posting list, block by block and without a Python loop over its postings; None for no such key.

        It is read past Whoosh's reader, which would step over deleted documents one by one: the caller masks them.
        """
        try:
            matcher = self._terms.matcher(_FIELD, key, self.schema[_FIELD].format)
        except TermNotFound:
            return None
        numbers, weights = [], []
        while matcher.is_active():
            matcher._read_data()
            block, _, values = matcher._data
            numbers.append(np.frombuffer(block, dtype=np.uint32))
            weights.append(np.frombuffer(values, dtype=np.uint8))
            matcher._next_block()
        return np.concatenate(numbers), np.concatenate(weights)

    def keys(self) -> Iterator[bytes]:
        """Every key of the segment in the order of its bytes."""
        yield from self.lexicon(_FIELD)

    def documents_with(self, key: bytes) -> int:
        """How many documents have a key, deleted ones included."""
        return int(self.doc_frequency(_FIELD, key))

    def stored_rows(self) -> Iterator[Mapping[str, bytes]]:
        """The stored fields of every document, deleted ones included: numbers must not shift."""
        for number in range(self.doc_count_all()):
            yield self.stored_fields(number)


class BulkWriter(SegmentWriter):
    """Writes one new segment and inverts it in NumPy: ten times faster than sorting single postings.

    Documents are only added through `add`; earlier segments stay as they are.
    """

    def __init__(self, index: FileIndex, **kwargs: Any) -> None:
        super().__init__(index, codec=ArrayCodec(), **kwargs)
        self.segments: list[Any]
        self._key_numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
        self._key_column = array("I")
        self._document_column = array("I")
        self._weight_column = array("B")

    def add(self, keys: Mapping[str, float], stored: Mapping[str, bytes]) -> None:
        """Add one document: its keys with their weights 0–1 and its stored fields."""
        number = self.docnum
        self._key_column.extend(map(self._key_numbers.__getitem__, keys))
        self._weight_column.frombytes(weight_bytes(keys.values()))
        self._document_column.frombytes(np.full(len(keys), number, dtype=np.uint32).tobytes())
        self.perdocwriter.start_doc(number)
        for name, value in stored.items():
            self.perdocwriter.add_field(name, self.schema[name], value, 0)
        self.perdocwriter.finish_doc()
        self._added = True
        self.docnum += 1

    def delete(self, keys: Iterable[str]) -> None:
        """Mark the documents of earlier segments that have one of the keys as deleted."""
        wanted = [key.encode() for key in keys]
        for segment in self.segments:
            reader = OpenSegment(self.storage, self.schema, segment)
            try:
                for key in wanted:
                    found = reader.posting_list(key)
                    for number in () if found is None else found[0]:
                        segment.delete_document(int(number))
            finally:
                reader.close()

    def leave_out(self, names: Collection[str]) -> None:
        """Leave earlier segments out of what is committed."""
        self.segments = [segment for segment in self.segments if segment.segment_id() not in names]

    def save(self) -> int:
        """Commit what was added and deleted and return how many documents were added. Nothing is merged."""
        added: int = self.docnum
        if added:
            self.commit(merge=False)
            return added
        self.perdocwriter.close()
        self.fieldwriter.close()
        self._commit_toc([each for each in self.segments if each.doc_count_all() > each.deleted_count()])
        self._finish()
        return 0

    def _flush_segment(self) -> None:
        """Write the posting lists, key by key in the order of their bytes; Whoosh's own pool stays empty."""
        self.perdocwriter.close()
        keys = np.frombuffer(self._key_column, dtype=np.uint32)
        order = np.argsort(keys, kind="stable")
        documents = np.frombuffer(self._document_column, dtype=np.uint32)[order]
        weights = np.frombuffer(self._weight_column, dtype=np.uint8)[order]
        ends = np.cumsum(np.bincount(keys, minlength=len(self._key_numbers)))
        writer = self.fieldwriter
        writer.start_field(_FIELD, self.schema[_FIELD])
        for key, number in sorted((key.encode(), number) for key, number in self._key_numbers.items()):
            start, end = int(ends[number - 1]) if number else 0, int(ends[number])
            writer.start_term(key)
            _write_postings(writer._postwriter, documents[start:end], weights[start:end])
            writer.finish_term()
        writer.finish_field()
        writer.close()


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment as the table of contents names it: its name, documents (deleted ones included) and deleted numbers."""

    name: str
    size: int
    deleted: frozenset[int]
    segment: Any
    storage: FileStorage
    schema: fields.Schema

    def open(self) -> OpenSegment:
        """The segment, open for reading."""
        return OpenSegment(self.storage, self.schema, self.segment)


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents of one committed state."""

    generation: int
    segments: tuple[SegmentEntry, ...]


def weight_bytes(weights: Collection[float]) -> bytes:
    """Weights from 0 to 1 as bytes from 1 to 255."""
    scaled = np.fromiter(weights, dtype=np.float64, count=len(weights)) * 255
    return np.rint(scaled).clip(1, 255).astype(np.uint8).tobytes()


def create(folder: Path) -> None:
    """Make an empty index in a private folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    schema = fields.Schema(keys=Keys(), row=fields.STORED(), body=fields.STORED())
    FileIndex.create(_storage(folder), schema)


def contents(folder: Path) -> Contents:
    """The table of contents of the newest state.

    FileNotFoundError while a writer replaces it; a damaged file can raise anything.
    """
    storage = _storage(folder)
    read = TOC.read(storage, "MAIN")
    entries = (
        SegmentEntry(
            segment.segment_id(),
            segment.doc_count_all(),
            frozenset(segment.deleted_docs()),
            segment,
            storage,
            read.schema,
        )
        for segment in read.segments
    )
    return Contents(read.generation, tuple(entries))


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[BulkWriter]:
    """A writer that nothing is left of when the block raises. One at a time: the caller holds the lock."""
    writer = BulkWriter(FileIndex(_storage(folder)), timeout=5)
    try:
        yield writer
    except BaseException:
        with contextlib.suppress(Exception):
            writer.cancel()
        raise


def _storage(folder: Path) -> FileStorage:
    """The files of an index, read where something is wanted from them.

    Left to itself Whoosh copies every segment into the memory of every process and of every writer: 290 MB and a
    tenth of a second at 200,000 offers.
    """
    return FileStorage(str(folder), supports_mmap=False)


def _write_postings(writer: Any, documents: Any, weights: Any) -> None:
    """Hand a posting list to Whoosh's block writer a block at a time; the last one is written by `finish_term`."""
    for start in range(0, len(documents), BLOCK):
        if start:
            writer._write_block()
        writer._ids = array("I", documents[start : start + BLOCK].tobytes())
        writer._weights = array("f", [1.0]) * len(writer._ids)
        writer._values = [weights[start : start + BLOCK].tobytes()]
        writer._maxweight = 1.0
