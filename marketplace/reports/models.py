"""The kept figures and snapshots. They are derived from the rows of other rooms; nothing in them names a person."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, one_of
from marketplace.reports.rules import Dimension, Measure


class ReportEdition(Base):
    """The figures of a pilot in a quarter (`first_on` is its first day), made once."""

    __tablename__ = "report_editions"
    __table_args__ = (sa.UniqueConstraint("pilot_key", "first_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    first_on: Mapped[date]
    made_at: Mapped[datetime]


class ReportCell(Base):
    """One number of an edition: a measure in a row of a table.

    `contributors` is of how many it tells, `largest` and `second` are the two largest contributions to it: what hiding
    is judged by. `hidden` ones are told to nobody.
    """

    __tablename__ = "report_cells"
    __table_args__ = (
        one_of("measure", Measure, "measure_is_known"),
        one_of("dimension", Dimension, "dimension_is_known"),
        sa.CheckConstraint("contributors >= 0", name="contributors_are_a_count"),
    )

    edition_id: Mapped[int] = mapped_column(
        sa.ForeignKey("report_editions.id", ondelete="CASCADE"), primary_key=True
    )
    measure: Mapped[Measure] = mapped_column(primary_key=True)
    dimension: Mapped[Dimension] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger)
    contributors: Mapped[int]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    largest: Mapped[int] = mapped_column(sa.BigInteger)
    second: Mapped[int] = mapped_column(sa.BigInteger)
    hidden: Mapped[bool]


class OpenDataSnapshot(Base):
    """A set of open data as it was on a day: its JSON, compressed. Only the latest is kept."""

    __tablename__ = "open_data_snapshots"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
