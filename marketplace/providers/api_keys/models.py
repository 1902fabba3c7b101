"""The table of keys for programs."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base
from marketplace.providers.models import Provider


class ApiKey(Base):
    """A key that a program of a provider proves itself with. Only the hash (SHA-256) of its random text is kept.

    A program with it acts in the name of `created_by`, for this provider alone, as long as that person acts for the
    provider, until `expires_at`; `told_at` is when the company was told that it is about to expire. `name` says which
    program holds it.
    """

    __tablename__ = "api_keys"
    __audit_name__ = "ApiKey"
    __table_args__ = (
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))

    provider: Mapped[Provider] = relationship()
    created_by: Mapped[User] = relationship(foreign_keys=created_by_id)
