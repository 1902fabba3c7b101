"""Places of contents: a folder and a bucket answer alike."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from marketplace.backends import S3Access
from marketplace.buckets import StoreAway
from marketplace.files.contents import BucketContents, ContentStore, FolderContents, NoFile, contents_at
from tests.files.places import KINDS, place

CONTENT = b"%PDF-1.7 a proof"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
AWAY = S3Access("http://127.0.0.1:1", "us-east-1", "portal", "secret")


@pytest.fixture(params=KINDS)
def contents(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    return place(str(request.param), tmp_path / "contents")


def put(contents: ContentStore, content: bytes = CONTENT) -> str:
    digest = hashlib.sha256(content).hexdigest()
    contents.put(digest, io.BytesIO(content))
    return digest


def test_what_is_put_is_there_and_is_read_as_it_came(contents: ContentStore) -> None:
    assert not contents.exists(DIGEST)
    put(contents)
    assert contents.exists(DIGEST)
    with contents.open(DIGEST) as content:
        assert content.read() == CONTENT
        content.seek(5)
        assert content.read(3) == CONTENT[5:8]


def test_an_empty_and_a_large_content_come_back_whole(contents: ContentStore) -> None:
    for content in (b"", os.urandom(3_000_000)):
        with contents.open(put(contents, content)) as kept:
            assert kept.read() == content


def test_what_is_missing_is_told_as_missing(contents: ContentStore) -> None:
    with pytest.raises(FileNotFoundError):
        contents.open(DIGEST)


def test_what_is_discarded_is_gone_and_may_be_discarded_again(contents: ContentStore) -> None:
    put(contents)
    contents.discard(DIGEST)
    contents.discard(DIGEST)
    assert not contents.exists(DIGEST)
    assert list(contents.listed()) == []


def test_the_same_content_twice_and_at_once_is_one(contents: ContentStore) -> None:
    together = Barrier(4)

    def send() -> None:
        together.wait()
        put(contents)

    threads = [Thread(target=send) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [digest for digest, _came in contents.listed()] == [DIGEST]
    with contents.open(DIGEST) as content:
        assert content.read() == CONTENT


def test_the_list_tells_what_is_there_and_when_it_came(contents: ContentStore) -> None:
    digests = {put(contents, f"content {number}".encode()) for number in range(5)}
    listed = dict(contents.listed())
    assert set(listed) == digests
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=1) < came < now + timedelta(minutes=1) for came in listed.values())


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "ab", "G" * 64, "A" * 64])
def test_only_a_digest_names_a_content(contents: ContentStore, digest: str) -> None:
    for ask in (contents.open, contents.exists, contents.discard):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(digest)
    with pytest.raises(ValueError, match="SHA-256"):
        contents.put(digest, io.BytesIO(CONTENT))


def test_a_folder_gives_no_addresses_and_what_dies_half_received_is_no_content(tmp_path: Path) -> None:
    class Cut(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise ConnectionResetError

    contents = FolderContents(tmp_path)
    with pytest.raises(ConnectionResetError):
        contents.put(DIGEST, Cut())
    assert list(contents.listed()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def calls(contents: ContentStore) -> Iterator[object]:
    yield lambda: contents.put(DIGEST, io.BytesIO(CONTENT))
    yield lambda: contents.open(DIGEST)
    yield lambda: contents.exists(DIGEST)
    yield lambda: contents.discard(DIGEST)
    yield lambda: list(contents.listed())


def lie_in_place(contents: FolderContents, thing: str) -> Path:
    """Put something else where a content belongs."""
    place = contents.path(DIGEST)
    place.parent.mkdir(parents=True, exist_ok=True)
    if thing == "folder":
        place.mkdir()
    elif thing == "queue":
        os.mkfifo(place)
    else:
        place.symlink_to(thing)
    return place


@pytest.mark.parametrize("thing", ["folder", "queue", "/dev/zero", "/etc/passwd"])
def test_what_is_no_plain_file_is_no_content_and_is_never_read(tmp_path: Path, thing: str) -> None:
    contents = FolderContents(tmp_path)
    place_of_it = lie_in_place(contents, thing)
    with pytest.raises(NoFile, match="is no file but a folder, a link or a device"):
        contents.open(DIGEST)
    assert not contents.exists(DIGEST)
    assert list(contents.listed()) == []
    if thing == "folder":
        with pytest.raises(NoFile):
            put(contents)
    else:
        put(contents)
        assert contents.exists(DIGEST)
    contents.discard(DIGEST)
    assert place_of_it.exists() is (thing == "folder")


def test_a_store_that_does_not_answer_is_told_in_one_way() -> None:
    for call in calls(BucketContents("files", "", AWAY)):
        with pytest.raises(StoreAway, match="does not answer"):
            call()  # type: ignore[operator]


def test_a_place_is_found_by_its_address(tmp_path: Path) -> None:
    folder = contents_at((tmp_path / "ä b").as_uri())
    assert isinstance(folder, FolderContents)
    assert folder.folder == tmp_path / "ä b"
    bucket = contents_at("s3://county/files/", AWAY)
    assert isinstance(bucket, BucketContents)
    assert (bucket.bucket, bucket.prefix) == ("county", "files")
    with pytest.raises(ValueError, match="key"):
        contents_at("s3://county/files")
