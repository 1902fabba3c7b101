"""The tables of second factors, and of which organisation requires one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base


class AppSecret(Base):
    """The secret of a person's app, sealed with a key that the database does not hold.

    Empty `confirmed_at`: begun, and no code of it given yet. `last_step` is the period of the last code used.
    """

    __tablename__ = "app_secrets"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    sealed: Mapped[str]
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class Passkey(Base):
    """A public key whose private half a person's device holds (WebAuthn)."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for the day on which the device is lost; works once, kept as a hash."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    used_at: Mapped[datetime | None]


class SignInPolicy(Base):
    """How the staff of an organisation sign in; an organisation without a row requires a second factor."""

    __tablename__ = "sign_in_policies"

    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"), primary_key=True)
    second_factor: Mapped[bool]
