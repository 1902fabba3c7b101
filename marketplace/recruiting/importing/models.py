"""Lists of approved providers that the office has sent and looks through before it confirms them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Json
from marketplace.pilots.models import Pilot


class SentList(Base):
    """A list as it was read: the cells of its known columns and nothing else of the file, which is not kept.

    `outcome` counts what became of its rows when it was confirmed, by `RowOutcome`; None before.
    """

    __tablename__ = "sent_lists"
    __audit_name__ = "SentList"
    __table_args__ = (
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (outcome IS NULL)", name="is_confirmed_with_its_outcome"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    file_name: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    sent_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    sent_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, int] | None] = mapped_column(sa.JSON(none_as_null=True))

    pilot: Mapped[Pilot] = relationship()
    sent_by: Mapped[User] = relationship(foreign_keys=[sent_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
