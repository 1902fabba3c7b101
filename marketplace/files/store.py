"""Files that people send: checked by content, kept under their SHA-256, handed out as they came.

Taken are PDF, JPEG and PNG. The type is decided by the file's own first bytes and must agree with its name, so a
program renamed to `.pdf` is refused; so is what was cut off on its way. `files/uploads.py` hands files out as downloads
in a sandbox.

Two things are opened, by a process with limits (`photographs`): a PDF that may be locked, which is refused, and the
photographs of a telephone. One in HEIC or WebP, or over the limit, is drawn again as a smaller JPEG, several become a
PDF.

Where a virus scanner is set up, an infected file is refused and never kept. When the scanner does not answer, the file
is kept in quarantine: the worker scans it later, and until then it is not let through.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

from itsdangerous import BadSignature, URLSafeTimedSerializer

from marketplace.config import Settings
from marketplace.errors import Invalid
from marketplace.files import photographs
from marketplace.files.child import MAX_PIXELS
from marketplace.files.contents import (
    CHUNK,
    INCOMING,
    ContentStore,
    FolderContents,
    NoFile,
    contents_at,
    new_file,
)
from marketplace.files.pixels import is_cut_off, pixels_of
from marketplace.files.rules import FileState
from marketplace.files.scanning import Scanner, ScannerUnreachable, scanner_at
from marketplace.files.signed_addresses import Download
from marketplace.i18n import _l

TYPES: Final = {
    "application/pdf": (b"%PDF-", ("pdf",)),
    "image/jpeg": (b"\xff\xd8\xff", ("jpg", "jpeg", "jpe", "jfif")),
    "image/png": (b"\x89PNG\r\n\x1a\n", ("png",)),
}
"""Media type → the bytes such a file begins with and the endings its name may have."""

_REDRAWN: Final = {
    "image/heic": (
        re.compile(rb".{4}ftyp(?:heic|heix|heim|heis|hevc|mif1|msf1)", re.DOTALL),
        ("heic", "heif", "hif", "jpg", "jpeg"),
    ),
    "image/webp": (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), ("webp", "jpg", "jpeg", "png")),
}
"""Media type → how the first bytes look (ISO/IEC 23008-12, RFC 9649) and the endings of pictures that are never kept.

They are drawn again. A telephone, or who saves a picture of a message, may call them otherwise.
"""

PHOTOGRAPHS: Final = ("image/jpeg", "image/png", *_REDRAWN)
"""What telephones take and save pictures in."""

_OTHER_PICTURES: Final = re.compile(rb"II\*\x00|MM\x00\*|GIF8|BM.{4}\x00{4}|.{4}ftypavi[fs]", re.DOTALL)
"""How TIFF, GIF, BMP and AVIF begin: pictures that are not taken."""

MOST_PHOTOGRAPHS: Final = 12
MAX_PHOTOGRAPH: Final = 25 * 1024 * 1024
"""Bytes of one photograph as it comes; it is kept smaller."""

HEAD: Final = 1024
"""Of a file's bytes so many tell its type: readers look for a PDF's signature among them."""

_LOCKED: Final = b"/Encrypt"
"""Stands in the trailer of every PDF with encryption (ISO 32000-2, 7.5.5), which is itself not encrypted."""

_END: Final = b"%%EOF"
"""Ends every PDF (ISO 32000-2, 7.5.5); one that was cut off on its way here lacks it."""

_MARKS: Final = (_LOCKED, _END)

_OFFICE: Final = (
    (b"PK\x03\x04", ("docx", "xlsx", "pptx", "odt", "ods", "pages")),
    (b"\xd0\xcf\x11\xe0", ("doc", "xls", "ppt")),
)
"""What a file of an office program begins with, and its endings."""

_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"PK", b"#!", b"<")
"""What begins like this is not a PDF with something before it."""

TOKEN_LIFETIME: Final = 24 * 3600
"""Seconds for which a received file waits for the rest of its form to be put right."""

_MESSAGES: Final = {
    "empty": _l("The file is empty (0 bytes). Check the file and choose it again."),
    "too_large": _l("The file is larger than 10 MB. Save it in a smaller size and choose it again."),
    "wrong_type": _l("This is not a PDF or a photo. Save the document as a PDF and choose it again."),
    "office": _l(
        "This is a file of Word or another office program. Open it there, choose “Save as” or “Export”, choose PDF "
        "as the type, and choose the PDF here."
    ),
    "password": _l(
        "The PDF opens only with a password, and the office could not read it. Open it, choose “Print” and “Save as "
        "PDF”, and choose the new file here."
    ),
    "cut_off": _l(
        "The PDF ends in the middle and cannot be opened. Download or save it again and choose it here."
    ),
    "photographs_only": _l("Choose one PDF, or only photos: several photos become one document."),
    "other_picture": _l(
        "A picture of this kind cannot be taken. Save it as a JPEG or PNG and choose it again."
    ),
    "no_photograph": _l("This is not a photo. Choose a JPEG, PNG, HEIC or WebP file."),
    "too_many": _l("Choose at most 12 photos at a time."),
    "photograph_too_large": _l("A photo is larger than 25 MB. Take it again in a smaller size."),
    "too_many_pixels": _l("A photo is too large to be read. Take it again in a smaller size."),
    "malformed": _l("A photo cannot be read. Take it again, or save it as a JPEG, and choose it again."),
    "photograph_cut_off": _l(
        "A photo ends in the middle, so a part of it would be missing. Take or save it again and choose it here."
    ),
    "wrong_ending": _l(
        "The content of the file is not what its name says. Save it as a PDF and choose it again."
    ),
    "infected": _l(
        "The virus scanner found something harmful in the file, and it was not kept. Check your computer and "
        "make the document again."
    ),
}


class FileRefused(Invalid):
    """A file that is not taken; `code` is one of _MESSAGES."""

    def __init__(self, code: str, *, field: str | None = None) -> None:
        super().__init__(_MESSAGES[code], field=field)
        self.code = code


class Upload(Protocol):
    """What the web framework gives for a file in a form."""

    filename: str | None
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that was checked and whose content is kept; `size` is in bytes, `name` as its sender called it.

    `state`: `clean`, or `quarantined` while the virus scanner has not seen it.
    """

    sha256: str
    media_type: str
    size: int
    name: str
    state: FileState = FileState.CLEAN


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A file that is being received; `marks` are those of _MARKS that stand in it."""

    file: IO[bytes]
    sha256: str
    media_type: str
    size: int
    name: str
    marks: frozenset[bytes]


class FileStore:
    """What is received and kept: checked here, kept in `contents` (a folder, or what keeps contents otherwise).

    `limit` is the largest size taken, in bytes; `secret` signs the tokens of files whose form is not finished; of
    several the last one signs, and the others still prove. `scanner` is None where files are not scanned. `archive`
    is where documents that must not change lie a second time, in a bucket that lets nobody change them; `incoming`
    is the folder of this machine for what is being received.
    """

    def __init__(
        self,
        contents: Path | ContentStore,
        *,
        secret: str | list[str],
        limit: int,
        scanner: Scanner | None = None,
        archive: ContentStore | None = None,
        incoming: Path | None = None,
    ) -> None:
        self.contents: ContentStore = FolderContents(contents) if isinstance(contents, Path) else contents
        self.limit = limit
        self.scanner = scanner
        self.archive = archive
        self._folder = incoming or (contents / INCOMING if isinstance(contents, Path) else None)
        self._signer = URLSafeTimedSerializer(secret, salt="received file")

    @classmethod
    def of(cls, settings: Settings) -> FileStore:
        """The portal's file store."""
        return cls(
            contents_at(settings.files_url, settings.s3, settings.files_public_url),
            secret=settings.signing_keys,
            limit=settings.max_upload_bytes,
            scanner=scanner_at(settings.clamd_url),
            archive=contents_at(settings.files_archive_url, settings.s3)
            if settings.files_archive_url
            else None,
            incoming=settings.incoming_dir,
        )

    def receive(self, *uploads: Upload) -> ReceivedFile:
        """Check and keep what a person sends as one document: a PDF, a photograph, or several of these.

        Reads no further than the limits. A PDF and a photograph within the limit are kept as they are; other
        photographs, and those of very many pixels, are drawn again. Raises FileRefused.
        """
        if len(uploads) > MOST_PHOTOGRAPHS:
            raise FileRefused("too_many")
        with ExitStack() as stack:
            came = [stack.enter_context(self._taken_in(upload)) for upload in uploads]
            first = came[0]
            if len(came) > 1 and any(each.media_type not in PHOTOGRAPHS for each in came):
                raise FileRefused("photographs_only")
            states = {self._state_of(each.file) for each in came}
            state = FileState.QUARANTINED if FileState.QUARANTINED in states else FileState.CLEAN
            if len(came) == 1 and self._stays_as_it_is(first):
                _demand_readable(first)
                first.file.seek(0)
                self.contents.put(first.sha256, first.file)
                return ReceivedFile(first.sha256, first.media_type, first.size, first.name, state)
            return self._drawn_again(came, state)

    def photograph(self, upload: Upload) -> bytes:
        """A photograph that is drawn again elsewhere: as it came, or a smaller JPEG where that is no JPEG or PNG within
        the limit. Nothing is kept. Raises FileRefused.
        """
        with self._taken_in(upload, photograph_type) as came:
            path = Path(came.file.name)
            if self._stays_as_it_is(came):
                return path.read_bytes()
            try:
                return photographs.as_document([path])[1]
            except photographs.UnreadablePhotograph as error:
                raise FileRefused(error.code) from error

    def _stays_as_it_is(self, came: _Incoming) -> bool:
        """Whether a file is kept as it came: within the limit, and no picture that takes a browser all its memory."""
        small = came.media_type in TYPES and came.size <= self.limit
        return small and pixels_of(came.file, came.media_type) <= MAX_PIXELS

    def _drawn_again(self, came: Sequence[_Incoming], state: FileState) -> ReceivedFile:
        """The photographs as one document, called after the first of them. Raises FileRefused."""
        try:
            media_type, content = photographs.as_document([Path(each.file.name) for each in came])
        except photographs.UnreadablePhotograph as error:
            raise FileRefused(error.code) from error
        if len(content) > self.limit:
            raise FileRefused("too_large")
        name = str(PurePosixPath(came[0].name).with_suffix(f".{TYPES[media_type][1][0]}"))
        return replace(self.put(content, media_type=media_type, name=name), state=state)

    @contextmanager
    def _taken_in(
        self, upload: Upload, type_of: Callable[[bytes, str], str] | None = None
    ) -> Iterator[_Incoming]:
        """One file on this machine, read to its end and its type known; removed at the end."""
        name = clean_name(upload.filename or "")
        digest, size, head, tail, marks = hashlib.sha256(), 0, b"", b"", set[bytes]()
        with new_file(self._incoming) as file:
            while chunk := upload.stream.read(CHUNK):
                head = head or chunk[:HEAD]
                size += len(chunk)
                most, code = (
                    (MAX_PHOTOGRAPH, "photograph_too_large")
                    if is_photograph(head)
                    else (self.limit, "too_large")
                )
                if size > most:
                    raise FileRefused(code)
                marks.update(mark for mark in _MARKS if mark in tail + chunk)
                tail = (tail + chunk)[-max(map(len, _MARKS)) :]
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            media_type = (type_of or media_type_of)(head, name)
            if is_cut_off(file, media_type):
                raise FileRefused("photograph_cut_off")
            yield _Incoming(file, digest.hexdigest(), media_type, size, name, frozenset(marks))

    def _state_of(self, file: IO[bytes]) -> FileState:
        """Clean or quarantined. Raises FileRefused for an infected file."""
        file.seek(0)
        try:
            harm = self.scanner.scan(file) if self.scanner else None
        except ScannerUnreachable:
            return FileState.QUARANTINED
        if harm is not None:
            raise FileRefused("infected")
        return FileState.CLEAN

    def put(self, content: bytes, *, media_type: str, name: str, archived: bool = False) -> ReceivedFile:
        """Keep a document that the portal itself has made; `archived`: one that must never change, as a decision."""
        digest = hashlib.sha256(content).hexdigest()
        self.contents.put(digest, io.BytesIO(content))
        if archived and self.archive is not None:
            self.archive.put(digest, io.BytesIO(content))
        return ReceivedFile(digest, media_type, len(content), name)

    def open(self, sha256: str) -> IO[bytes]:
        """The content to read; FileNotFoundError when it is not here, ValueError for what is no digest."""
        try:
            return self.contents.open(sha256)
        except FileNotFoundError:
            if self.archive is None or not self.archive.exists(sha256):
                raise
            return self.archive.open(sha256)

    def read(self, sha256: str) -> bytes:
        """The whole content; raises FileNotFoundError when it is not here."""
        with self.open(sha256) as content:
            return content.read()

    def address(self, sha256: str, download: Download) -> str | None:
        """Where a browser gets the content from the store itself; None where the portal hands it out."""
        return self.contents.address(sha256, download) if self.contents.exists(sha256) else None

    def holds(self, sha256: str) -> bool:
        """Whether the content is here."""
        return self.contents.exists(sha256) or (self.archive is not None and self.archive.exists(sha256))

    def held(self) -> set[str]:
        """The digests of all contents, by one walk through the store."""
        places = [self.contents, *([self.archive] if self.archive is not None else [])]
        return {sha256 for place in places for sha256, _came in place.listed()}

    def obstructed(self, missing: Iterable[str]) -> list[str]:
        """Those of contents that are not here in whose place something else lies: a folder, a link, a device."""
        return [sha256 for sha256 in missing if self._is_obstructed(sha256)]

    def _is_obstructed(self, sha256: str) -> bool:
        try:
            self.open(sha256).close()
        except NoFile:
            return True
        except FileNotFoundError:
            pass
        return False

    def is_unchanged(self, sha256: str) -> bool:
        """Whether the content is what it was when it came; reads all of it."""
        with self.open(sha256) as content:
            return is_named_right(content, sha256)

    def discard(self, sha256: str) -> None:
        """Remove a content; nothing happens when it is not here."""
        self.contents.discard(sha256)

    def kept_before(self, moment: datetime) -> Iterator[str]:
        """The digests of all contents that came before `moment`, from the store."""
        return (sha256 for sha256, came in self.contents.listed() if came < moment)

    def clear_incoming(self, before: datetime) -> None:
        """Remove files that were being received before `before` and never settled: their process has died."""
        for path in self._incoming.glob("*"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)

    def token(self, received: ReceivedFile, *, owner: str) -> str:
        """A signed text that brings the file back to the same person's form; `owner` names the person."""
        fields = [received.sha256, received.media_type, received.size, received.name, received.state, owner]
        return str(self._signer.dumps(fields))

    def recall(self, token: str, *, owner: str) -> ReceivedFile | None:
        """The file of a token, or None when it is forged, too old, somebody else's or no longer here."""
        try:
            *fields, signed_for = self._signer.loads(token, max_age=TOKEN_LIFETIME)
        except BadSignature:
            return None
        received = ReceivedFile(*fields)
        return received if signed_for == owner and self.contents.exists(received.sha256) else None

    @property
    def _incoming(self) -> Path:
        if self._folder is None:
            raise ValueError("this store receives nothing: it has no folder for what comes in")
        return self._folder


def _demand_readable(came: _Incoming) -> None:
    """Refuse a PDF that the office could not open. Raises FileRefused."""
    if came.media_type != "application/pdf":
        return
    if _END not in came.marks:
        raise FileRefused("cut_off")
    if _LOCKED in came.marks and photographs.is_locked(Path(came.file.name)):
        raise FileRefused("password")


def is_named_right(content: IO[bytes], sha256: str) -> bool:
    """Whether a content is the one of this digest; reads all of it."""
    return hashlib.file_digest(content, "sha256").hexdigest() == sha256  # type: ignore[arg-type]


def media_type_of(head: bytes, name: str) -> str:
    """The media type that the first bytes and the name agree on. Raises FileRefused."""
    if not head:
        raise FileRefused("empty")
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    known = [(kind, endings) for kind, (signature, endings) in TYPES.items() if head.startswith(signature)]
    redrawn = [(kind, endings) for kind, (signature, endings) in _REDRAWN.items() if signature.match(head)]
    for media_type, endings in known or redrawn:
        if ending in endings:
            return media_type
        raise FileRefused("wrong_ending")
    if _has_a_late_signature(head):
        if ending == "pdf":
            return "application/pdf"
        raise FileRefused("wrong_ending")
    if any(head.startswith(signature) and ending in endings for signature, endings in _OFFICE):
        raise FileRefused("office")
    if _OTHER_PICTURES.match(head):
        raise FileRefused("other_picture")
    raise FileRefused("wrong_type")


def photograph_type(head: bytes, _name: str = "") -> str:
    """The media type of what a telephone takes, whatever it is called. Raises FileRefused."""
    if not head:
        raise FileRefused("empty")
    for media_type in PHOTOGRAPHS:
        if (
            _REDRAWN[media_type][0].match(head)
            if media_type in _REDRAWN
            else head.startswith(TYPES[media_type][0])
        ):
            return media_type
    raise FileRefused("other_picture" if _OTHER_PICTURES.match(head) else "no_photograph")


def is_photograph(head: bytes) -> bool:
    """Whether the first bytes are those of what a telephone takes."""
    try:
        return bool(photograph_type(head))
    except FileRefused:
        return False


def _has_a_late_signature(head: bytes) -> bool:
    """Whether it is a PDF that some program has put a mark, line ends or a line of its own before."""
    before, found, _rest = head[:HEAD].partition(TYPES["application/pdf"][0])
    return bool(found) and b"\x00" not in before and not before.lstrip().startswith(_PROGRAMS)


def clean_name(filename: str) -> str:
    """The file's own name without folders, control characters or excess length; kept for people to recognise it by."""
    base = filename.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in base if c.isprintable()).strip() or "file"
    stem, dot, ending = shown.rpartition(".")
    return shown if len(shown) <= 120 else f"{(stem or ending)[:100]}{dot}{ending[:10]}"
