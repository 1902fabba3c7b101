"""What the office keeps beside an application: hearings, the checklist's marks, notes, corrections of decisions."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.approvals.models import Application, Decision
from marketplace.approvals.reviewing.rules import MARKS
from marketplace.db import Base
from marketplace.providers.models import StoredFile

_MARKS = ", ".join(f"'{mark}'" for mark in MARKS)


class Hearing(Base):
    """The provider is heard before a rejection: which services, what the office intends and why, and the answer.

    `closed_at` is set when the provider has answered or the due date has passed; only then may a rejection be proposed.
    """

    __tablename__ = "hearings"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    services: Mapped[list[str]]
    reasons: Mapped[str]
    due_on: Mapped[date]
    heard_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    heard_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    heard_by: Mapped[User] = relationship(foreign_keys=heard_by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)


class ChecklistMark(Base):
    """How one point of the pilot's checklist stands, by whom and when."""

    __tablename__ = "checklist_marks"
    __table_args__ = (sa.CheckConstraint(f"mark IN ({_MARKS})", name="mark_is_known"),)

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    item_key: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]
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


class Correction(Base):
    """The correction of a clerical error: a document of its own that refers to the decision, which stays as it is."""

    __tablename__ = "decision_corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decisions.id"), index=True)
    number: Mapped[str] = mapped_column(unique=True)
    wrong: Mapped[str]
    right: Mapped[str]
    corrected_on: Mapped[date]
    corrected_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))

    decision: Mapped[Decision] = relationship(backref=backref("corrections", order_by="Correction.id"))
    corrected_by: Mapped[User] = relationship()
    file: Mapped[StoredFile] = relationship()
