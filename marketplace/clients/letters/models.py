"""The tables of letters and their codes, of which only keyed hashes are kept."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.clients.models import Client
from marketplace.db import Base


class ClientLetter(Base):
    """A letter with codes for one client.

    `key_id` names the key of its codes' hashes (None: made before keys had names). `ended_at`: another letter has taken
    its place, or the client's data were erased.
    """

    __tablename__ = "client_letters"
    __table_args__ = (
        sa.Index(
            "uq_client_letters_open",
            "client_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    key_id: Mapped[str | None] = mapped_column(sa.String(12))

    client: Mapped[Client] = relationship()
    codes: Mapped[list[ClientCode]] = relationship(back_populates="letter", order_by="ClientCode.id")


class ClientCode(Base):
    """A code of a letter: it opens the client's pages once."""

    __tablename__ = "client_codes"
    __table_args__ = (sa.UniqueConstraint("letter_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("client_letters.id"))
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None]

    letter: Mapped[ClientLetter] = relationship(back_populates="codes")
