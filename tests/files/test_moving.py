"""Bringing stored files to another place, and proving them: `marketplace files`."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.__main__ import command
from marketplace.files.contents import ContentStore, FolderContents
from marketplace.files.models import StoredFile
from marketplace.files.moving import copy, verify
from marketplace.files.store import FileStore
from tests.conftest import NOW
from tests.files.places import KINDS, place


def contents_of(*contents: bytes, at: ContentStore) -> list[str]:
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    for digest, content in zip(digests, contents, strict=True):
        at.put(digest, io.BytesIO(content))
    return digests


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_brings_what_is_missing_and_names_what_is_damaged(tmp_path: Path, kind: str) -> None:
    source, target = FolderContents(tmp_path / "old"), place(kind, tmp_path / "new")
    one, two, three = contents_of(b"one", b"two", b"three", at=source)
    contents_of(b"one", at=target)
    source.path(three).write_bytes(b"something else")
    told: list[int] = []
    found = copy(source, target, progress=told.append)
    assert (found.copied, found.there_before, found.damaged) == (1, 1, [three])
    assert told == [2, -1, -1]
    assert {digest for digest, _came in target.listed()} == {one, two}
    again = copy(source, target, progress=told.append)
    assert (again.copied, again.there_before) == (0, 2)


def keep(app: Flask, content: bytes) -> str:
    store = FileStore.of(app.extensions["settings"])
    kept = store.put(content, media_type="application/pdf", name="a.pdf")
    with app.extensions["database"].transaction() as session:
        session.add(
            StoredFile(
                sha256=kept.sha256, media_type=kept.media_type, size=kept.size, name=kept.name, created_at=NOW
            )
        )
    return kept.sha256


def run(app: Flask, *words: str) -> Result:
    return CliRunner().invoke(command, ["files", *words], obj=app)


def test_a_portal_moves_to_another_place_and_proves_it(app: Flask, tmp_path: Path) -> None:
    first, second = keep(app, b"%PDF-1"), keep(app, b"%PDF-2")
    elsewhere = (tmp_path / "elsewhere").as_uri()
    moved = run(app, "copy", app.extensions["settings"].files_url, elsewhere)
    assert moved.exit_code == 0
    assert "2 files copied, 0 were there before." in moved.output
    app.extensions["settings"] = replace(app.extensions["settings"], files_place=elsewhere)
    proved = run(app, "verify")
    assert proved.exit_code == 0
    assert "2 stored files are what they were." in proved.output
    FolderContents(tmp_path / "elsewhere").path(first).unlink()
    FolderContents(tmp_path / "elsewhere").path(second).write_bytes(b"%PDF-3")
    broken = run(app, "verify")
    assert broken.exit_code == 1
    assert f"file {first} is missing" in broken.output
    assert f"file {second} is not what it was" in broken.output
    FolderContents(tmp_path / "elsewhere").path(first).symlink_to("/dev/zero")
    assert f"file {first} is no file but a folder, a link or a device" in run(app, "verify").output


def test_a_folder_where_a_copied_file_belongs_is_told_in_a_line(app: Flask, tmp_path: Path) -> None:
    FolderContents(tmp_path / "elsewhere").path(keep(app, b"%PDF-1")).mkdir(parents=True)
    tried = run(app, "copy", app.extensions["settings"].files_url, (tmp_path / "elsewhere").as_uri())
    assert tried.exit_code == 1
    assert "is no file but a folder, a link or a device" in tried.output.splitlines()[-1]


def test_a_place_that_is_none_is_refused_in_a_line(app: Flask) -> None:
    for words, told in (
        (("copy", "/var/files"), "is no place of files"),
        (("copy", "s3://files"), "AWS_ACCESS_KEY_ID"),
    ):
        refused = run(app, *words)
        assert refused.exit_code == 2
        assert told in refused.output


def test_a_document_that_must_not_change_lies_in_the_archive_too(app: Flask, tmp_path: Path) -> None:
    contents, archive = FolderContents(tmp_path / "files"), FolderContents(tmp_path / "archive")
    store = FileStore(contents, secret="s", limit=1000, archive=archive)
    decision = store.put(b"%PDF-d", media_type="application/pdf", name="d.pdf", archived=True).sha256
    proof = store.put(b"%PDF-p", media_type="application/pdf", name="p.pdf").sha256
    assert (archive.exists(decision), archive.exists(proof)) == (True, False)
    contents.discard(decision)
    assert store.read(decision) == b"%PDF-d"
    assert store.holds(decision)
    assert decision in store.held()
    with app.extensions["database"].read() as session:
        found = verify(session, store, progress=lambda _count: None)
        assert (found.archived, found.changed) == (1, [])
        archive.path(decision).write_bytes(b"%PDF-e")
        assert verify(session, store, progress=lambda _count: None).changed == [decision]
