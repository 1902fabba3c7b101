"""Deliveries and what is said about them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Json, Revised, one_of
from marketplace.deliveries.rules import DELIVERY, DeliveryKind, DeliveryLine, DeliveryState
from marketplace.money import Money
from marketplace.providers.models import Provider
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.models import Agreement


class Delivery(Revised, Base):
    """One visit, or one day's quantity, under an agreement.

    `provider_id`, `organisation_key` and `client_number` repeat the agreement's, so that what overlaps is found by an
    index. `starts_at` and `ends_at` are there for what is counted in hours. `amount` is what the organisation owes for
    it, VAT included, and `own_share` what the client pays to the provider beside it; `lines` say both line by line.
    `reference` is the provider's own number of the row. `objection_until` is the client's last day to object, None
    when the client is asked each time. `budget_id` is the budget from which it is paid and `takes` how much it takes of
    it, in its unit; without one it is paid from the organisation's funds. `cancelled_at`: when the client cancelled,
    of a late cancellation. `owner_id` and `due_on` say who of the office looks into a dispute, and by when.
    """

    __tablename__ = "deliveries"
    __audit_name__ = "Delivery"
    __table_args__ = (
        one_of("kind", DeliveryKind, "kind_is_known"),
        one_of("state", DeliveryState, "state_is_known"),
        sa.CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        sa.CheckConstraint("own_share >= 0", name="own_share_is_not_negative"),
        sa.CheckConstraint("takes >= 0", name="takes_no_less_than_nothing"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="both_times_or_none"),
        sa.CheckConstraint(
            "state <> 'disputed' OR (dispute_reason <> '' AND due_on IS NOT NULL)",
            name="dispute_has_a_reason",
        ),
        sa.Index(
            "uq_deliveries_reference",
            "provider_id",
            "reference",
            unique=True,
            sqlite_where=sa.text("reference <> ''"),
            postgresql_where=sa.text("reference <> ''"),
        ),
        sa.Index("ix_deliveries_provider_id_day", "provider_id", "day"),
        sa.Index(
            "ix_deliveries_organisation_key_client_number_day", "organisation_key", "client_number", "day"
        ),
        sa.Index("ix_deliveries_organisation_key_state", "organisation_key", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("agreements.id"), index=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"))
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    client_number: Mapped[str]
    kind: Mapped[DeliveryKind]
    state: Mapped[DeliveryState] = mapped_column(default=DELIVERY.initial)
    day: Mapped[date]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    activity: Mapped[str]
    worker: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    amount: Mapped[Money]
    own_share: Mapped[Money] = mapped_column(default=Money(0), server_default="0")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    shortest: Mapped[int | None]
    budget_id: Mapped[int | None] = mapped_column(sa.ForeignKey("budgets.id"), index=True)
    takes: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    objection_until: Mapped[date | None] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    dispute_reason: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    due_on: Mapped[date | None]

    agreement: Mapped[Agreement] = relationship()
    provider: Mapped[Provider] = relationship()
    budget: Mapped[Budget | None] = relationship()
    recorded_by: Mapped[User] = relationship(foreign_keys=recorded_by_id)
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id)
    messages: Mapped[list[DeliveryMessage]] = relationship(
        back_populates="delivery", order_by="DeliveryMessage.id"
    )

    @property
    def priced(self) -> tuple[DeliveryLine, ...]:
        """What it costs, line by line."""
        return tuple(line_of(kept) for kept in self.lines)


class DeliveryMessage(Base):
    """Something said about a disputed delivery: by the provider, the client or the office."""

    __tablename__ = "delivery_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("deliveries.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    text: Mapped[str]
    at: Mapped[datetime]

    delivery: Mapped[Delivery] = relationship(back_populates="messages")
    author: Mapped[User] = relationship()


def kept_line(line: DeliveryLine) -> dict[str, Any]:
    """A line as it is kept: amounts in cents, the quantity exact."""
    return {
        "band": line.band,
        "unit": line.unit,
        "quantity": str(line.quantity),
        "minutes": line.minutes,
        "unit_price": line.unit_price.cents,
        "amount": line.amount.cents,
        "vat_code": line.vat_code,
        "value": None if line.value is None else line.value.cents,
        "own_share": line.own_share.cents,
    }


def line_of(kept: dict[str, Any]) -> DeliveryLine:
    """A line that was kept; those of before own shares were counted have none."""
    value = kept.get("value")
    return DeliveryLine(
        band=kept["band"],
        unit=kept["unit"],
        quantity=Decimal(kept["quantity"]),
        minutes=kept["minutes"],
        unit_price=Money(kept["unit_price"]),
        amount=Money(kept["amount"]),
        vat_code=kept["vat_code"],
        value=None if value is None else Money(value),
        own_share=Money(kept.get("own_share", 0)),
    )
