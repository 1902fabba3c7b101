"""Organisations and their pilots; a pilot's definition is kept in every version that was ever in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from marketplace.db import Base, Json
from marketplace.i18n import LocalizedText
from marketplace.pilots import vocabulary


class _PlaceIn(GenericFunction[int]):
    """Where a text begins in another, counted from 1; 0 when it is not there."""

    name = "place_in"
    type = sa.Integer()
    inherit_cache = True


@compiles(_PlaceIn)
def _place_in(element: _PlaceIn, compiler: SQLCompiler, **options: Any) -> str:
    name = "instr" if compiler.dialect.name == "sqlite" else "strpos"
    return f"{name}({compiler.process(element.clauses, **options)})"


def in_order_of_bands(band: Any) -> sa.ColumnElement[int]:
    """The place of a band among those that there are when the query runs: the order of every price table."""
    listed = sa.bindparam(None, callable_=lambda: f" {' '.join(vocabulary.BANDS)} ", type_=sa.String())
    return _PlaceIn(listed, sa.literal(" ") + band + sa.literal(" "))


class Organisation(Base):
    """A sote organisation that runs pilots, decides on providers and pays them."""

    __tablename__ = "organisations"
    __audit_name__ = "Organisation"

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
    __audit_name__ = "Pilot"

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
