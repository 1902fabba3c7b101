"""What the portal keeps of Stripe: providers' accounts, transfers, and which calls have come."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Revised, one_of
from marketplace.money import Money
from marketplace.payments.rails.stripe.rules import TransferState
from marketplace.providers.models import Provider


class StripeAccount(Base):
    """A provider's account at Stripe. `account` is Stripe's name of it; the flags are what Stripe said last."""

    __tablename__ = "stripe_accounts"
    __audit_name__ = "StripeAccount"

    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), primary_key=True)
    account: Mapped[str] = mapped_column(unique=True)
    takes_transfers: Mapped[bool] = mapped_column(default=False)
    pays_out: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime]

    provider: Mapped[Provider] = relationship()


class StripeTransfer(Revised, Base):
    """One transfer, by the key of the payment row; made before Stripe is asked, so that nothing is asked unseen.

    `attempt` grows after a refusal only. `first_tried_at` is when the present attempt was made first. `receipt` is the
    payment at the provider's account, by which a payout names it.
    """

    __tablename__ = "stripe_transfers"
    __table_args__ = (
        one_of("state", TransferState, "state_is_known"),
        sa.CheckConstraint("amount > 0", name="amount_is_positive"),
        sa.CheckConstraint("attempt > 0", name="attempt_is_positive"),
        sa.CheckConstraint("reversed_amount >= 0 AND reversed_amount <= amount", name="reversed_is_part"),
        sa.CheckConstraint(
            "state IN ('sending', 'refused') OR transfer IS NOT NULL", name="transferred_has_a_name"
        ),
    )

    payment: Mapped[str] = mapped_column(primary_key=True)
    order_key: Mapped[str] = mapped_column(index=True)
    destination: Mapped[str]
    amount: Mapped[Money]
    state: Mapped[TransferState] = mapped_column(default=TransferState.SENDING, index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    first_tried_at: Mapped[datetime]
    transfer: Mapped[str | None] = mapped_column(unique=True)
    receipt: Mapped[str] = mapped_column(default="", index=True)
    transferred_at: Mapped[datetime | None]
    payout: Mapped[str] = mapped_column(default="", index=True)
    paid_out_on: Mapped[date | None]
    reversed_amount: Mapped[Money] = mapped_column(default=Money(0))
    refusal_code: Mapped[str] = mapped_column(default="")
    refusal: Mapped[str] = mapped_column(default="")


class StripeEvent(Base):
    """A signed call that has come, once: what it is about and not what it says, for that is asked from Stripe again."""

    __tablename__ = "stripe_events"
    __table_args__ = (sa.Index("ix_stripe_events_handled_at_received_at", "handled_at", "received_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
