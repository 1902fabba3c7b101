"""Applications, the office's requests and decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.applications.rules import APPLICATION, ApplicationState, Outcome
from marketplace.db import Base, Json, Revised, among, one_of
from marketplace.decisions.rules import CorrectionState
from marketplace.files.models import StoredFile
from marketplace.pilots.models import Pilot
from marketplace.providers.models import Evidence, Provider

_IS_OPEN = among("state", APPLICATION.open)


class Application(Revised, Base):
    """A provider's application to one pilot; `revision` guards against two people overwriting each other."""

    __tablename__ = "applications"
    __audit_name__ = "Application"
    __table_args__ = (
        one_of("state", ApplicationState, "state_is_known"),
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
    state: Mapped[ApplicationState]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    rulebook_accepted_at: Mapped[datetime | None]
    rulebook_accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answers: Mapped[dict[str, Any]]
    handler_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)

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

    @property
    def definition_version_id(self) -> int:
        """The version whose definition counts: the pilot's newest for a draft, otherwise the one it was sent under."""
        newest = self.pilot.version_id if self.state == ApplicationState.DRAFT else None
        return newest or self.pilot_version_id


class ApplicationLine(Base):
    """One service applied for, with its operating area, what was proposed and what was decided.

    The grounds proposed are phrases of the library (`proposed_phrases`, keys) and the reviewer's own words after them.
    The conditions are {"text": words, "due_on": ISO day or None}. `proposed_left_out`: municipalities applied for
    that an approval does not cover.
    """

    __tablename__ = "application_lines"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "service_key"),
        one_of("proposed_outcome", Outcome, "proposed_outcome_is_known"),
        one_of("outcome", Outcome, "outcome_is_known"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_by_id IS NULL)", name="outcome_has_a_decider"),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"))
    service_key: Mapped[str]
    municipalities: Mapped[list[str]]
    proposed_outcome: Mapped[Outcome | None]
    proposed_phrases: Mapped[list[str]] = mapped_column(default=list)
    proposed_grounds: Mapped[str | None]
    proposed_conditions: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    proposed_left_out: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="lines")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=proposed_by_id)

    @property
    def covered(self) -> list[str]:
        """The municipalities that an approval covers: those applied for but for those left out."""
        return [code for code in self.municipalities if code not in self.proposed_left_out]


class ApplicationEvidence(Base):
    """Which of the provider's proofs an application rests on."""

    __tablename__ = "application_evidence"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(sa.ForeignKey("evidence.id"), primary_key=True)


class CompletionRequest(Base):
    """What the office asks to be completed: items of {"section": key, "text": words}, with a due date.

    `short_reason`: why there are fewer days than usual.
    Without an answer by then both sides are reminded (`reminded_at`). `lapsed_at`: when it ended without one, because
    its time ran out, or because the office took it back, for `taken_back_reason`.
    """

    __tablename__ = "completion_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    due_on: Mapped[date]
    short_reason: Mapped[str] = mapped_column(default="")
    items: Mapped[list[dict[str, Any]]]
    answered_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    taken_back_reason: Mapped[str] = mapped_column(default="")

    application: Mapped[Application] = relationship(back_populates="completion_requests")
    requested_by: Mapped[User] = relationship()


class Decision(Base):
    """A decision on an application: its number, its people and its archived document in the provider's language.

    `content`: the words of the document, from which corrected copies are made; None before they were kept.
    """

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
    content: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)

    application: Mapped[Application] = relationship(back_populates="decisions")
    proposed_by: Mapped[User] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User] = relationship(foreign_keys=decided_by_id)
    file: Mapped[StoredFile] = relationship()
    corrections: Mapped[list[Correction]] = relationship(
        back_populates="decision", order_by=lambda: Correction.id
    )


class Hearing(Base):
    """The provider is heard before a rejection: which services, what the office intends and why, and the answer.

    `closed_at` is set when the provider has answered or the due date has passed; only then may a rejection be proposed.
    An answer that came by letter or mail has the day on which it came, was written down by a person of the office
    (`answered_by`), and may have the letter itself.
    """

    __tablename__ = "hearings"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    services: Mapped[list[str]]
    reasons: Mapped[str]
    due_on: Mapped[date]
    short_reason: Mapped[str] = mapped_column(default="")
    heard_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    heard_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    answer_came_on: Mapped[date | None]
    answer_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))

    application: Mapped[Application] = relationship()
    heard_by: Mapped[User] = relationship(foreign_keys=heard_by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)
    attachments: Mapped[list[AnswerAttachment]] = relationship(
        order_by="AnswerAttachment.id", lazy="selectin"
    )


class AnswerAttachment(Base):
    """A file that the provider gave with its answer to a hearing, or with its explanation to a measure."""

    __tablename__ = "answer_attachments"
    __table_args__ = (sa.CheckConstraint("(hearing_id IS NULL) <> (measure_id IS NULL)", name="one_subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hearings.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_measures.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"), unique=True)

    file: Mapped[StoredFile] = relationship(lazy="joined")


class Correction(Revised, Base):
    """The correction of a clerical error, which one person proposes and another makes.

    The decision is one on an application, or one on an approval (`measure_id`). The correction is a document of its own
    that refers to the decision, which stays as it is; `copy_id` is the corrected copy of the decision. Those made
    before two people stood behind a correction name nobody who proposed and have no copy.
    """

    __tablename__ = "decision_corrections"
    __table_args__ = (
        one_of("state", CorrectionState, "state_is_known"),
        sa.CheckConstraint("proposed_by_id <> corrected_by_id", name="two_people"),
        sa.CheckConstraint("(decision_id IS NULL) <> (measure_id IS NULL)", name="one_decision"),
        sa.CheckConstraint(
            f"(state = '{CorrectionState.MADE}') = "
            "(number IS NOT NULL AND corrected_on IS NOT NULL AND file_id IS NOT NULL)",
            name="made_has_a_document",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decisions.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_measures.id"), index=True)
    state: Mapped[CorrectionState]
    wrong: Mapped[str]
    right: Mapped[str]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    number: Mapped[str | None] = mapped_column(unique=True)
    corrected_on: Mapped[date | None]
    corrected_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    copy_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))

    decision: Mapped[Decision | None] = relationship(back_populates="corrections")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=proposed_by_id)
    corrected_by: Mapped[User | None] = relationship(foreign_keys=corrected_by_id)
    file: Mapped[StoredFile | None] = relationship(foreign_keys=file_id)
    copy: Mapped[StoredFile | None] = relationship(foreign_keys=copy_id)


class UncheckedSection(Base):
    """A section whose answers the provider has not looked at in this application; the row goes when it has.

    `carried_from_id`: the earlier application that the answers come from. `since_version_id`: the version of the
    pilot's definition that the section was last looked at under, when the definition has changed since.
    """

    __tablename__ = "unchecked_sections"
    __table_args__ = (
        sa.CheckConstraint(
            "carried_from_id IS NOT NULL OR since_version_id IS NOT NULL", name="has_a_reason"
        ),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("applications.id"))
    since_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pilot_versions.id"))

    carried_from: Mapped[Application | None] = relationship(foreign_keys=carried_from_id)


class Supplement(Base):
    """Marks an application that adds services or municipalities to what the provider is approved for in the pilot.

    Its lines name only what is added. `known`: sections that were complete when it began and are not asked for again.
    `earlier_id`: the application they come from; None for a provider whose approvals were imported.
    """

    __tablename__ = "supplements"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    earlier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("applications.id"))
    known: Mapped[list[str]]


class SentCopy(Base):
    """The document of what was sent to the office at a moment: the application, or its completion."""

    __tablename__ = "sent_copies"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    sent_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(sa.String(2))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))

    file: Mapped[StoredFile] = relationship()
