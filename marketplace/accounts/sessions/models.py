"""The table of sessions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.accounts.sessions.rules import End, Step
from marketplace.db import Base, EnumColumn, one_of


class UserSession(Base):
    """One sign-in on one browser, which alone holds the token; here is only its hash (SHA-256, 64 hex digits).

    `step` tells how far the sign-in has come. `proved_at` is when the person last showed who they are: at sign-in, and
    before a sensitive act. `openid_session`: what the organisation's OpenID Connect provider calls this sign-in, empty
    when it gives no name, None for a sign-in without it.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="an_end_has_a_reason"),
        one_of("end_reason", End, "reason_is_known"),
        one_of("step", Step, "step_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    proved_at: Mapped[datetime]
    step: Mapped[Step] = mapped_column(EnumColumn(Step, 20))
    agent: Mapped[str]
    openid_session: Mapped[str | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[End | None] = mapped_column(EnumColumn(End, 20))

    user: Mapped[User] = relationship()
