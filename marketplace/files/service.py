"""Keeping files."""

from __future__ import annotations

from marketplace.files.models import StoredFile
from marketplace.files.store import ReceivedFile
from marketplace.work import UnitOfWork


def keep_file(work: UnitOfWork, received: ReceivedFile) -> StoredFile:
    """The row of a file whose content is already in the file store."""
    stored = StoredFile(
        sha256=received.sha256,
        media_type=received.media_type,
        size=received.size,
        name=received.name,
        uploaded_by_id=work.actor.user_id,
        created_at=work.now,
        state=received.state,
    )
    work.session.add(stored)
    work.session.flush()
    return stored
