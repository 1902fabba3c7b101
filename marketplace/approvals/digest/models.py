"""Whose letter of which day has been dealt with, and who has switched off which mail."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.approvals.digest.rules import OfficeMail
from marketplace.db import Base, one_of


class MorningLetter(Base):
    """The letter of a person and a day has been dealt with: written, or nothing waited. At most one for each."""

    __tablename__ = "morning_letters"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class MutedMail(Base):
    """The person has switched off a kind of mail."""

    __tablename__ = "muted_mails"
    __table_args__ = (one_of("kind", OfficeMail, "kind_is_known"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    kind: Mapped[OfficeMail] = mapped_column(primary_key=True)
    since: Mapped[datetime]
