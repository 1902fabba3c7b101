"""The embedded engine: Whoosh keeps the inverted index and the documents, NumPy answers from them.

This is the only module that speaks Whoosh (2.7.4; docs/decisions/0020). What it relies on and what it does not:

* A segment never changes once it is committed, so its columns and postings are computed once for each segment and
  carried over from one commit to the next. Deletions live in the table of contents, as a set of document numbers.
* `Searcher.refresh()` is not used: it returned deleted versions, or raised while another process merged. Every
  new state is opened anew.
* Whoosh never calls fsync and its files are pickles: the folder is private and can always be made again.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import threading
import time
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec, W3PostingsWriter
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.writing import SegmentWriter

from marketplace.search import columns as columnar
from marketplace.search.engine import DamagedIndex, Document
from marketplace.search.ranking import Live, Postings, Segment

BLOCK: Final = 4096
"""Postings in a block: large, because whole lists are read and never skipped through."""

SMALL: Final = 256
"""Segments with fewer documents are merged when they have become many."""

MANY: Final = 12
"""Small segments that may stand before they are merged."""

_OPEN_TRIES: Final = 20
"""A writer may remove a segment between reading the table of contents and opening the segment."""

_COLUMNS = "columns"


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
            yield key.encode(), 1, 1.0, _weight_bytes((weight,))


class Postings32(W3PostingsWriter):
    """Writes the document numbers of a block as an array of 32-bit numbers, not as a pickled tuple of differences."""

    def _mini_ids(self) -> bytes:
        return bytes(self._ids.tobytes())


class OfferCodec(W3Codec):
    """Whoosh's codec with large blocks that NumPy reads as they lie on disk."""

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> W3PostingsWriter:
        """The writer of posting lists."""
        return Postings32(dbfile, blocklimit=BLOCK, byteids=byteids, compression=0, inlinelimit=1)


def _storage(folder: Path) -> FileStorage:
    """The files of an index, read where something is wanted from them.

    Left to itself Whoosh copies every segment into the memory of every process and of every writer: 290 MB and a
    tenth of a second at 200,000 offers.
    """
    return FileStorage(str(folder), supports_mmap=False)


class OpenSegment(SegmentReader):
    """A segment open for reading; its file is closed when nobody holds it any more."""

    def __del__(self) -> None:
        """Close the file, unless opening it failed already."""
        with contextlib.suppress(Exception):
            self.close()


def _schema() -> fields.Schema:
    return fields.Schema(keys=Keys(), row=fields.STORED(), body=fields.STORED())


def _weight_bytes(weights: Collection[float]) -> bytes:
    """Weights from 0 to 1 as bytes from 1 to 255."""
    scaled = np.fromiter(weights, dtype=np.float64, count=len(weights)) * 255
    return np.rint(scaled).clip(1, 255).astype(np.uint8).tobytes()


def offer_key(identity: int) -> str:
    """The index key that only the document of one offer has."""
    return f"={identity}"


class BulkWriter(SegmentWriter):
    """Writes one new segment and inverts it in NumPy: ten times faster than sorting single postings.

    Documents are only added through `add`; earlier segments stay as they are.
    """

    def __init__(self, index: FileIndex, **kwargs: Any) -> None:
        super().__init__(index, codec=OfferCodec(), **kwargs)
        self._numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
        self._terms = array("I")
        self._documents = array("I")
        self._weights = array("B")

    def add(self, document: Document) -> None:
        """Add one document."""
        number = self.docnum
        postings = len(document.keys) + 1
        self._terms.extend(map(self._numbers.__getitem__, document.keys))
        self._terms.append(self._numbers[offer_key(document.id)])
        self._weights.frombytes(_weight_bytes(document.keys.values()) + b"\xff")
        self._documents.frombytes(np.full(postings, number, dtype=np.uint32).tobytes())
        row = columnar.row(document.id, document.values, document.prices, document.names, document.words)
        self.perdocwriter.start_doc(number)
        for name, value in (("row", row), ("body", document.body)):
            self.perdocwriter.add_field(name, self.schema[name], value, 0)
        self.perdocwriter.finish_doc()
        self._added = True
        self.docnum += 1

    def _flush_segment(self) -> None:
        """Write the posting lists, key by key in the order of their bytes; Whoosh's own pool stays empty."""
        self.perdocwriter.close()
        terms = np.frombuffer(self._terms, dtype=np.uint32)
        order = np.argsort(terms, kind="stable")
        documents = np.frombuffer(self._documents, dtype=np.uint32)[order]
        weights = np.frombuffer(self._weights, dtype=np.uint8)[order]
        ends = np.cumsum(np.bincount(terms, minlength=len(self._numbers)))
        writer = self.fieldwriter
        writer.start_field("keys", self.schema["keys"])
        for key, number in sorted((key.encode(), number) for key, number in self._numbers.items()):
            start, end = int(ends[number - 1]) if number else 0, int(ends[number])
            writer.start_term(key)
            _write_postings(writer._postwriter, documents[start:end], weights[start:end])
            writer.finish_term()
        writer.finish_field()
        writer.close()


def _write_postings(writer: Any, documents: Any, weights: Any) -> None:
    """Hand a posting list to Whoosh's block writer a block at a time; the last one is written by `finish_term`."""
    for start in range(0, len(documents), BLOCK):
        if start:
            writer._write_block()
        writer._ids = array("I", documents[start : start + BLOCK].tobytes())
        writer._weights = array("f", [1.0]) * len(writer._ids)
        writer._values = [weights[start : start + BLOCK].tobytes()]
        writer._maxweight = 1.0


def create(folder: Path) -> None:
    """Make an empty index in a private folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    FileIndex.create(_storage(folder), _schema())


def write(folder: Path, documents: Iterable[Document], removed: Iterable[int] = ()) -> int:
    """Commit documents (replacing those with the same ids) and removals as one new segment; return how many.

    One writer at a time: the caller holds the lock of the index.
    """
    writer = BulkWriter(FileIndex(_storage(folder)), timeout=5)
    try:
        gone = set(removed)
        for document in documents:
            gone.add(document.id)
            writer.add(document)
        _delete(writer, gone)
        added: int = writer.docnum
        if added:
            writer.commit(merge=False)
        else:
            _commit_deletions(writer)
    except BaseException:
        with contextlib.suppress(Exception):
            writer.cancel()
        raise
    _place_columns(folder)
    return added


def _delete(writer: SegmentWriter, identities: set[int]) -> None:
    for segment in writer.segments:
        reader = OpenSegment(writer.storage, writer.schema, segment)
        try:
            for identity in identities:
                for number in _numbers_of(reader, identity):
                    segment.delete_document(number)
        finally:
            reader.close()


def _numbers_of(reader: SegmentReader, identity: int) -> list[int]:
    found = _read_postings(reader, offer_key(identity).encode())
    return [] if found is None else [int(number) for number in found[0]]


def _commit_deletions(writer: SegmentWriter) -> None:
    """Commit without a new segment."""
    writer.perdocwriter.close()
    writer.fieldwriter.close()
    writer._commit_toc(
        [segment for segment in writer.segments if segment.doc_count_all() > segment.deleted_count()]
    )
    writer._finish()


def tidy(folder: Path) -> bool:
    """Merge the small segments when they have become many; True when it did. Large ones are never rewritten here."""
    index = FileIndex(_storage(folder))
    small = [segment for segment in index._segments() if segment.doc_count_all() < SMALL]
    if len(small) < MANY:
        return False
    merged = {segment.segment_id() for segment in small}
    documents = []
    for segment in small:
        reader = OpenSegment(index.storage, index.schema, segment)
        try:
            documents += _documents_of(reader)
        finally:
            reader.close()
    writer = BulkWriter(index, timeout=5)
    writer.segments = [segment for segment in writer.segments if segment.segment_id() not in merged]
    for document in documents:
        writer.add(document)
    writer.commit(merge=False)
    _place_columns(folder)
    return True


def _documents_of(reader: SegmentReader) -> list[Document]:
    """The living documents of a small segment, put together again from what is stored and from its postings."""
    keys: dict[int, dict[str, float]] = {}
    for name in reader.lexicon("keys"):
        numbers, weights = _read_postings(reader, name) or ((), ())
        for number, weight in zip(numbers, weights, strict=True):
            if not name.startswith(b"="):
                keys.setdefault(int(number), {})[name.decode()] = int(weight) / 255
    found = []
    for number, stored in reader.iter_docs():
        fields_of = columnar.unrow(stored["row"])
        found.append(Document(keys=keys.get(number, {}), body=stored["body"], **fields_of))
    return found


def _read_postings(reader: SegmentReader, key: bytes) -> Postings | None:
    """A whole posting list, block by block and without a Python loop over its postings."""
    try:  # past the reader, which would step over deleted documents one by one: the caller masks them
        matcher = reader._terms.matcher("keys", key, reader.schema["keys"].format)
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


def _postings_of(reader: SegmentReader, lock: threading.Lock) -> Callable[[str], Postings | None]:
    def read(key: str) -> Postings | None:
        with lock:
            return _read_postings(reader, key.encode())

    return read


def _bodies_of(reader: SegmentReader, lock: threading.Lock) -> Callable[[int], bytes]:
    def read(number: int) -> bytes:
        with lock:
            return bytes(reader.stored_fields(number)["body"])

    return read


class Reading:
    """One committed state, open for reading. Its segments are shared with earlier and later states."""

    def __init__(self, folder: Path, earlier: Reading | None = None) -> None:
        """Open the newest state of `folder`. DamagedIndex when it cannot be read."""
        self._lock: threading.Lock = threading.Lock() if earlier is None else earlier._lock
        kept = {} if earlier is None else earlier._opened
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

    def _open(self, folder: Path, kept: dict[str, tuple[SegmentReader, Segment]]) -> None:
        storage = _storage(folder)
        contents = TOC.read(storage, "MAIN")
        self.generation: int = contents.generation
        self._opened: dict[str, tuple[SegmentReader, Segment]] = {}
        self.lives: list[Live] = []
        self.deleted = 0
        for segment in contents.segments:
            name = segment.segment_id()
            if name not in kept:
                reader = OpenSegment(storage, contents.schema, segment)
                columns = _columns(folder, name, reader)
                readers = _postings_of(reader, self._lock), _bodies_of(reader, self._lock)
                kept[name] = (reader, Segment(columns, *readers))
            self._opened[name] = kept[name]
            reader, numpy_segment = kept[name]
            gone = np.fromiter(segment.deleted_docs(), dtype=np.int64)
            alive = np.ones(numpy_segment.columns.size, dtype=np.bool_)
            alive[gone] = False
            self.deleted += len(gone)
            self.lives.append(Live(numpy_segment, columnar.pack(alive), int(np.count_nonzero(alive))))

    @property
    def count(self) -> int:
        """Offers in the index."""
        return sum(live.count for live in self.lives)

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        """Every key with its number of documents, segment by segment; a key may come several times."""
        for reader, _ in self._opened.values():
            with self._lock:
                found = [(name, reader.doc_frequency("keys", name)) for name in reader.lexicon("keys")]
            for name, count in found:
                if not name.startswith(b"="):
                    yield name.decode(), count


def _columns(folder: Path, name: str, reader: SegmentReader) -> columnar.Columns:
    """The columns of a segment: mapped from disk, or made from its stored rows where they are missing."""
    place = folder / _COLUMNS / name
    try:
        return columnar.load(place)
    except (OSError, ValueError, KeyError):
        shutil.rmtree(place, ignore_errors=True)
    made = columnar.build(stored["row"] for stored in _stored_rows(reader))
    with contextlib.suppress(OSError):
        columnar.save(made, place)
    return made


def _stored_rows(reader: SegmentReader) -> Iterator[Mapping[str, bytes]]:
    """The stored fields of every document of a segment, deleted ones included: numbers must not shift."""
    for number in range(reader.doc_count_all()):
        yield reader.stored_fields(number)


def _place_columns(folder: Path) -> None:
    """Make the columns of new segments and remove those of segments that are gone."""
    storage = _storage(folder)
    contents = TOC.read(storage, "MAIN")
    names = {segment.segment_id() for segment in contents.segments}
    for segment in contents.segments:
        if not (folder / _COLUMNS / segment.segment_id()).exists():
            reader = OpenSegment(storage, contents.schema, segment)
            try:
                _columns(folder, segment.segment_id(), reader)
            finally:
                reader.close()
    with contextlib.suppress(FileNotFoundError):
        for place in (folder / _COLUMNS).iterdir():
            if place.name not in names:
                shutil.rmtree(place, ignore_errors=True)
