"""The list of the research extracts that were given; none of their data."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base


class ResearchExtract(Base):
    """An extract that was made and given: of which pilot and quarters (by their first days), to whom, by what leave.

    Its file is not kept; `file_sha256` tells whether one is it. `key_id` names the key of which its pseudonyms were
    made, together with its own number. `people` is how many it tells of, `left_out` how many who had agreed were too
    few to be told of. `made_by_id` empty: from the command line.
    """

    __tablename__ = "research_extracts"
    __audit_name__ = "ResearchExtract"
    __table_args__ = (
        sa.CheckConstraint("last_on >= first_on", name="ends_after_start"),
        sa.CheckConstraint("recipient <> ''", name="names_its_recipient"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    recipient: Mapped[str]
    permit: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    key_id: Mapped[str]
    people: Mapped[int]
    left_out: Mapped[int]
    file_sha256: Mapped[str | None] = mapped_column(sa.String(64))

    made_by: Mapped[User | None] = relationship()

    @property
    def file_name(self) -> str:
        """What its file is called: it names the extract."""
        return f"{self.pilot_key}-{self.id}.zip"


class ResearchMember(Base):
    """That an extract tells of a client, so that a later one gives nobody away by what has changed. `part`: the class
    of those who are alike in all extracts up to this one, numbered in it; `quarters`: those of which rows are told, as
    `2026-Q1 2026-Q2`. Kept when the client is erased: the row that it refers to names nobody then.
    """

    __tablename__ = "research_members"
    __table_args__ = (sa.CheckConstraint("part > 0", name="is_in_a_part"),)

    extract_id: Mapped[int] = mapped_column(sa.ForeignKey("research_extracts.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"), primary_key=True)
    part: Mapped[int]
    quarters: Mapped[str]
