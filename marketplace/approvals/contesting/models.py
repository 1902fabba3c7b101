"""Requests for a review of decisions."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.applications.models import Decision
from marketplace.approvals.contesting.rules import ReviewState
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.db import Base, Revised, one_of


class ReviewRequest(Revised, Base):
    """A request for a review of a decision on an application or of a measure: exactly one of them is named.

    `by` says who asks, `decided_by` which body decided on the request, `note` what came of it in a few words.
    """

    __tablename__ = "review_requests"
    __table_args__ = (
        one_of("state", ReviewState, "state_is_known"),
        sa.CheckConstraint("(decision_id IS NULL) <> (measure_id IS NULL)", name="one_decision"),
        sa.CheckConstraint(
            f"(state IN ('{ReviewState.NEW}', '{ReviewState.PENDING}')) = (decided_on IS NULL)",
            name="decided_has_a_day",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decisions.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_measures.id"), index=True)
    state: Mapped[ReviewState]
    by: Mapped[str]
    received_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    decided_on: Mapped[date | None]
    decided_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))

    decision: Mapped[Decision | None] = relationship()
    measure: Mapped[ApprovalMeasure | None] = relationship()
    recorded_by: Mapped[User] = relationship(foreign_keys=recorded_by_id)
