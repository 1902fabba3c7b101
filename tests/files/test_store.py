"""Files: what is taken, what is refused and why, and that nothing half-written is ever read."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_options_header

from marketplace.files.store import FileRefused, FileStore, clean_name
from marketplace.files.uploads import filestore, sent
from tests.factories import PDF, PNG
from tests.stored import folder_of, path_of

LIMIT = 10 * 1024 * 1024
JPEG = b"\xff\xd8\xff\xda" + bytes(32) + b"\xff\xd9"
EXE = b"MZ\x90\x00" + bytes(512)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", secret="a secret of tests", limit=LIMIT)


class Endless(io.RawIOBase):
    """A stream that never ends; counts what is read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return (b"%PDF-" + bytes(size))[:size]


def upload(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "todistus.pdf", "application/pdf"),
        (PDF, "TODISTUS.PDF", "application/pdf"),
        (JPEG, "kuva.jpeg", "image/jpeg"),
        (JPEG, "kuva.jpg", "image/jpeg"),
        (JPEG, "kuva.jpe", "image/jpeg"),
        (JPEG, "kuva.JFIF", "image/jpeg"),
        (b"\xef\xbb\xbf" + PDF, "todistus.pdf", "application/pdf"),
        (b"\r\n\n" + PDF, "todistus.pdf", "application/pdf"),
        (b"%!PS-Adobe-3.0 PDF from a scanner\n" + PDF, "todistus.pdf", "application/pdf"),
        (PNG, "bild.png", "image/png"),
    ],
)
def test_pdf_jpeg_and_png_are_kept_under_their_digest(
    store: FileStore, content: bytes, name: str, media_type: str
) -> None:
    received = store.receive(upload(content, name))
    assert (received.media_type, received.size, received.name) == (media_type, len(content), name)
    digest = hashlib.sha256(content).hexdigest()
    assert path_of(store, digest) == folder_of(store) / digest[:2] / digest
    assert store.read(digest) == content


def test_only_the_portal_may_read_a_kept_file(store: FileStore) -> None:
    received = store.receive(upload(PDF, "a.pdf"))
    assert path_of(store, received.sha256).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "tyhja.pdf", "empty"),
        (EXE, "todistus.pdf", "wrong_type"),
        (EXE, "program.exe", "wrong_type"),
        (b"<html><script>alert(1)</script>", "sivu.pdf", "wrong_type"),
        (EXE + PDF, "todistus.pdf", "wrong_type"),
        (b" <html>" + PDF, "todistus.pdf", "wrong_type"),
        (b"PK\x03\x04" + PDF, "todistus.pdf", "wrong_type"),
        (b"x" * 1024 + PDF, "todistus.pdf", "wrong_type"),
        (b"\n" + PDF, "todistus.exe", "wrong_ending"),
        (PDF, "todistus.exe", "wrong_ending"),
        (PDF, "todistus", "wrong_ending"),
        (PNG, "kuva.jpg", "wrong_ending"),
        (PDF + bytes(LIMIT), "iso.pdf", "too_large"),
    ],
)
def test_other_files_are_refused_each_with_its_reason(
    store: FileStore, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(FileRefused) as refusal:
        store.receive(upload(content, name))
    assert refusal.value.code == code
    assert [path for path in folder_of(store).rglob("*") if path.is_file()] == []


def test_a_file_of_exactly_the_limit_is_taken(store: FileStore) -> None:
    assert store.receive(upload(PDF.ljust(LIMIT, b"\0"), "a.pdf")).size == LIMIT


def test_a_file_that_is_too_large_is_not_read_to_its_end(store: FileStore) -> None:
    endless = Endless()
    with pytest.raises(FileRefused):
        store.receive(FileStorage(endless, filename="a.pdf"))  # type: ignore[arg-type]
    assert endless.taken <= LIMIT + 64 * 1024


def test_the_same_content_is_kept_once(store: FileStore) -> None:
    first, second = store.receive(upload(PDF, "a.pdf")), store.receive(upload(PDF, "b.pdf"))
    assert first.sha256 == second.sha256
    assert second.name == "b.pdf"
    assert len([path for path in folder_of(store).rglob("*") if path.is_file()]) == 1


def test_a_token_brings_the_file_back_to_the_same_person_only(store: FileStore) -> None:
    received = store.receive(upload(PDF, "a.pdf"))
    token = store.token(received, owner="7")
    assert store.recall(token, owner="7") == received
    assert store.recall(token, owner="8") is None
    assert store.recall(token + "x", owner="7") is None
    assert store.recall("", owner="7") is None
    path_of(store, received.sha256).unlink()
    assert store.recall(token, owner="7") is None


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "ab", "G" * 64])
def test_only_a_digest_names_a_place(store: FileStore, digest: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        path_of(store, digest)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\Matti\\todistus.pdf", "todistus.pdf"),
        ("../../todistus.pdf", "todistus.pdf"),
        ("to\x00dis\ntus.pdf", "todistus.pdf"),
        ("", "file"),
        ("ä" * 300 + ".pdf", "ä" * 100 + ".pdf"),
    ],
)
def test_a_name_loses_folders_control_characters_and_excess(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("päätös 1.pdf", "attachment; filename*=UTF-8''p%C3%A4%C3%A4t%C3%B6s%201.pdf"),
        ('a"; filename="b.html', None),
        ("a.pdf\r\nSet-Cookie: x=1", None),
    ],
)
def test_a_name_is_encoded_in_the_header_of_a_download(app: Flask, name: str, told: str | None) -> None:
    with app.test_request_context("/fi/"):
        kept = filestore().receive(upload(PDF, "todistus.pdf"))
        answer = sent(kept.sha256, "application/pdf", download_as=clean_name(name))
        answer.close()
    header = answer.headers["Content-Disposition"]
    parts = parse_options_header(header)
    assert parts[0] == "attachment"
    assert set(parts[1]) == {"filename"}
    assert "\n" not in header
    assert told is None or header.endswith(told.partition("; ")[2])
