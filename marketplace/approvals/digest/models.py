"""Whose letter of which day has been dealt with, and who wants none."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base


class MorningLetter(Base):
    """The letter of a person and a day has been dealt with: written, or nothing waited. At most one for each."""

    __tablename__ = "morning_letters"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class NoMorningLetter(Base):
    """The person wants no letters in the morning."""

    __tablename__ = "no_morning_letters"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    since: Mapped[datetime]
