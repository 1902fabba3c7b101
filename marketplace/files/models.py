"""The table of kept files."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, one_of
from marketplace.files.rules import FileState


class StoredFile(Base):
    """A file that was checked and kept; its content lies under its SHA-256 and is never changed.

    A quarantined file waits for the virus scanner: it is neither handed out nor counted as a proof. The content of an
    infected one is gone.
    """

    __tablename__ = "stored_files"
    __audit_name__ = "StoredFile"
    __table_args__ = (one_of("state", FileState, "state_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    media_type: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    state: Mapped[FileState] = mapped_column(default=FileState.CLEAN, index=True)


class LostContent(Base):
    """A content that is gone for good, as the operator has said; `reason` says why it cannot be brought back."""

    __tablename__ = "lost_contents"
    __audit_name__ = "Content"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    reason: Mapped[str]
    given_up_at: Mapped[datetime]
