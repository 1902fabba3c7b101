"""Making a backup, bringing it back, and proving that what was brought back is the portal of that moment."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.orm import Session

from marketplace.audit import proof as audit_proof
from marketplace.backups.engines import DUMP, ENGINES
from marketplace.backups.rules import BackupContents, Unreadable, differences
from marketplace.config import VERSION
from marketplace.db import Database
from marketplace.files import quarantine
from marketplace.files.store import FileStore
from marketplace.ledger import proof as ledger_proof
from marketplace.search import following

CONTENTS: Final = "contents.json"
FILES: Final = "files"


class BackupRefused(Exception):
    """A backup is not made, or not brought back; the message says why, in one line of English."""


@dataclass(slots=True)
class Drill:
    """What a drill found: seconds for each step, and what does not hold, in English."""

    seconds: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as the step of this name."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def save(database: Database, store: FileStore, folder: Path, *, now: datetime) -> BackupContents:
    """Write the database of one moment and every file it speaks of into the new or empty `folder`.

    The portal may go on meanwhile: files are only added, and what comes after the moment is not in the backup. A file
    that is missing or damaged is named in the contents, and the rest is saved. Raises BackupRefused, ToolFailed.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _one_state(database) as session:
        rows = _rows(session)
        needed = sorted(quarantine.needed(session))
        ENGINES[_kind(database.url)].dump(database, session, folder / DUMP)
    whole = [sha256 for sha256 in needed if _copied(store, _place(folder, sha256), sha256)]
    contents = BackupContents(
        made_at=now.isoformat(),
        portal=VERSION,
        engine=_kind(database.url),
        revision=_revision(database.url),
        database=_digest(folder / DUMP),
        rows=rows,
        files=tuple(whole),
        missing=tuple(sorted(set(needed) - set(whole))),
    )
    (folder / CONTENTS).write_text(contents.to_json(), encoding="utf-8")
    return contents


def restore(url: sa.URL, store: FileStore, folder: Path) -> BackupContents:
    """Fill the empty database at `url` and the file store from a backup, after it has been read and found whole.

    The machines that followed the database of then are forgotten: `check` counts those that follow this one.
    Raises BackupRefused when the database has tables, is of another kind, or the backup is damaged; ToolFailed.
    """
    contents = _filled(url, store, folder)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection, Session(connection) as session, session.begin():
        if following.is_kept(session):
            following.forget(session)
    return contents


def _filled(url: sa.URL, store: FileStore, folder: Path) -> BackupContents:
    """Fill the database at `url` and the file store with what a backup holds, as it is.

    Raises BackupRefused when the database has tables, is of another kind, or the backup is damaged; ToolFailed.
    """
    contents = contents_of(folder)
    if contents.engine != _kind(url):
        raise BackupRefused(f"the backup is of {contents.engine} and cannot be put into {_kind(url)}")
    if damaged := list(damages(folder, contents)):
        raise BackupRefused(f"the backup is damaged: {damaged[0]} ({len(damaged)} in all)")
    if _has_tables(url):
        raise BackupRefused("the database has tables already: a backup is brought back into an empty one")
    ENGINES[contents.engine].load(url, folder / DUMP)
    for sha256 in contents.files:
        if not store.holds(sha256) or not store.is_unchanged(sha256):
            with _place(folder, sha256).open("rb") as content:
                store.contents.put(sha256, content)
    return contents


def drill(url: sa.URL, folder: Path, *, open_at: Callable[[sa.URL], Database]) -> Drill:
    """Bring a backup back beside the portal, prove it, time it, and take it away again.

    `url` is the portal's database, which is not touched; `open_at` opens the one beside it with the keys of the trail.
    Raises BackupRefused, ToolFailed.
    """
    made_by, here = contents_of(folder).revision, _revision(url)
    if made_by != here:
        raise BackupRefused(
            f"the backup has tables of revision {made_by} and the portal of {here}: try it with the version of then"
        )
    found = Drill()
    with tempfile.TemporaryDirectory() as scratch, ENGINES[_kind(url)].aside(url, Path(scratch)) as aside:
        store = FileStore(Path(scratch) / FILES, secret="of nobody", limit=0)  # noqa: S106 - it signs nothing
        with found.step("restored"):
            contents = _filled(aside, store, folder)
        database = open_at(aside)
        try:
            for name, problems in _proofs(database, store, contents).items():
                with found.step(name):
                    found.problems += problems()
        finally:
            database.dispose()
    return found


def outdated(root: Path, *, before: datetime) -> Iterator[Path]:
    """The folders below `root` that are backups made before a moment and may go, the oldest first.

    The newest backup that is undamaged stays, however old it is; to find it backups are read from the newest on, until
    one is, and while none is all stay. A backup that was never finished goes with those of its day. Other folders are
    left alone.
    """
    made = sorted((at, folder) for folder in root.iterdir() if (at := _made_at(folder)) is not None)
    last_good = next((folder for _, folder in reversed(made) if _is_undamaged(folder)), None)
    if last_good is not None:
        yield from (folder for at, folder in made if at < before and folder != last_good)


def contents_of(folder: Path) -> BackupContents:
    """What a backup says it holds. Raises BackupRefused."""
    try:
        return BackupContents.from_json((folder / CONTENTS).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BackupRefused(f"{folder} is no backup, or one that was never finished") from error
    except Unreadable as error:
        raise BackupRefused(f"{folder}: {error}") from error


def damages(folder: Path, contents: BackupContents) -> Iterator[str]:
    """What of a backup is not as it was written, in English; reads all of it."""
    for path, sha256 in [
        (folder / DUMP, contents.database),
        *((_place(folder, s), s) for s in contents.files),
    ]:
        if not path.is_file():
            yield f"{path.relative_to(folder)} is missing"
        elif _digest(path) != sha256:
            yield f"{path.relative_to(folder)} has changed"


def _made_at(folder: Path) -> datetime | None:
    """When a backup was made, or given up; None for what is no backup of ours."""
    if (folder / CONTENTS).is_file():
        with suppress(BackupRefused):
            return datetime.fromisoformat(contents_of(folder).made_at)
    elif folder.is_dir() and {path.name for path in folder.iterdir()} in ({DUMP}, {DUMP, FILES}):
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return None


def _is_undamaged(folder: Path) -> bool:
    """Whether a backup holds what its contents say."""
    try:
        return not any(damages(folder, contents_of(folder)))
    except BackupRefused:
        return False


def _proofs(
    database: Database, store: FileStore, contents: BackupContents
) -> dict[str, Callable[[], list[str]]]:
    """Name of a proof → what finds its problems."""

    def rows() -> list[str]:
        with database.read() as session:
            return list(differences(contents.rows, _rows(session)))

    def files() -> list[str]:
        with database.read() as session:
            needed = quarantine.needed(session) - set(contents.missing)
        bad = sorted(s for s in needed if not store.holds(s) or not store.is_unchanged(s))
        return [f"file {sha256} is missing or has changed" for sha256 in bad]

    def trail() -> list[str]:
        problem = audit_proof.verify(database).problem
        return [] if problem is None else [f"the audit trail does not hold: {problem}"]

    def books() -> list[str]:
        with _one_state(database) as session:
            return list(ledger_proof.problems(session))

    return {"rows": rows, "files": files, "audit trail": trail, "books": books}


@contextmanager
def _one_state(database: Database) -> Iterator[Session]:
    """A session that sees the database as it is at one moment."""
    with database.read() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def _rows(session: Session) -> dict[str, int]:
    """Table → how many rows it has."""
    tables = sa.inspect(session.connection()).get_table_names()
    count = sa.select(sa.func.count())
    return {name: session.scalar(count.select_from(sa.table(name))) or 0 for name in sorted(tables)}


def _revision(url: sa.URL) -> str:
    """The revision of the tables at `url`; empty when there are none."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def _has_tables(url: sa.URL) -> bool:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return bool(sa.inspect(connection).get_table_names())


def _kind(url: sa.URL) -> str:
    return url.get_backend_name()


def _place(folder: Path, sha256: str) -> Path:
    return folder / FILES / sha256[:2] / sha256


def _copied(store: FileStore, target: Path, sha256: str) -> bool:
    """Copy a content; False, and nothing is left at `target`, when it is not there or not what it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with store.open(sha256) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except FileNotFoundError:
        return False
    if _digest(target) == sha256:
        return True
    target.unlink()
    return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
