"""Finding second factors."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.second_factor.models import AppSecret, Passkey, RecoveryCode, SignInPolicy
from marketplace.accounts.second_factor.rules import Factors, is_required


def factors_of(session: Session, user_id: int) -> Factors:
    """What the person has besides the password."""
    app = sa.select(AppSecret.user_id).where(
        AppSecret.user_id == user_id, AppSecret.confirmed_at.is_not(None)
    )
    codes = sa.select(sa.func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return Factors(
        app=session.scalar(app) is not None,
        passkeys=len(passkeys_of(session, user_id)),
        codes=session.scalar(codes) or 0,
    )


def passkeys_of(session: Session, user_id: int) -> Sequence[Passkey]:
    """The person's passkeys, oldest first."""
    return session.scalars(sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def organisation_requires(session: Session, organisation: str) -> bool:
    """Whether the organisation's staff need a second factor: yes, unless it is said that they do not."""
    required = session.scalar(
        sa.select(SignInPolicy.second_factor).where(SignInPolicy.organisation_key == organisation)
    )
    return True if required is None else required


def needs_second_factor(session: Session, user: User) -> bool:
    """Whether the person may not work without a second factor."""
    return any(
        is_required([held.role], organisation_requires=organisation_requires(session, held.organisation_key))
        for held in user.grants
        if held.organisation_key is not None
    )
