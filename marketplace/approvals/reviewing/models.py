"""What the office keeps beside an application: hearings, the checklist's marks, notes, corrections of decisions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.approvals.reviewing.rules import Mark
from marketplace.db import Base, one_of


class ChecklistMark(Base):
    """How one point of the pilot's checklist stands, by whom and when."""

    __tablename__ = "checklist_marks"
    __table_args__ = (one_of("mark", Mark, "mark_is_known"),)

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    item_key: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[Mark]
    marked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    marked_at: Mapped[datetime]

    marked_by: Mapped[User] = relationship()


class Note(Base):
    """An internal note on an application; the provider never sees it."""

    __tablename__ = "application_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    written_at: Mapped[datetime]
    text: Mapped[str]

    author: Mapped[User] = relationship()
