"""Where contents lie: in a folder of this machine, or in a bucket of an S3 store that several machines share.

Contents are named by their SHA-256 and never changed. Both kinds answer alike (`tests/files/test_contents.py` asks
both), so nothing above them knows which it is.
"""

from __future__ import annotations

import functools
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from errno import ELOOP, ENXIO
from pathlib import Path
from typing import IO, Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from marketplace.backends import S3Access
from marketplace.buckets import asked, open_bucket
from marketplace.files.signed_addresses import Download, signed_address

CHUNK: Final = 64 * 1024
INCOMING: Final = "incoming"
"""The folder, beside the contents, of what is being received."""

YOUNG: Final = timedelta(hours=1)
"""A content that comes again after this is put again: its age is counted from when it was last needed."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class NoFile(FileNotFoundError):
    """Something else lies in the place of a content: a folder, a link, a device; the message says where, in English."""

    def __init__(self, place: Path) -> None:
        super().__init__(f"{place} is no file but a folder, a link or a device")


class ContentStore(Protocol):
    """A place for contents, each under its digest. A digest that is none raises ValueError."""

    def put(self, sha256: str, source: IO[bytes]) -> None:
        """Keep a content, all of it or nothing; one that is here already stays, and counts as young again."""
        ...

    def open(self, sha256: str) -> IO[bytes]:
        """The content to read, which can be sought in; FileNotFoundError when it is not here, NoFile for another thing
        in its place.
        """
        ...

    def exists(self, sha256: str) -> bool:
        """Whether the content is here."""
        ...

    def discard(self, sha256: str) -> None:
        """Remove a content; nothing happens when it is not here."""
        ...

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Every content with the moment it came."""
        ...

    def address(self, sha256: str, download: Download) -> str | None:
        """Where a browser gets the content for a short time without asking the portal; None where it cannot."""
        ...


class FolderContents:
    """Contents under `folder/ab/<sha256>`, readable by the portal's own account only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the content of this digest lies. Raises ValueError for anything that is not a digest."""
        return self.folder / _demand_digest(sha256)[:2] / sha256

    def put(self, sha256: str, source: IO[bytes]) -> None:
        """Write beside the place and move there in one step: readers see all of it or nothing, also after a crash."""
        target = self.path(sha256)
        with new_file(self.folder / INCOMING) as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                Path(file.name).replace(target)
            except IsADirectoryError as error:
                raise NoFile(target) from error

    def open(self, sha256: str) -> IO[bytes]:
        """The content to read; FileNotFoundError when it is not here, NoFile for another thing in its place."""
        return _plain_file(self.path(sha256))

    def exists(self, sha256: str) -> bool:
        """Whether the content is here."""
        return _stat_of_file(self.path(sha256)) is not None

    def discard(self, sha256: str) -> None:
        """Remove a content; nothing happens when it is not here."""
        path = self.path(sha256)
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Every content with the moment it came."""
        for path in self.folder.glob("??/*"):
            if _SHA256.fullmatch(path.name) and (found := _stat_of_file(path)) is not None:
                yield path.name, datetime.fromtimestamp(found.st_mtime, UTC)

    def address(self, sha256: str, download: Download) -> str | None:
        """None: a folder has no addresses."""
        return None


class BucketContents:
    """Contents under `prefix/ab/<sha256>` in a bucket.

    `public` is the address under which browsers reach the store; empty: they do not, and the portal hands out what is
    in it.
    """

    def __init__(self, bucket: str, prefix: str, access: S3Access, *, public: str = "") -> None:
        self.bucket, self.prefix, self.access, self.public = bucket, prefix.strip("/"), access, public

    @functools.cached_property
    def _store(self) -> Any:
        """The client; made where it is first used, because its threads do not survive a fork."""
        return open_bucket(self.bucket, self.access)

    def _key(self, sha256: str) -> str:
        return f"{self._beginning}{_demand_digest(sha256)[:2]}/{sha256}"

    @property
    def _beginning(self) -> str:
        return f"{self.prefix}/" if self.prefix else ""

    def put(self, sha256: str, source: IO[bytes]) -> None:
        """Made in one step and only when there is none; the store checks what it received by a checksum."""
        from obstore.exceptions import AlreadyExistsError

        key, content = self._key(sha256), source.read()
        with asked():
            try:
                self._store.put(key, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                if self._store.head(key)["last_modified"] < datetime.now(UTC) - YOUNG:
                    self._store.put(key, content, use_multipart=False)

    def open(self, sha256: str) -> IO[bytes]:
        """The content to read; FileNotFoundError when it is not here."""
        key = self._key(sha256)
        with asked():
            return io.BytesIO(self._store.get(key).bytes())

    def exists(self, sha256: str) -> bool:
        """Whether the content is here."""
        key = self._key(sha256)
        try:
            with asked():
                self._store.head(key)
        except FileNotFoundError:
            return False
        return True

    def discard(self, sha256: str) -> None:
        """Remove a content; nothing happens when it is not here."""
        key = self._key(sha256)
        with asked():
            try:
                self._store.delete(key)
            except FileNotFoundError:
                return

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Every content with the moment it came."""
        with asked():
            for found in self._store.list(self.prefix or None):
                for each in found:
                    name = each["path"].rpartition("/")[2]
                    if _SHA256.fullmatch(name) and each["path"] == self._key(name):
                        yield name, each["last_modified"]

    def address(self, sha256: str, download: Download) -> str | None:
        """A signed address that holds for a minute; None where browsers do not reach the store."""
        if not self.public:
            return None
        return signed_address(self.public, self.bucket, self._key(sha256), self.access, download)


@functools.lru_cache(maxsize=8)
def contents_at(url: str, access: S3Access | None = None, public: str = "") -> ContentStore:
    """The place at `file:///folder` or `s3://bucket/prefix`, opened once for each process."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderContents(Path(unquote(parts.path)))
    if access is None:
        raise ValueError(f"{url} needs a key of the store")
    return BucketContents(parts.netloc, unquote(parts.path), access, public=public)


@contextmanager
def new_file(folder: Path) -> Iterator[IO[bytes]]:
    """A new file of mode 0600 in `folder`; when it has not been moved away it is removed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _plain_file(path: Path) -> IO[bytes]:
    """A plain file to read. It is opened without waiting and before it is looked at, so that nothing is put in its
    place between: a queue or a device would be read for ever. Raises NoFile.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise (NoFile(path) if error.errno in (ELOOP, ENXIO) else error) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NoFile(path)
    return os.fdopen(handle, "rb")


def _stat_of_file(path: Path) -> os.stat_result | None:
    """What the system says of a plain file; None for anything else and for nothing."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _demand_digest(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 digest")
    return sha256
