"""Keeping files."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

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


def forget_files(session: Session, files: Iterable[int | None], *, but: sa.Select[int | None]) -> None:
    """Drop the rows of files to which nothing refers any more, `but` those that another row does; the worker removes
    contents that no row speaks of.
    """
    kept = set(session.scalars(but))
    numbers = sorted({each for each in files if each is not None} - kept)
    session.execute(
        sa.delete(StoredFile).where(StoredFile.id.in_(numbers)),
        execution_options={"synchronize_session": False},
    )
