"""What the catalogue keeps in the database: the log of changes that the index follows, and unmet need."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base


class CatalogueChange(Base):
    """An offer whose public face may have changed, written in the transaction of the change itself.

    `offer_id` is empty when everything may have changed (a pilot's new definition).
    """

    __tablename__ = "catalogue_changes"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int | None]
    at: Mapped[datetime]


class CatalogueFollower(Base):
    """An index on some node that follows the log: how far it has come, and when that was last said.

    `low`: it holds every change up to this number. `timeline` is PostgreSQL's: another one after a fail-over.
    """

    __tablename__ = "catalogue_followers"

    name: Mapped[str] = mapped_column(primary_key=True)
    low: Mapped[int] = mapped_column(sa.BigInteger)
    timeline: Mapped[str]
    seen_at: Mapped[datetime]


class CatalogueTrimming(Base):
    """One row: changes up to `trimmed_to` are no longer in the log."""

    __tablename__ = "catalogue_trimming"

    id: Mapped[int] = mapped_column(primary_key=True)
    trimmed_to: Mapped[int] = mapped_column(sa.BigInteger)


class UnmetNeed(Base):
    """How often a question found nothing, by day: no word of who asked."""

    __tablename__ = "unmet_needs"
    __table_args__ = (sa.UniqueConstraint("day", "language", "terms", "municipality"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    language: Mapped[str] = mapped_column(sa.String(2))
    terms: Mapped[str]
    municipality: Mapped[str]
    filters: Mapped[dict[str, Any]]
    count: Mapped[int] = mapped_column(default=1)
