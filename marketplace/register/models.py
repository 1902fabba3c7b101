"""What the register has accepted of each entry, and the journal of everything that was sent with its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, EnumColumn, Json, one_of
from marketplace.register.rules import RegisterPart, Sending


class RegisterEntry(Base):
    """An entry by our own id of it (`source`). `accepted`: the digest of what the register last took, None before.

    `tried_at`, `failures`: the last try, and how many have failed in a row. `content` is what was accepted last, so
    that it can be withdrawn when what it was made of is gone.
    """

    __tablename__ = "register_entries"
    __table_args__ = (
        one_of("kind", RegisterPart, "kind_is_known"),
        sa.CheckConstraint("failures >= 0", name="failures_are_counted"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[RegisterPart] = mapped_column(EnumColumn(RegisterPart, 10))
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"), index=True)
    accepted: Mapped[str | None] = mapped_column(sa.String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    tried_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)


class RegisterSending(Base):
    """One message to the register and its answer; never changed. `status` is None when no answer came."""

    __tablename__ = "register_sendings"
    __table_args__ = (one_of("action", Sending, "action_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(sa.ForeignKey("register_entries.source"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[Sending] = mapped_column(EnumColumn(Sending, 10))
    digest: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None]
    answer: Mapped[str]

    entry: Mapped[RegisterEntry] = relationship()
