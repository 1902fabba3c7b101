"""The table of questions to providers."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Revised, one_of
from marketplace.enquiries.rules import AnswerBy, EnquiryState
from marketplace.offers.models import Offer


class Enquiry(Revised, Base):
    """A question about an offer by somebody without an account, and how the answer is wanted.

    `email` or `phone` is given, by `answer_by`. The row is deleted when it has been kept for `rules.KEPT`.
    """

    __tablename__ = "enquiries"
    __audit_name__ = "Enquiry"
    __table_args__ = (
        one_of("state", EnquiryState, "state_is_known"),
        one_of("answer_by", AnswerBy, "answer_by_is_known"),
        sa.CheckConstraint(
            f"(state = '{EnquiryState.ANSWERED}') = (answered_at IS NOT NULL)", name="answered_has_a_moment"
        ),
        sa.CheckConstraint(
            f"(answer_by = '{AnswerBy.EMAIL}' AND email <> '') OR (answer_by = '{AnswerBy.PHONE}' AND phone <> '')",
            name="can_be_answered",
        ),
        sa.Index("ix_enquiries_provider_id_state", "provider_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"), index=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"))
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    name: Mapped[str]
    answer_by: Mapped[AnswerBy]
    email: Mapped[str]
    phone: Mapped[str]
    text: Mapped[str]
    language: Mapped[str] = mapped_column(sa.String(2))
    state: Mapped[EnquiryState]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))

    offer: Mapped[Offer] = relationship()
    answered_by: Mapped[User | None] = relationship()
