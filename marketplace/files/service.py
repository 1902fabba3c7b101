"""Keeping files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.files.models import StoredFile
from marketplace.files.store import ReceivedFile
from marketplace.permissions import Actor


def keep_file(session: Session, received: ReceivedFile, *, actor: Actor, now: datetime) -> StoredFile:
    """The row of a file whose content is already in the file store."""
    stored = StoredFile(
        sha256=received.sha256,
        media_type=received.media_type,
        size=received.size,
        name=received.name,
        uploaded_by_id=actor.user_id,
        created_at=now,
        state=received.state,
    )
    session.add(stored)
    session.flush()
    return stored
