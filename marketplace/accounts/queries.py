"""Finding people."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.rules import has_mailbox, normal_email
from marketplace.contact import UnreachableAddress, email_address
from marketplace.permissions import Role
from marketplace.sorting import by_name


def user_with_grants(session: Session, user_id: int) -> User | None:
    """The account with its roles, or None."""
    return session.get(User, user_id)


def user_by_email(session: Session, email: str) -> User | None:
    """The open account with this address, or None."""
    return session.scalar(sa.select(User).where(User.email == normal_email(email), User.active.is_(True)))


def any_user_by_email(session: Session, email: str) -> User | None:
    """The account with this address, open or closed, or None."""
    return session.scalar(sa.select(User).where(User.email == normal_email(email)))


def staff(session: Session, organisation: str, roles: frozenset[Role]) -> Sequence[User]:
    """The organisation's people who hold one of `roles`, by name."""
    return session.scalars(
        sa.select(User)
        .where(
            User.grants.any(sa.and_(RoleGrant.organisation_key == organisation, RoleGrant.role.in_(roles))),
            User.active.is_(True),
        )
        .order_by(by_name(User.name))
    ).all()


def provider_people(session: Session, provider_id: int) -> Sequence[User]:
    """Everybody who acts for the provider, by name."""
    return session.scalars(
        sa.select(User)
        .where(User.grants.any(RoleGrant.provider_id == provider_id), User.active.is_(True))
        .order_by(by_name(User.name))
    ).all()


def everybody(session: Session, organisation: str | None) -> Sequence[User]:
    """All accounts, or the staff of one organisation, by address."""
    asked = sa.select(User).order_by(User.email)
    if organisation is not None:
        asked = asked.where(User.grants.any(RoleGrant.organisation_key == organisation))
    return session.scalars(asked).all()


def unreachable_accounts(session: Session) -> list[str]:
    """One line, in English, for each account in use whose address is not in its normal form, and why."""
    rows = session.execute(sa.select(User.id, User.email).where(User.active.is_(True)).order_by(User.id))
    found = [(user_id, email) for user_id, email in rows if has_mailbox(email) and not _is_regular(email)]
    return [
        f"account {user_id} has the address {email}, "
        + (
            f"and another account the same mailbox as {normal_email(email)}: close one of them"
            if normal_email(email) != email
            else "which mail servers refuse: ask the person for another"
        )
        for user_id, email in found
    ]


def _is_regular(email: str) -> bool:
    try:
        return email_address(email) == email
    except UnreachableAddress:
        return False
