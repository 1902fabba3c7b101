"""`marketplace backup`: the database and the files of one moment, in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from marketplace.backups import service
from marketplace.backups.engines import ToolFailed
from marketplace.backups.rules import BackupContents
from marketplace.db import Database
from marketplace.errors import in_words
from marketplace.files import losses
from marketplace.files.store import FileStore
from marketplace.web.frame import database, now, settings

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group("backup")
def backup() -> None:
    """Backups: making one, bringing it back, trying it."""


@backup.command("save")
@click.argument("folder", type=FOLDER)
def save(folder: Path) -> None:
    """Write the database and every stored file into the new FOLDER, while the portal goes on.

    Exits non-zero when a stored file is missing or damaged and was not given up ('files give-up'); all others are
    saved. SECRET_KEY and AUDIT_KEY are not in the backup: keep them elsewhere.
    """
    with _told_in_a_line():
        contents = service.save(database(), FileStore.of(settings()), folder, now=now())
    click.echo(_summary(contents, f"saved in {folder}"))
    with database().read() as session:
        known = losses.given_up(session)
    for sha256 in contents.missing:
        since = f", {known[sha256]}" if sha256 in known else ""
        click.echo(f"file {sha256} is missing or has changed and is not in the backup{since}", err=True)
    if set(contents.missing) - known.keys():
        raise click.exceptions.Exit(1)


@backup.command("restore")
@click.argument("folder", type=FOLDER)
def restore(folder: Path) -> None:
    """Fill an empty database and the file store from the backup in FOLDER, after checking all of it."""
    with _told_in_a_line():
        contents = service.restore(database().url, FileStore.of(settings()), folder)
    click.echo(_summary(contents, "brought back"))
    click.echo("Next: 'marketplace db upgrade', 'marketplace index rebuild', 'marketplace check --deep'.")


@backup.command("drill")
@click.argument("folder", type=FOLDER)
def drill(folder: Path) -> None:
    """Bring the backup in FOLDER back beside the portal, prove it, say how long it took, and take it away.

    On PostgreSQL the role must be allowed to create a database. Exits non-zero when something does not hold.
    """
    with _told_in_a_line():
        found = service.drill(database().url, folder, open_at=_open)
    for name, seconds in found.seconds.items():
        click.echo(f"{name}: {seconds:.1f} s")
    for problem in found.problems:
        click.echo(problem, err=True)
    if found.problems:
        raise click.ClickException(f"the backup does not hold: {len(found.problems)} problems")
    click.echo("The backup holds: every row, every file, the audit trail and the books.")


@backup.command("prune")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--days", envvar="BACKUP_DAYS", default=30, show_default=True, type=click.IntRange(1),
    help="How long a backup is kept.",
)  # fmt: skip
def prune(folder: Path, days: int) -> None:
    """Remove the backups in FOLDER that are older than --days; the last undamaged one stays, however old it is.

    Folders that are no backups stay as well.
    """
    with _told_in_a_line():
        for old in service.outdated(folder, before=now() - timedelta(days=days)):
            shutil.rmtree(old)
            click.echo(f"{old} removed")


def _open(url: sa.URL) -> Database:
    address = url.render_as_string(hide_password=False)
    return Database(address, info={"audit_keys": settings().audit_keys})


def _summary(contents: BackupContents, done: str) -> str:
    rows = sum(contents.rows.values())
    return f"{rows} rows of {len(contents.rows)} tables and {len(contents.files)} files {done}."


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    try:
        yield
    except (service.BackupRefused, ToolFailed) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except OSError as error:
        raise click.ClickException(in_words(error)) from error
