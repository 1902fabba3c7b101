"""The table of support plans: every version stays as it was written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.models import Client
from marketplace.clients.plans.rules import Arranged, Line, PlanContent, Writer
from marketplace.db import Base, EnumColumn, one_of


class SupportPlan(Base):
    """A version of a client's support plan; the highest number is the one that holds.

    `lines` is a list of {need, arranged, who}. Nothing in a row changes, but for its texts when the client's data are
    erased.
    """

    __tablename__ = "support_plans"
    __audit_name__ = "SupportPlan"
    __table_args__ = (
        sa.UniqueConstraint("client_id", "number"),
        sa.CheckConstraint("number > 0", name="number_is_positive"),
        one_of("writer", Writer, "writer_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"))
    number: Mapped[int]
    writer: Mapped[Writer] = mapped_column(EnumColumn(Writer, 12))
    written_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    written_at: Mapped[datetime]
    goals: Mapped[str]
    helps: Mapped[str]
    lines: Mapped[list[dict[str, Any]]]
    in_decision: Mapped[bool]

    client: Mapped[Client] = relationship()
    written_by: Mapped[User] = relationship()

    @property
    def content(self) -> PlanContent:
        """What the version says."""
        lines = tuple(Line(each["need"], Arranged(each["arranged"]), each["who"]) for each in self.lines)
        return PlanContent(self.goals, self.helps, lines, self.in_decision)
