"""`marketplace files`: stored files brought to another place, and proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import click

from marketplace.errors import in_words
from marketplace.files import losses, moving
from marketplace.files.contents import ContentStore, contents_at
from marketplace.files.store import FileStore
from marketplace.permissions import SYSTEM
from marketplace.web.commanding import one_change
from marketplace.web.frame import database, now, settings
from marketplace.work import UnitOfWork


@click.group("files")
def files() -> None:
    """Stored files: bringing them to another place, proving them."""


@files.command("copy")
@click.argument("source")
@click.argument("target", required=False)
def copy(source: str, target: str | None) -> None:
    """Copy what is at SOURCE to TARGET, or to where FILES_URL leads: file:///folder or s3://bucket/prefix.

    The portal may go on meanwhile, and the command may be given again: only what is not there yet is copied. Exits
    non-zero when a content is damaged; all others are copied.
    """
    with _told_in_a_line(), _bar("Copying") as progress:
        found = moving.copy(_place(source), _place(target or settings().files_url), progress=progress)
    click.echo(f"{found.copied} files copied, {found.there_before} were there before.")
    for sha256 in found.damaged:
        click.echo(f"file {sha256} is damaged and was not copied", err=True)
    if found.damaged:
        raise click.exceptions.Exit(1)


@files.command("verify")
def verify() -> None:
    """Read every stored file and the archive and compare each with its digest; exits non-zero when one is not well."""
    with _told_in_a_line(), _bar("Reading") as progress, database().read() as session:
        found = moving.verify(session, FileStore.of(settings()), progress=progress)
        known = losses.given_up(session)
    bad = {
        "missing": found.missing,
        "no file but a folder, a link or a device": found.obstructed,
        "not what it was": found.changed,
    }
    for what, digests in bad.items():
        for sha256 in digests:
            since = f", {known[sha256]}" if sha256 in known else ""
            click.echo(f"file {sha256} is {what}{since}", err=True)
    gone = {sha256 for digests in bad.values() for sha256 in digests}
    if gone - known.keys():
        raise click.exceptions.Exit(1)
    archived = f", and {found.archived} in the archive" if found.archived else ""
    click.echo(f"{found.needed - len(gone)} stored files are what they were{archived}.")


@files.command("give-up")
@click.argument("sha256")
@click.option(
    "--reason", required=True, help="Why it cannot be brought back, in a sentence; kept in the audit trail."
)
def give_up(sha256: str, reason: str) -> None:
    """Say that a missing or damaged file cannot be brought back: backups go on without it, 'check' still tells of it.

    SHA256 is its digest, or the beginning that 'check' shows.
    """
    with _told_in_a_line(), one_change() as session:
        whole = losses.give_up(
            UnitOfWork(session, SYSTEM, now()), FileStore.of(settings()), sha256, reason=reason
        )
    click.echo(f"file {whole} is given up; if it is found again, put it back where it was.")


def _place(url: str) -> ContentStore:
    if urlsplit(url).scheme not in {"file", "s3"}:
        raise click.UsageError(f"{url} is no place of files: file:///folder or s3://bucket/prefix")
    try:
        return contents_at(url, settings().s3)
    except ValueError as error:
        raise click.UsageError(
            f"{error}: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL"
        ) from error


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int], None]]:
    """A bar that is told once how much there is, and -1 for each that is done."""
    with click.progressbar(length=1, label=label, show_eta=True) as bar:

        def tell(count: int) -> None:
            if count >= 0:
                bar.length = max(count, 1)
            else:
                bar.update(1)

        yield tell
        bar.update((bar.length or 1) - bar.pos)


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(in_words(error)) from error
