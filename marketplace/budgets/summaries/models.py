"""Summaries of a month, as they were told to the client."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.clients.models import Client
from marketplace.db import Base, Json


class ClientSummary(Base):
    """What a client was told of a month, which is named by its first day. It never changes: `content` is what was known
    when it was written, in keys and numbers (`content.Content`), so that it can be read in both languages.

    `mailed`: the client got a mail that it is there; otherwise the office posts it, and `posted_on` is when it has.
    """

    __tablename__ = "client_summaries"
    __table_args__ = (
        sa.UniqueConstraint("client_id", "month"),
        sa.CheckConstraint("NOT mailed OR posted_on IS NULL", name="mailed_or_posted"),
        sa.CheckConstraint("(posted_on IS NULL) = (posted_by_id IS NULL)", name="posted_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"))
    month: Mapped[date]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    made_at: Mapped[datetime]
    mailed: Mapped[bool]
    posted_on: Mapped[date | None]
    posted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))

    client: Mapped[Client] = relationship()
