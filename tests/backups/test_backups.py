"""A backup holds all of one moment, is refused when it does not, and a drill proves it on both databases."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.engine import make_url

from marketplace import health
from marketplace.__main__ import command
from marketplace.audit import proof
from marketplace.backups import service
from marketplace.backups.rules import BackupContents, Unreadable, differences
from marketplace.db import Database
from marketplace.errors import Invalid
from marketplace.files import losses
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.permissions import SYSTEM
from marketplace.search import following
from tests.conftest import NOW
from tests.databases import drop_database, new_database
from tests.factories import make_provider
from tests.stored import path_of
from tests.trail import Tried
from tests.waiting import eventually
from tests.work import work_of


@pytest.fixture
def full(app: Flask, database: Database) -> str:
    """A portal with a company, an event in the trail and a stored file; the digest of that file."""
    store = FileStore.of(app.extensions["settings"])
    kept = store.put(b"%PDF-1.7 proof of the tax register", media_type="application/pdf", name="todistus.pdf")
    with database.transaction() as session:
        make_provider(session)
        work_of(session).record(Tried.EVENT, ("Thing", 7), organisation="keusote")
        session.add(
            StoredFile(
                sha256=kept.sha256, media_type=kept.media_type, size=kept.size, name=kept.name, created_at=NOW
            )
        )
    return kept.sha256


@pytest.fixture
def elsewhere(
    app: Flask, database: Database, engine_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """An empty database on a machine without files, to which the portal's settings now point."""
    (tmp_path / "other").mkdir()
    url = new_database(engine_name, tmp_path / "other")
    empty = Database(url)
    yield empty
    empty.dispose()
    drop_database(url)


def run(app: Flask, *words: str | Path) -> Result:
    """Run `marketplace backup …`."""
    return CliRunner().invoke(command, ["backup", *map(str, words)], obj=app)


def move(app: Flask, database: Database, folder: Path) -> FileStore:
    """Point the portal at another database and other files."""
    settings = app.extensions["settings"]
    app.extensions |= {
        "database": database,
        "settings": type(settings)(**{**vars(settings), "data_dir": folder}),
    }
    return FileStore.of(app.extensions["settings"])


def test_what_is_brought_back_is_the_portal_of_that_moment(
    app: Flask, full: str, elsewhere: Database, database: Database, tmp_path: Path
) -> None:
    saved = run(app, "save", tmp_path / "backup")
    assert (saved.exit_code, "1 files saved" in saved.output) == (0, True), saved.output
    with database.transaction() as session:
        make_provider(session, official_name="Too late Oy")
    store = move(app, elsewhere, tmp_path / "other")
    brought = run(app, "restore", tmp_path / "backup")
    assert brought.exit_code == 0, brought.output
    assert store.is_unchanged(full)
    with elsewhere.read() as session, database.read() as before:
        names = sa.text("SELECT official_name FROM providers ORDER BY id")
        assert [*session.scalars(names), "Too late Oy"] == list(before.scalars(names))
    assert proof.verify(elsewhere).problem is None


def test_machines_that_followed_the_database_of_then_are_not_counted(
    app: Flask, full: str, elsewhere: Database, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        following.say(session, "of then", 1, following.mark(session, "of then").timeline, NOW)
        assert following.machines(session, NOW - timedelta(minutes=1)) == ["of then"]
    run(app, "save", tmp_path / "backup")
    assert run(app, "drill", tmp_path / "backup").exit_code == 0, "a drill brings back all rows as they were"
    move(app, elsewhere, tmp_path / "other")
    run(app, "restore", tmp_path / "backup")
    with elsewhere.read() as session:
        assert not following.followers(session)
    with database.read() as session:
        assert following.followers(session)


def test_a_drill_proves_the_backup_and_leaves_nothing_behind(
    app: Flask, full: str, database: Database, tmp_path: Path
) -> None:
    run(app, "save", tmp_path / "backup")
    with database.read() as session:
        before = set(_databases(session))
    tried = run(app, "drill", tmp_path / "backup")
    assert tried.exit_code == 0, tried.output
    assert "The backup holds" in tried.output
    assert all(f"{step}: " in tried.output for step in ("restored", "rows", "files", "audit trail", "books"))

    def left_behind() -> set[str]:
        with database.read() as session:
            return set(_databases(session)) - before

    assert eventually(lambda: not left_behind()), "what others try meanwhile goes by itself"


def _databases(session: sa.orm.Session) -> list[str]:
    if session.get_bind().dialect.name == "sqlite":
        return []
    return list(session.scalars(sa.text("SELECT datname FROM pg_database WHERE datname LIKE 'drill%'")))


def test_a_drill_names_what_somebody_changed_before_the_backup(
    app: Flask, full: str, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE audit_events SET subject_id = '8' WHERE subject_type = 'Thing'"))
    run(app, "save", tmp_path / "backup")
    tried = run(app, "drill", tmp_path / "backup")
    assert tried.exit_code == 1
    assert "the audit trail does not hold" in tried.output


def test_a_stored_file_that_is_gone_or_damaged_is_named_and_the_rest_is_saved(
    app: Flask, full: str, tmp_path: Path
) -> None:
    store = FileStore.of(app.extensions["settings"])
    path_of(store, full).write_bytes(b"something else")
    saved = run(app, "save", tmp_path / "backup")
    assert saved.exit_code == 1
    assert f"file {full} is missing or has changed" in saved.output
    assert json.loads((tmp_path / "backup" / "contents.json").read_text())["missing"] == [full]
    assert run(app, "drill", tmp_path / "backup").exit_code == 0


def test_a_link_in_the_place_of_a_stored_file_is_not_followed(app: Flask, full: str, tmp_path: Path) -> None:
    place = path_of(FileStore.of(app.extensions["settings"]), full)
    place.unlink()
    place.symlink_to("/dev/zero")
    saved = run(app, "save", tmp_path / "backup")
    assert saved.exit_code == 1
    assert f"file {full} is missing or has changed" in saved.output


def test_a_folder_that_cannot_be_written_is_told_in_a_line(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    saved = run(app, "save", tmp_path / "file" / "backup")
    assert saved.exit_code == 1
    assert saved.output.splitlines()[-1] == f"Error: {tmp_path / 'file' / 'backup'}: Not a directory"


def test_a_file_that_was_given_up_stops_no_backup_and_is_still_told(
    app: Flask, full: str, database: Database, tmp_path: Path
) -> None:
    settings = app.extensions["settings"]
    content = path_of(FileStore.of(settings), full)

    def give_up(reason: str) -> Result:
        return CliRunner().invoke(command, ["files", "give-up", full[:12], "--reason", reason], obj=app)

    assert "is what it was" in give_up("too early").output
    kept = content.read_bytes()
    content.unlink()
    assert (give_up(" ").exit_code, run(app, "save", tmp_path / "before").exit_code) == (1, 1)
    assert give_up("lost with the disk").exit_code == 0
    assert "already" in give_up("again").output
    saved = run(app, "save", tmp_path / "after")
    assert (saved.exit_code, "lost with the disk" in saved.output) == (0, True), saved.output
    assert run(app, "drill", tmp_path / "after").exit_code == 0
    assert CliRunner().invoke(command, ["files", "verify"], obj=app).exit_code == 0
    with database.read() as session:
        told = session.execute(
            sa.text("SELECT subject_id FROM audit_events WHERE action = 'content.give_up'")
        )
        assert list(told.scalars()) == [full]

    def lost() -> list[str]:
        return [notice for notice in health.notices(database, settings, now=NOW) if full[:12] in notice]

    assert not any(full[:12] in problem for problem in health.problems(database, settings, now=NOW))
    assert len(lost()) == 1
    content.write_bytes(kept)
    assert not lost(), "it is back"


def test_of_two_who_give_a_file_up_at_once_the_second_is_told(
    app: Flask, full: str, database: Database
) -> None:
    store = FileStore.of(app.extensions["settings"])
    path_of(store, full).unlink()

    def second() -> None:
        with database.transaction() as session:
            losses.give_up(work_of(session, SYSTEM), store, full, reason="burnt")

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            losses.give_up(work_of(session, SYSTEM), store, full, reason="drowned")
            other = pool.submit(second)
            time.sleep(0.3)
        with pytest.raises(Invalid, match="already"):
            other.result()
    with database.read() as session:
        [told] = losses.given_up(session).values()
    assert told.endswith("drowned")


@pytest.mark.parametrize("harm", ["dump", "file", "contents", "unfinished"])
def test_a_damaged_backup_is_not_brought_back(
    app: Flask, full: str, elsewhere: Database, tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / "backup"
    run(app, "save", folder)
    match harm:
        case "dump":
            (folder / "database.dump").write_bytes(b"cut")
        case "file":
            next((folder / "files").glob("*/*")).write_bytes(b"cut")
        case "contents":
            (folder / "contents.json").write_text("{}")
        case "unfinished":
            (folder / "contents.json").unlink()
    move(app, elsewhere, tmp_path / "other")
    refused = run(app, "restore", folder)
    assert refused.exit_code == 1
    assert refused.output.count("\n") == 1, refused.output
    with elsewhere.read() as session:
        assert not sa.inspect(session.connection()).get_table_names()


def test_a_backup_never_covers_what_is_there(app: Flask, full: str, tmp_path: Path) -> None:
    run(app, "save", tmp_path / "backup")
    assert "is not empty" in run(app, "save", tmp_path / "backup").output
    assert "has tables already" in run(app, "restore", tmp_path / "backup").output


def test_a_backup_of_another_kind_of_database_is_refused(app: Flask, full: str, tmp_path: Path) -> None:
    run(app, "save", tmp_path / "backup")
    listed = tmp_path / "backup" / "contents.json"
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}
    kind = make_url(app.extensions["settings"].database_url).get_backend_name()
    listed.write_text(listed.read_text().replace(f'"engine": "{kind}"', f'"engine": "{other[kind]}"'))
    assert "cannot be put into" in run(app, "restore", tmp_path / "backup").output


def test_a_backup_is_written_while_somebody_else_writes(
    app: Flask, full: str, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        make_provider(session, official_name="Not yet Oy")
        session.flush()
        saved = run(app, "save", tmp_path / "backup")
        assert saved.exit_code == 0, saved.output
    with database.read() as session:
        here = session.scalar(sa.text("SELECT count(*) FROM providers"))
    rows = json.loads((tmp_path / "backup" / "contents.json").read_text())["rows"]
    assert rows["providers"] == (here or 0) - 1


def test_contents_are_read_as_they_were_written() -> None:
    contents = BackupContents(
        "2026-11-22T10:00:00+00:00", "0.1.0", "sqlite", "0001", "ab", {"t": 1}, ("cd",), ("ef",)
    )
    assert BackupContents.from_json(contents.to_json()) == contents


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 99}', "null"])
def test_other_texts_are_no_contents(text: str) -> None:
    with pytest.raises(Unreadable):
        BackupContents.from_json(text)


def test_tables_that_differ_are_told() -> None:
    told = list(differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "d": 4}))
    assert told == [
        "table b: 3 rows, the backup says 2",
        "table c: no rows, the backup says 3",
        "table d: 4 rows, the backup says no",
    ]


@pytest.fixture
def kept(app: Flask, full: str, tmp_path: Path) -> Path:
    """A folder with a backup of each of three days, one that was never finished, and a folder of somebody else."""
    root = tmp_path / "backups"
    root.mkdir()
    for days in (60, 40, 2):
        folder = root / f"{days}-days-ago"
        run(app, "save", folder)
        made_at(folder, datetime.now(UTC) - timedelta(days=days))
    unfinished = root / "unfinished"
    unfinished.mkdir()
    (unfinished / "database.dump").write_bytes(b"cut")
    os.utime(unfinished, (0, 0))
    (root / "not-ours").mkdir()
    (root / "not-ours" / "database.dump").write_bytes(b"")
    (root / "not-ours" / "notes.txt").write_text("years old")
    os.utime(root / "not-ours", (0, 0))
    return root


def made_at(folder: Path, moment: datetime) -> None:
    """Let a backup say that it was made at another moment."""
    contents = service.contents_of(folder)
    (folder / "contents.json").write_text(replace(contents, made_at=moment.isoformat()).to_json())


def left(root: Path) -> set[str]:
    """The folders that are still there, but for the one that is not ours and always stays."""
    names = {path.name for path in root.iterdir()}
    assert "not-ours" in names
    return names - {"not-ours"}


def test_backups_that_are_too_old_go(app: Flask, kept: Path) -> None:
    app.extensions["clock"] = lambda: datetime.now(UTC)
    pruned = run(app, "prune", kept, "--days", "50")
    assert (pruned.exit_code, pruned.output.count("removed")) == (0, 2), pruned.output
    assert left(kept) == {"40-days-ago", "2-days-ago"}
    assert run(app, "prune", kept).exit_code == 0, "30 days when nothing is said"
    assert left(kept) == {"2-days-ago"}


def test_the_last_undamaged_backup_stays_however_old(app: Flask, kept: Path) -> None:
    app.extensions["clock"] = lambda: datetime.now(UTC)
    (kept / "2-days-ago" / "database.dump").write_bytes(b"cut")
    run(app, "prune", kept, "--days", "1")
    assert left(kept) == {"40-days-ago"}
    (kept / "40-days-ago" / "database.dump").write_bytes(b"cut")
    run(app, "prune", kept, "--days", "1")
    assert left(kept) == {"40-days-ago"}, "while none is whole, none goes"
