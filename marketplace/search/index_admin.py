"""The operator's hand on the index: rebuild it, and see how it stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from marketplace.backends import SearchServer
from marketplace.db import Database
from marketplace.search import documents, following, queries
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import DamagedIndex, SearchAway
from marketplace.search.engines import engine_of
from marketplace.search.follower import Follower


def rebuild(
    database: Database, index_dir: Path, *, now: datetime, server: SearchServer | None = None
) -> None:
    """Rebuild the index while the portal serves, with a progress bar."""
    with click.progressbar(length=1, label="Index", show_eta=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        try:
            offers = Follower(database, index_dir, server=server).rebuild(now=now, progress=show)
        except SearchAway as error:
            raise click.ClickException(str(error)) from error
        bar.update((bar.length or 1) - bar.pos)
    click.echo(f"{offers} visible offers are in the index.")


def is_current(index_dir: Path, server: SearchServer | None = None) -> bool:
    """Whether there is a readable index, made by the rules and vocabularies of this program.

    One that machines share is for the worker that has the turn to make: True.
    """
    index = engine_of(index_dir, server)
    if index.shared:
        return True
    try:
        return index.exists and index.position().definitions == documents.fingerprint()
    except DamagedIndex:
        return False


def read_vocabulary(index_dir: Path, server: SearchServer | None = None) -> None:
    """Let this machine's table of words have those of the vocabularies, which every search needs: some ten seconds of a
    machine that has none, so that no visitor waits for them.
    """
    catalogue = Catalogue(index_dir, analyses=True, server=server)
    catalogue.read_vocabulary()
    catalogue.lexicon.flush()


def status(
    database: Database, index_dir: Path, *, now: datetime, server: SearchServer | None = None
) -> dict[str, Any]:
    """What the index holds and how far it is behind: offers, segments, size, day, changes waiting, lag in seconds;
    and every index that follows the log, those of other machines too.
    """
    index = engine_of(index_dir, server)
    with database.read() as session:
        found = queries.freshness(session, index, now=now)
        heard = {
            f"index {each.name}": f"up to {each.low}, seen {each.seen_at:%Y-%m-%d %H:%M} UTC"
            for each in following.followers(session)
        }
    try:
        held = index.status()
    except DamagedIndex as error:
        return {"state": f"unreadable: {error}", **found, **heard}
    return {
        "offers": held.offers,
        "segments": held.segments,
        "replaced documents": held.deleted,
        "generation": held.generation,
        "bytes": held.bytes,
        "day": index.position().day,
        **found,
        **heard,
    }
