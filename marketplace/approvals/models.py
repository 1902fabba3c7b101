"""Applications, the office's requests and decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.approvals.rules import OPEN_STATES, OUTCOMES, WORKFLOW
from marketplace.db import Base
from marketplace.pilots.models import Pilot
from marketplace.providers.models import Evidence, Provider, StoredFile

_STATES = ", ".join(f"'{state}'" for state in WORKFLOW.states)
_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in OUTCOMES)
_IS_OPEN = "state IN ({})".format(", ".join(f"'{state}'" for state in OPEN_STATES))


class Application(Base):
    """A provider's application to one pilot; `revision` guards against two people overwriting each other."""

    __tablename__ = "applications"
    __table_args__ = (
        sa.CheckConstraint(f"state IN ({_STATES})", name="state_is_known"),
        sa.Index("ix_applications_queue", "pilot_key", "state", "submitted_at"),
        sa.Index(
            "uq_applications_open",
            "provider_id",
            "pilot_key",
            unique=True,
            sqlite_where=sa.text(_IS_OPEN),
            postgresql_where=sa.text(_IS_OPEN),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    pilot_version_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot_versions.id"))
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    state: Mapped[str]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    rulebook_accepted_at: Mapped[datetime | None]
    rulebook_accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answers: Mapped[dict[str, Any]]
    handler_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)

    pilot: Mapped[Pilot] = relationship()
    provider: Mapped[Provider] = relationship()
    handler: Mapped[User | None] = relationship(foreign_keys=handler_id)
    created_by: Mapped[User] = relationship(foreign_keys=created_by_id)
    rulebook_accepted_by: Mapped[User | None] = relationship(foreign_keys=rulebook_accepted_by_id)
    lines: Mapped[list[ApplicationLine]] = relationship(
        back_populates="application", order_by="ApplicationLine.id", cascade="all, delete-orphan"
    )
    evidence: Mapped[list[Evidence]] = relationship(secondary="application_evidence", order_by=Evidence.id)
    completion_requests: Mapped[list[CompletionRequest]] = relationship(
        back_populates="application", order_by="CompletionRequest.id"
    )
    decisions: Mapped[list[Decision]] = relationship(back_populates="application", order_by="Decision.id")

    __mapper_args__ = {"version_id_col": revision}


class ApplicationLine(Base):
    """One service applied for, with its operating area, what was proposed and what was decided.

    The grounds proposed are phrases of the library (`proposed_phrases`, keys) and the reviewer's own words after them.
    The conditions are {"text": words, "due_on": ISO day or None}.
    """

    __tablename__ = "application_lines"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "service_key"),
        sa.CheckConstraint(f"proposed_outcome IN ({_OUTCOMES})", name="proposed_outcome_is_known"),
        sa.CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome_is_known"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_by_id IS NULL)", name="outcome_has_a_decider"),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"))
    service_key: Mapped[str]
    municipalities: Mapped[list[str]]
    proposed_outcome: Mapped[str | None]
    proposed_phrases: Mapped[list[str]] = mapped_column(default=list)
    proposed_grounds: Mapped[str | None]
    proposed_conditions: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="lines")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=proposed_by_id)


class ApplicationEvidence(Base):
    """Which of the provider's proofs an application rests on."""

    __tablename__ = "application_evidence"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(sa.ForeignKey("evidence.id"), primary_key=True)


class CompletionRequest(Base):
    """What the office asks to be completed: items of {"section": key, "text": words}, with a due date.

    Without an answer by then both sides are reminded (`reminded_at`) and it lapses in the end (`lapsed_at`).
    """

    __tablename__ = "completion_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    due_on: Mapped[date]
    items: Mapped[list[dict[str, Any]]]
    answered_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="completion_requests")
    requested_by: Mapped[User] = relationship()


class Decision(Base):
    """A decision on an application: its number, its people and its archived document in the provider's language."""

    __tablename__ = "decisions"
    __table_args__ = (sa.CheckConstraint("proposed_by_id <> decided_by_id", name="two_people"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    decided_on: Mapped[date]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    decided_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))

    application: Mapped[Application] = relationship(back_populates="decisions")
    proposed_by: Mapped[User] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User] = relationship(foreign_keys=decided_by_id)
    file: Mapped[StoredFile] = relationship()
