"""Virus scanning: the protocol, the verdicts, and a scanner that does not answer."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from marketplace.files.scanning import CHUNK, Clamd, ScannerUnreachable, scanner_at
from marketplace.files.store import FileRefused, FileStore
from tests.factories import PDF
from tests.scanners import EICAR, Daemon, running


def unused_url() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{taken.getsockname()[1]}"


def store_with(folder: Path, url: str) -> FileStore:
    return FileStore(folder, secret="a secret of tests", limit=10_000_000, scanner=scanner_at(url))


def upload(content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename="todistus.pdf")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_the_whole_content_reaches_the_scanner_whatever_its_size(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    with running(Daemon()) as daemon:
        assert Clamd(daemon.url).scan(io.BytesIO(content)) is None
    assert daemon.scanned == [content]


def test_the_eicar_file_is_found_and_named() -> None:
    with running(Daemon()) as daemon:
        assert Clamd(daemon.url).scan(io.BytesIO(EICAR)) == "Eicar-Test-Signature"


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: what\0"])
def test_anything_else_than_a_verdict_is_no_verdict(answer: bytes) -> None:
    with running(Daemon(answer)) as daemon, pytest.raises(ScannerUnreachable):
        Clamd(daemon.url).scan(io.BytesIO(PDF))


def test_a_scanner_that_is_down_is_unreachable(tmp_path: Path) -> None:
    for url in (unused_url(), f"unix://{tmp_path}/no.socket"):
        with pytest.raises(ScannerUnreachable):
            Clamd(url).scan(io.BytesIO(PDF))


def test_a_scanned_file_is_kept_clean(tmp_path: Path) -> None:
    with running(Daemon()) as daemon:
        received = store_with(tmp_path, daemon.url).receive(upload(PDF))
    assert received.state == "clean"


def test_an_infected_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    with running(Daemon()) as daemon, pytest.raises(FileRefused) as refusal:
        store_with(tmp_path, daemon.url).receive(upload(PDF + EICAR))
    assert refusal.value.code == "infected"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_while_the_scanner_is_down_a_file_waits_in_quarantine(tmp_path: Path) -> None:
    store = store_with(tmp_path, unused_url())
    received = store.receive(upload(PDF))
    assert received.state == "quarantined"
    token = store.token(received, owner="1")
    assert store.recall(token, owner="1") == received


def test_without_a_scanner_files_are_not_scanned() -> None:
    assert scanner_at("") is None
