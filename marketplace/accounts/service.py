"""Accounts: making them, signing in, changing a password."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, SignInFailure, User
from marketplace.audit.service import record
from marketplace.errors import Conflict, DomainError, Invalid
from marketplace.i18n import _l
from marketplace.permissions import Actor, Grant, Role

MIN_PASSWORD: Final = 12
FAILURE_WINDOW: Final = timedelta(minutes=15)
MAX_FAILURES: Final = 10

_hasher = PasswordHasher()  # argon2id with the library's current defaults
_NOBODY: Final = _hasher.hash("an account that does not exist takes as long to refuse as one that does")


class TooManyFailures(DomainError):
    """Sign-in has failed too often from one address or for one account."""

    status = 429


def create_user(
    session: Session, *, email: str, name: str, password: str, language: str, now: datetime
) -> User:
    """A new account. Raises Conflict when the address has one, Invalid when the password is too short."""
    address = normal_email(email)
    if session.scalar(sa.select(User.id).where(User.email == address)) is not None:
        raise Conflict(
            _l("There is already an account with this e-mail address. Sign in, or ask for a new password."),
            field="email",
        )
    user = User(
        email=address,
        name=name.strip(),
        password_hash=hash_password(password),
        language=language,
        created_at=now,
        active=True,
    )
    session.add(user)
    session.flush()
    return user


def hash_password(password: str) -> str:
    """The argon2id hash of a password that is long enough; raises Invalid otherwise."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(_l("Use a password of at least 12 characters."), field="password")
    return _hasher.hash(password)


def grant(
    session: Session,
    user: User,
    role: Role,
    *,
    organisation: str | None = None,
    provider_id: int | None = None,
) -> None:
    """Give a role; giving one that the person already has changes nothing."""
    for held in user.grants:
        if (held.role, held.organisation_key, held.provider_id) == (role, organisation, provider_id):
            return
    user.grants.append(RoleGrant(role=role, organisation_key=organisation, provider_id=provider_id))
    session.flush()


def grant_staff(session: Session, user: User, role: Role, *, organisation: str) -> None:
    """Make the person staff of an organisation.

    Raises Conflict when the person works for another one already (staff belong to one organisation) and Invalid when
    there is no such organisation.
    """
    others = {
        held.organisation_key for held in user.grants if held.organisation_key not in (None, organisation)
    }
    if others:
        raise Conflict(_l("The person already works for another organisation."))
    try:
        with session.begin_nested():
            grant(session, user, role, organisation=organisation)
    except IntegrityError as error:
        raise Invalid(_l("There is no such organisation."), field="organisation") from error


def sign_in(session: Session, *, email: str, password: str, address: str, now: datetime) -> User | None:
    """The account that the e-mail and password open, or None.

    `address` is the network address of the visitor. A failure is counted per account and per address; raises
    TooManyFailures after ten failures of one of them within fifteen minutes. The caller commits either way.
    """
    keys = [_key("email", normal_email(email)), _key("address", address)]
    _refuse_guessing(session, keys, now)
    user = session.scalar(sa.select(User).where(User.email == normal_email(email), User.active.is_(True)))
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        user = None
    if user is None:
        session.add_all(SignInFailure(key=key, at=now) for key in keys)
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    record(session, actor=actor_of(user), now=now, action="account.sign_in", subject=user)
    return user


def save_account(session: Session, user: User, *, name: str, language: str, now: datetime) -> None:
    """Change the person's name and the language of mail and decisions."""
    before = {"name": user.name, "language": user.language}
    user.name, user.language = name.strip(), language
    record(
        session,
        actor=actor_of(user),
        now=now,
        action="account.save",
        subject=user,
        before=before,
        after={"name": user.name, "language": user.language},
    )


def change_password(session: Session, user: User, *, password: str, now: datetime) -> None:
    """Set a new password for the account."""
    user.password_hash = hash_password(password)
    record(session, actor=actor_of(user), now=now, action="account.change_password", subject=user)


def actor_of(user: User) -> Actor:
    """The person as services see them."""
    grants = tuple(Grant(Role(g.role), g.organisation_key, g.provider_id) for g in user.grants)
    return Actor(user_id=user.id, email=user.email, name=user.name, grants=grants)


def normal_email(email: str) -> str:
    """The address as it is kept and compared: lower case, no surrounding blanks."""
    return email.strip().lower()


def _refuse_guessing(session: Session, keys: list[str], now: datetime) -> None:
    session.execute(sa.delete(SignInFailure).where(SignInFailure.at < now - FAILURE_WINDOW))
    counts = session.execute(
        sa.select(sa.func.count()).where(SignInFailure.key.in_(keys)).group_by(SignInFailure.key)
    ).scalars()
    if any(count >= MAX_FAILURES for count in counts):
        raise TooManyFailures(
            _l(
                "Signing in has failed too many times. Wait fifteen minutes and try again, or ask for a new password."
            )
        )


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
