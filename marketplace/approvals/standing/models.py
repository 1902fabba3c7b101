"""Measures on approvals, their conditions, yearly rechecks, and which reminders have been sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.applications.models import AnswerAttachment, Correction
from marketplace.approvals.standing.rules import MEASURE, ConditionState, MeasureState
from marketplace.db import Base, Json, Revised, among, one_of
from marketplace.files.models import StoredFile
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction

_IS_OPEN = among("state", MEASURE.open)


class ApprovalMeasure(Revised, Base):
    """A suspension, reinstatement, withdrawal or new condition on its way to a decision, and the decision itself.

    `safety_reason` is empty when the provider was heard, and `response` is what the decision says to its explanation.
    `grounds`, `condition` and `response` go into the decision as they are, so they are in `language`, the provider's.
    An explanation that came by letter or mail has the day on which it came and may have the letter itself. `content`:
    the words of the document, from which corrected copies are made; None before they were kept.
    """

    __tablename__ = "approval_measures"
    __table_args__ = (
        one_of("kind", MEASURE.kinds, "kind_is_known"),
        one_of("state", MeasureState, "state_is_known"),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name="two_people"),
        sa.CheckConstraint(
            f"(state = '{MeasureState.DECIDED}') = (number IS NOT NULL)", name="decided_has_a_number"
        ),
        sa.CheckConstraint(
            f"(kind = '{ApprovalAction.CONDITION}') = (condition <> '')", name="sets_its_condition"
        ),
        sa.CheckConstraint(
            "(condition <> '') = (condition_due_on IS NOT NULL)", name="its_condition_has_a_day"
        ),
        sa.Index(
            "uq_approval_measures_open",
            "approval_id",
            unique=True,
            sqlite_where=sa.text(_IS_OPEN),
            postgresql_where=sa.text(_IS_OPEN),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("service_approvals.id"), index=True)
    kind: Mapped[ApprovalAction]
    state: Mapped[MeasureState]
    language: Mapped[str] = mapped_column(sa.String(2))
    grounds: Mapped[str]
    condition: Mapped[str] = mapped_column(default="", server_default="")
    condition_due_on: Mapped[date | None]
    condition_public: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    safety_reason: Mapped[str] = mapped_column(default="")
    hearing_due_on: Mapped[date | None]
    short_reason: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answer_came_on: Mapped[date | None]
    answer_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    response: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    closing_reason: Mapped[str] = mapped_column(default="")
    number: Mapped[str | None] = mapped_column(unique=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    content: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)

    approval: Mapped[ServiceApproval] = relationship()
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)
    proposed_by: Mapped[User] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    file: Mapped[StoredFile | None] = relationship(foreign_keys=file_id)
    corrections: Mapped[list[Correction]] = relationship(order_by=Correction.id)
    answer_file: Mapped[StoredFile | None] = relationship(foreign_keys=answer_file_id)
    attachments: Mapped[list[AnswerAttachment]] = relationship(order_by=AnswerAttachment.id, lazy="selectin")


class ApprovalCondition(Revised, Base):
    """Something the provider must do by a day for the approval to stand, in the provider's language.

    A condition is set by a decision: that on the application, or `measure`. What does not bind (`binding`) is a request
    of the office: it asks for the same and has no legal force. `public`: clients see it, too, until it has been met.
    `reason`: why it was found not to be met, as the provider was told.
    """

    __tablename__ = "approval_conditions"
    __table_args__ = (
        one_of("state", ConditionState, "state_is_known"),
        sa.CheckConstraint("binding OR NOT public", name="requests_are_not_public"),
        sa.CheckConstraint("binding OR measure_id IS NULL", name="decisions_bind"),
        sa.Index("ix_approval_conditions_state_due_on", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("service_approvals.id"), index=True)
    text: Mapped[str]
    due_on: Mapped[date]
    public: Mapped[bool] = mapped_column(default=False)
    binding: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_measures.id"), index=True)
    state: Mapped[ConditionState]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")

    approval: Mapped[ServiceApproval] = relationship()
    measure: Mapped[ApprovalMeasure | None] = relationship()
    settled_by: Mapped[User | None] = relationship(foreign_keys=settled_by_id)


class ApprovalRecheck(Base):
    """The yearly look at an approval: found to be in order on a day.

    `points`: what the pilot asked to look at then, in the words of that day, and whether it was (`rules.looked_at`).
    """

    __tablename__ = "approval_rechecks"

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("service_approvals.id"), index=True)
    checked_on: Mapped[date]
    checked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    points: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")

    checked_by: Mapped[User] = relationship()


class StandingReminder(Base):
    """A reminder that has been sent: `subject` names what runs out and when, `step` the days from that day."""

    __tablename__ = "standing_reminders"
    __table_args__ = (sa.UniqueConstraint("subject", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    step: Mapped[int]
    sent_at: Mapped[datetime]
