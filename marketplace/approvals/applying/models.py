"""What an application carries over from an earlier one, what waits for a second look, and copies of what was sent."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.approvals.models import Application
from marketplace.db import Base
from marketplace.providers.models import StoredFile


class UncheckedSection(Base):
    """A section whose answers the provider has not looked at in this application; the row goes when it has.

    `carried_from_id`: the earlier application that the answers come from. `since_version_id`: the version of the
    pilot's definition that the section was last looked at under, when the definition has changed since.
    """

    __tablename__ = "unchecked_sections"
    __table_args__ = (
        sa.CheckConstraint(
            "carried_from_id IS NOT NULL OR since_version_id IS NOT NULL", name="has_a_reason"
        ),
    )

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("applications.id"))
    since_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pilot_versions.id"))

    carried_from: Mapped[Application | None] = relationship(foreign_keys=carried_from_id)


class Supplement(Base):
    """Marks an application that adds services or municipalities to what the provider is approved for in the pilot.

    Its lines name only what is added. `known`: sections that were complete when it began and are not asked for again.
    `earlier_id`: the application they come from; None for a provider whose approvals were imported.
    """

    __tablename__ = "supplements"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    earlier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("applications.id"))
    known: Mapped[list[str]]


class SentCopy(Base):
    """The document of what was sent to the office at a moment: the application, or its completion."""

    __tablename__ = "sent_copies"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    sent_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(sa.String(2))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))

    file: Mapped[StoredFile] = relationship()
