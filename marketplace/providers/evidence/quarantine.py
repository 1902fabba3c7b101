"""Files that came while the virus scanner did not answer, and files that nobody needs: the worker's part.

A file in quarantine counts as no proof and is not handed out until the scanner has let it through. An infected one is
removed from the disk; its row stays, so that the proof says what became of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.audit.service import record
from marketplace.db import Database
from marketplace.filestore import TOKEN_LIFETIME, FileStore
from marketplace.permissions import SYSTEM
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.models import Evidence, OfferPhoto, StoredFile
from marketplace.scanning import ScannerUnreachable


def scan_waiting(database: Database, store: FileStore, *, now: datetime) -> int:
    """Scan what is in quarantine; how many files got a verdict. Stops when the scanner does not answer.

    The scanner is asked outside the transaction, so that no lock is held while it works. Without a scanner everything
    stays as it is: switching scanning off lets nothing through by itself.
    """
    with database.read() as session:
        waiting = session.scalars(
            sa.select(StoredFile.sha256).where(StoredFile.state == "quarantined").distinct()
        ).all()
    if store.scanner is None:
        return 0
    done = 0
    for sha256 in waiting:
        try:
            with store.path(sha256).open("rb") as content:
                harm = store.scanner.scan(content)
        except ScannerUnreachable:
            break
        except FileNotFoundError:
            continue
        with database.transaction() as session:
            _settle(session, store, sha256, harm, now)
        done += 1
    return done


def _settle(session: Session, store: FileStore, sha256: str, harm: str | None, now: datetime) -> None:
    """Give every row of the content its verdict; whoever sent an infected file hears of it."""
    rows = session.scalars(
        sa.select(StoredFile).where(StoredFile.sha256 == sha256, StoredFile.state == "quarantined")
    ).all()
    for file in rows:
        file.state = "clean" if harm is None else "infected"
        after = {"state": file.state, "found": harm}
        _record(session, file, {"state": "quarantined"}, after, now)
        sender = session.get(User, file.uploaded_by_id) if file.uploaded_by_id else None
        if harm is not None and sender is not None:
            outbox.send(
                session,
                to=sender.email,
                language=sender.language,
                template="file_infected",
                now=now,
                context={"name": sender.name, "file": file.name},
            )
    if harm is not None:
        store.discard(sha256)


def _record(
    session: Session, file: StoredFile, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    """Write the event for the offices of the company whose proof the file is; no office sees it of any other file."""
    event: dict[str, Any] = {"action": "file.scan", "subject": file, "before": before, "after": after}
    owners = session.scalars(sa.select(Evidence.provider_id).where(Evidence.file_id == file.id).distinct())
    found = owners.all()
    for provider_id in found:
        record_of_company(session, provider_id, actor=SYSTEM, now=now, **event)
    if not found:
        record(session, actor=SYSTEM, now=now, **event)


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
        needed = set(session.scalars(sa.select(StoredFile.sha256)))
        for renditions in session.scalars(sa.select(OfferPhoto.renditions)):
            needed.update(rendition["sha256"] for rendition in renditions)
    for sha256 in old - needed:
        store.discard(sha256)
    return len(old - needed)
