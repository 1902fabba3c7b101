"""Organisations and their pilots; a pilot's definition is kept in every version that was ever in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Json
from marketplace.i18n import LocalizedText


class Organisation(Base):
    """A sote organisation that runs pilots, decides on providers and pays them."""

    __tablename__ = "organisations"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[LocalizedText]
    short_name: Mapped[LocalizedText]
    theme: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    website: Mapped[str]


class Pilot(Base):
    """A personal-budget pilot; `version_id` is the definition in force now."""

    __tablename__ = "pilots"

    key: Mapped[str] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"), index=True)
    version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("pilot_versions.id", use_alter=True), unique=True
    )

    organisation: Mapped[Organisation] = relationship()


class PilotVersion(Base):
    """One version of a pilot's definition; never changed once loaded, so that what was decided under it still reads."""

    __tablename__ = "pilot_versions"
    __table_args__ = (
        sa.UniqueConstraint("pilot_key", "number"),
        sa.CheckConstraint("number > 0", name="number_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    number: Mapped[int]
    digest: Mapped[str]
    definition: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    loaded_at: Mapped[datetime]
