"""What waits for somebody: a new account number, an invited person, a person who asks for access."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base
from marketplace.permissions import Role
from marketplace.providers.company.rules import ACCESS_REQUEST, ACCOUNT_CHANGE, INVITATION, PEOPLE_ROLES
from marketplace.providers.models import Provider
from marketplace.workflow import Workflow


def _state_of(workflow: Workflow) -> sa.CheckConstraint:
    listed = ", ".join(f"'{state}'" for state in workflow.states)
    return sa.CheckConstraint(f"state IN ({listed})", name="state_is_known")


def _only_one_waits(name: str, *columns: str) -> sa.Index:
    waiting = sa.text("state = 'waiting'")
    return sa.Index(name, *columns, unique=True, sqlite_where=waiting, postgresql_where=waiting)


_ROLE = sa.Enum(Role, native_enum=False, values_callable=lambda roles: [role.value for role in roles])
_ROLE_IS_THEIRS = "role IN ({})".format(", ".join(f"'{role}'" for role in PEOPLE_ROLES))


class AccountChange(Base):
    """A new account number of a provider; the old one holds until another person of the office confirms this."""

    __tablename__ = "account_changes"
    __audit_name__ = "AccountChange"
    __table_args__ = (
        _state_of(ACCOUNT_CHANGE),
        _only_one_waits("uq_account_changes_waiting", "provider_id"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="another_person_decides"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    iban: Mapped[str]
    bic: Mapped[str] = mapped_column(sa.String(11))
    state: Mapped[str]
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    provider: Mapped[Provider] = relationship()
    requested_by: Mapped[User] = relationship(foreign_keys=requested_by_id)


class PersonInvitation(Base):
    """A colleague invited by e-mail; the link carries a token of which only the hash is kept."""

    __tablename__ = "person_invitations"
    __audit_name__ = "PersonInvitation"
    __table_args__ = (
        _state_of(INVITATION),
        sa.CheckConstraint(_ROLE_IS_THEIRS, name="role_is_the_providers"),
        _only_one_waits("uq_person_invitations_waiting", "provider_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(_ROLE)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[str]
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    provider: Mapped[Provider] = relationship()


class AccessRequest(Base):
    """A person who registered a business ID that is here already, and asks the company's admins for access."""

    __tablename__ = "access_requests"
    __audit_name__ = "AccessRequest"
    __table_args__ = (
        _state_of(ACCESS_REQUEST),
        _only_one_waits("uq_access_requests_waiting", "provider_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    state: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)
