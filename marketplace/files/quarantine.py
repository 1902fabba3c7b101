"""Files that came while the virus scanner did not answer, and files that nobody needs: the worker's part.

A file in quarantine counts as no proof and is not handed out until the scanner has let it through. An infected one is
removed from the store; its row stays, so that the proof says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.files.contents import NoFile
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.files.scanning import ScannerUnreachable
from marketplace.files.store import TOKEN_LIFETIME, FileStore
from marketplace.permissions import SYSTEM
from marketplace.slots import Answer, Reaction
from marketplace.work import UnitOfWork

file_settled: Final = Reaction[Callable[[UnitOfWork, StoredFile, str | None], None]](
    "files.settled",
    "The virus scanner has judged a file; what it found is the third argument, None for nothing.",
)
contents_in_use: Final = Answer[Callable[[Session], Iterable[str]]](
    "files.in_use", "The SHA-256 of contents that a room keeps without a row of `stored_files`."
)


def scan_waiting(database: Database, store: FileStore, *, now: datetime) -> int:
    """Scan what is in quarantine; how many files got a verdict. Stops when the scanner does not answer.

    The scanner is asked outside the transaction, so that no lock is held while it works. Without a scanner everything
    stays as it is: switching scanning off lets nothing through by itself.
    """
    with database.read() as session:
        waiting = session.scalars(
            sa.select(StoredFile.sha256).where(StoredFile.state == FileState.QUARANTINED).distinct()
        ).all()
    scanner = store.scanner
    if scanner is None:
        return 0
    is_silent = False

    def do(sha256: str) -> bool:
        nonlocal is_silent
        if is_silent:
            return False
        try:
            with store.open(sha256) as content:
                harm = scanner.scan(content)
        except ScannerUnreachable:
            is_silent = True
            return False
        except NoFile:
            raise
        except FileNotFoundError:
            return False
        with database.transaction() as session:
            _settle(UnitOfWork(session, SYSTEM, now), store, sha256, harm)
        return True

    return sum(each_by_itself(database, "scan a file", waiting, do, now=now))


def _settle(work: UnitOfWork, store: FileStore, sha256: str, harm: str | None) -> None:
    """Give every row of the content its verdict; an infected content is removed."""
    rows = work.session.scalars(
        sa.select(StoredFile).where(StoredFile.sha256 == sha256, StoredFile.state == FileState.QUARANTINED)
    ).all()
    for file in rows:
        file.state = FileState.CLEAN if harm is None else FileState.INFECTED
        for react in file_settled:
            react(work, file, harm)
    if harm is not None:
        store.discard(sha256)


def sweep(database: Database, store: FileStore, *, now: datetime) -> int:
    """Remove contents that no row refers to and no unfinished form can bring back; how many.

    What a killed process had not received to the end goes too, and is not counted.
    """
    before = now - timedelta(seconds=TOKEN_LIFETIME) - timedelta(hours=1)
    store.clear_incoming(before)
    old = set(store.kept_before(before))
    if not old:
        return 0
    with database.read() as session:
        unneeded = old - needed(session)
    return len(each_by_itself(database, "remove an unused file", sorted(unneeded), store.discard, now=now))


def needed(session: Session) -> set[str]:
    """The SHA-256 of every content that the database speaks of and that was not removed as infected."""
    found = set(session.scalars(sa.select(StoredFile.sha256).where(StoredFile.state != FileState.INFECTED)))
    for contents in contents_in_use:
        found.update(contents(session))
    return found
