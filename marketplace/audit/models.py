"""The audit trail's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base
from marketplace.i18n import _
from marketplace.permissions import SYSTEM


class AuditEvent(Base):
    """One thing that happened. Each row's hash covers its content and the hash of the row before it."""

    __tablename__ = "audit_events"
    __table_args__ = (
        sa.Index("ix_audit_events_subject", "subject_type", "subject_id"),
        sa.Index("ix_audit_events_organisation", "organisation_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    organisation_key: Mapped[str | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

    @property
    def who(self) -> str:
        """The actor's name for the reader; the portal itself is called by its name in the reader's language."""
        return _("Palvelutori") if self.actor_name == SYSTEM.name else self.actor_name


class AuditHead(Base):
    """The end of the chain: one row, locked by whoever appends."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[int]
    last_hash: Mapped[str]
