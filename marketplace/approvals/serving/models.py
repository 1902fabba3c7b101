"""What was served on a provider, in which way, and when it is taken to have arrived."""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.approvals.serving.rules import Served
from marketplace.db import Base, one_of
from marketplace.decisions.rules import Channel
from marketplace.pilots.models import Pilot
from marketplace.providers.models import Provider

SUBJECTS: Final = (
    "hearing_id",
    "completion_id",
    "decision_id",
    "correction_id",
    "measure_id",
    "condition_id",
    "circular_id",
)


class ServedDocument(Base):
    """A document on its way to a provider: by mail to its people or to the company's own address, or by post.

    `sent_on` is empty while a letter still has to be posted; `served_on` is the day on which it is taken to have been
    received, from which every time limit runs. `title`, `text` and `language` are those of a letter to print; of what
    went by mail the outbox has them. Exactly one of the subjects is named.
    """

    __tablename__ = "served_documents"
    __table_args__ = (
        one_of("kind", Served, "kind_is_known"),
        one_of("channel", Channel, "channel_is_known"),
        sa.CheckConstraint("(sent_on IS NULL) = (served_on IS NULL)", name="served_when_sent"),
        sa.CheckConstraint(f"channel = '{Channel.POST}' OR sent_on IS NOT NULL", name="mail_is_sent_at_once"),
        sa.CheckConstraint(
            " + ".join(f"(CASE WHEN {each} IS NULL THEN 0 ELSE 1 END)" for each in SUBJECTS) + " = 1",
            name="one_subject",
        ),
        sa.Index(
            "ix_served_documents_waiting",
            "pilot_key",
            sqlite_where=sa.text("sent_on IS NULL"),
            postgresql_where=sa.text("sent_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Served]
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    channel: Mapped[Channel]
    written_on: Mapped[date]
    sent_on: Mapped[date | None]
    served_on: Mapped[date | None]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(sa.String(2), default="")
    posted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    hearing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hearings.id"), index=True)
    completion_id: Mapped[int | None] = mapped_column(sa.ForeignKey("completion_requests.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decisions.id"), index=True)
    correction_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision_corrections.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_measures.id"), index=True)
    condition_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_conditions.id"), index=True)
    circular_id: Mapped[int | None] = mapped_column(sa.ForeignKey("circulars.id"), index=True)

    provider: Mapped[Provider] = relationship()
    pilot: Mapped[Pilot] = relationship()
