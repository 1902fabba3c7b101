"""The table of mandates."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client
from marketplace.db import Base, EnumColumn, one_of
from marketplace.files.models import StoredFile


class Mandate(Base):
    """A client lets a helper (HB-avustaja, somebody of the family) see or act; it can be revoked at any moment.

    Before the helper has accepted, `helper_id` is empty and `token_hash` is that of the link in the helper's letter;
    `name` and `email` are as the client wrote them. `ends_on` empty: until it is revoked.
    `file`: the signed paper, where the office has kept it here.
    """

    __tablename__ = "client_mandates"
    __audit_name__ = "Mandate"
    __table_args__ = (
        one_of("source", Source, "source_is_known"),
        one_of("scope", Scope, "scope_is_known"),
        sa.CheckConstraint("(accepted_at IS NULL) = (helper_id IS NULL)", name="accepted_by_a_helper"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"), index=True)
    helper_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    source: Mapped[Source] = mapped_column(EnumColumn(Source, 10))
    scope: Mapped[Scope] = mapped_column(EnumColumn(Scope, 10))
    name: Mapped[str]
    email: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime]
    ends_on: Mapped[date | None]
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))

    client: Mapped[Client] = relationship()
    helper: Mapped[User | None] = relationship(foreign_keys=helper_id)
    file: Mapped[StoredFile | None] = relationship()
