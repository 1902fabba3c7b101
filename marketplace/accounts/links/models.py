"""The table of links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.links.rules import Purpose
from marketplace.db import Base, EnumColumn, one_of


class MailedLink(Base):
    """A link that somebody asked for; the token is made when the letter is written, and only its hash is kept.

    `payload` holds what the purpose needs when the link is followed. `settled_at` is when the worker had written the
    letter or seen that none is due: whoever asks cannot tell, in words or in time, which of the two it was.
    """

    __tablename__ = "mailed_links"
    __table_args__ = (
        one_of("purpose", Purpose, "purpose_is_known"),
        sa.Index("ix_mailed_links_unsettled", "id", sqlite_where=sa.text("settled_at IS NULL"),
                 postgresql_where=sa.text("settled_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(EnumColumn(Purpose, 20))
    email: Mapped[str] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    payload: Mapped[dict[str, Any]]
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
