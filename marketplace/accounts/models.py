"""People and the roles they hold."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, EnumColumn, among
from marketplace.i18n import LocalizedText
from marketplace.permissions import PROVIDER_ROLES, STAFF_ROLES, Role

ROLE_LENGTH = 15
"""What the columns of a role hold at most."""
_IS_STAFF = among("role", sorted(STAFF_ROLES))
_IS_PROVIDER = among("role", sorted(PROVIDER_ROLES))


class User(Base):
    """A person who signs in; the e-mail address is kept in lower case.

    `title` is what staff are called in the decisions that they sign or prepare.
    """

    __tablename__ = "users"
    __audit_name__ = "User"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[str] = mapped_column(sa.String(2))
    created_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    title: Mapped[LocalizedText | None]

    grants: Mapped[list[RoleGrant]] = relationship(back_populates="user", lazy="selectin")

    @property
    def organisation_key(self) -> str | None:
        """The organisation whose staff the person is; staff belong to exactly one."""
        return next(
            (each.organisation_key for each in self.grants if each.organisation_key is not None), None
        )


class RoleGrant(Base):
    """A role of a person: staff in one organisation, provider people in one provider, others in neither."""

    __tablename__ = "role_grants"
    __table_args__ = (
        sa.CheckConstraint(
            f"({_IS_STAFF}) = (organisation_key IS NOT NULL)", name="staff_belong_to_an_organisation"
        ),
        sa.CheckConstraint(
            f"({_IS_PROVIDER}) = (provider_id IS NOT NULL)",
            name="provider_people_belong_to_a_provider",
        ),
        sa.UniqueConstraint("user_id", "role", "organisation_key", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(EnumColumn(Role, ROLE_LENGTH))
    organisation_key: Mapped[str | None] = mapped_column(sa.ForeignKey("organisations.key"))
    provider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("providers.id"), index=True)

    user: Mapped[User] = relationship(back_populates="grants")
