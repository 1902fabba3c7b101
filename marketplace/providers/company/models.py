"""What waits for somebody: a new account number, an invited person, a person who asks for access."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import ROLE_LENGTH, User
from marketplace.db import Base, EnumColumn, Revised, among, one_of
from marketplace.permissions import Role
from marketplace.providers.company.rules import (
    PEOPLE_ROLES,
    AccessRequestState,
    AccountChangeState,
    PersonInvitationState,
)
from marketplace.providers.models import Provider


def _only_one(state: StrEnum, name: str, *columns: str) -> sa.Index:
    """At most one row in the state for the same columns."""
    in_it = sa.text(f"state = '{state}'")
    return sa.Index(name, *columns, unique=True, sqlite_where=in_it, postgresql_where=in_it)


_ROLE_IS_THEIRS = among("role", PEOPLE_ROLES)


class AccountChange(Revised, Base):
    """A new account number of a provider; the old one holds until another person of the office confirms this."""

    __tablename__ = "account_changes"
    __audit_name__ = "AccountChange"
    __table_args__ = (
        one_of("state", AccountChangeState, "state_is_known"),
        _only_one(AccountChangeState.WAITING, "uq_account_changes_waiting", "provider_id"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="another_person_decides"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    iban: Mapped[str]
    bic: Mapped[str] = mapped_column(sa.String(11))
    state: Mapped[AccountChangeState]
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    provider: Mapped[Provider] = relationship()
    requested_by: Mapped[User] = relationship(foreign_keys=requested_by_id)


class PersonInvitation(Revised, Base):
    """A colleague invited by e-mail; the link carries a token of which only the hash is kept."""

    __tablename__ = "person_invitations"
    __audit_name__ = "PersonInvitation"
    __table_args__ = (
        one_of("state", PersonInvitationState, "state_is_known"),
        sa.CheckConstraint(_ROLE_IS_THEIRS, name="role_is_the_providers"),
        _only_one(PersonInvitationState.WAITING, "uq_person_invitations_waiting", "provider_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(EnumColumn(Role, ROLE_LENGTH))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[PersonInvitationState]
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    provider: Mapped[Provider] = relationship()


class AccessRequest(Revised, Base):
    """A person who registered a business ID that is here already, and asks the company's admins for access."""

    __tablename__ = "access_requests"
    __audit_name__ = "AccessRequest"
    __table_args__ = (
        one_of("state", AccessRequestState, "state_is_known"),
        _only_one(AccessRequestState.WAITING, "uq_access_requests_waiting", "provider_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    state: Mapped[AccessRequestState]
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)
