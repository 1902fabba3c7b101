"""Messages to many providers. To whom one went, and how, its documents tell (`ServedDocument.circular_id`)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.approvals.circulars.rules import CircularState
from marketplace.db import Base, Revised, one_of
from marketplace.i18n import LocalizedText


class Circular(Revised, Base):
    """A message of an organisation to the providers whose approvals these fit; an empty text does not narrow.

    `standing`: the state of the approvals; empty, all that stand.
    """

    __tablename__ = "circulars"
    __table_args__ = (
        one_of("state", CircularState, "state_is_known"),
        sa.CheckConstraint(
            f"(state = '{CircularState.SENT}') = (sent_at IS NOT NULL)", name="sent_has_a_moment"
        ),
        sa.CheckConstraint("(sent_at IS NULL) = (sent_by_id IS NULL)", name="sent_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"), index=True)
    state: Mapped[CircularState]
    subject: Mapped[LocalizedText]
    text: Mapped[LocalizedText]
    pilot: Mapped[str] = mapped_column(default="")
    service: Mapped[str] = mapped_column(default="")
    municipality: Mapped[str] = mapped_column(default="")
    standing: Mapped[str] = mapped_column(default="")
    written_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    written_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]

    written_by: Mapped[User] = relationship(foreign_keys=written_by_id)
    sent_by: Mapped[User | None] = relationship(foreign_keys=sent_by_id)
