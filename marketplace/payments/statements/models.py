"""Statements and their rows. What is frozen never changes; only how the provider takes it does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Revised, one_of
from marketplace.deliveries.models import Delivery
from marketplace.i18n import LocalizedText
from marketplace.payments.statements.rules import (
    STATEMENT,
    RowDraft,
    StatementRowKind,
    StatementState,
    StatementSums,
    digest_of,
)
from marketplace.pilots.models import Organisation, Pilot
from marketplace.providers.models import Provider


class Statement(Revised, Base):
    """What an organisation owes a provider for a month in a pilot: a self-billed invoice.

    `month` is its first day. `number` runs in the organisation without gaps. `seller` and `buyer` keep the parties as
    they were that day, `agreed_on` is when the provider agreed to be billed so, in the rulebook that it accepted.
    `carried_cents` is what the statement `carried_from` left below zero. `digest` is over all of that and the rows.
    """

    __tablename__ = "statements"
    __audit_name__ = "Statement"
    __table_args__ = (
        one_of("state", StatementState, "state_is_known"),
        sa.UniqueConstraint("organisation_key", "number"),
        sa.UniqueConstraint("pilot_key", "provider_id", "month"),
        sa.CheckConstraint("number > 0", name="number_is_positive"),
        sa.CheckConstraint("carried_cents <= 0", name="only_debts_are_carried"),
        sa.CheckConstraint(
            "payable_cents = CASE WHEN total_cents + carried_cents > 0 THEN total_cents + carried_cents ELSE 0 END",
            name="payable_is_the_sum",
        ),
        sa.CheckConstraint(
            "(carried_cents = 0) = (carried_from_id IS NULL)", name="carried_from_a_statement"
        ),
        sa.CheckConstraint("state <> 'objected' OR objection <> ''", name="objection_has_words"),
        sa.Index("ix_statements_provider_id_month", "provider_id", "month"),
        sa.Index("ix_statements_organisation_key_month", "organisation_key", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"))
    month: Mapped[date]
    number: Mapped[int]
    state: Mapped[StatementState] = mapped_column(default=STATEMENT.initial)
    frozen_at: Mapped[datetime]
    frozen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    objection_until: Mapped[date]
    agreed_on: Mapped[date]
    seller: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    total_cents: Mapped[int] = mapped_column(sa.BigInteger)
    carried_cents: Mapped[int] = mapped_column(sa.BigInteger)
    payable_cents: Mapped[int] = mapped_column(sa.BigInteger)
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statements.id"), unique=True)
    digest: Mapped[str]
    objection: Mapped[str] = mapped_column(default="")
    objected_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    pilot: Mapped[Pilot] = relationship()
    provider: Mapped[Provider] = relationship()
    carried_from: Mapped[Statement | None] = relationship(remote_side=id)
    rows: Mapped[list[StatementRow]] = relationship(
        back_populates="statement", order_by="StatementRow.position"
    )

    @property
    def name(self) -> str:
        """The running number as it is printed: `KEUSOTE-1042`."""
        return f"{self.organisation_key.upper()}-{self.number}"

    @property
    def is_private(self) -> bool:
        """Whether it is no invoice but what a person near to a client is paid, without value added tax."""
        return not self.seller["business_id"]

    @property
    def buyer_name(self) -> LocalizedText:
        """What the organisation was called when the statement was frozen."""
        return LocalizedText(**self.buyer["name"])

    @property
    def sums(self) -> StatementSums:
        """What it adds up to."""
        return StatementSums(self.total_cents, self.carried_cents)

    @property
    def head(self) -> dict[str, Any]:
        """What the digest is over, besides the rows."""
        return {
            "organisation": self.organisation_key,
            "pilot": self.pilot_key,
            "provider": self.provider_id,
            "month": self.month,
            "number": self.number,
            "agreed_on": self.agreed_on,
            "seller": self.seller,
            "buyer": self.buyer,
            "total": self.total_cents,
            "carried": self.carried_cents,
            "payable": self.payable_cents,
        }

    def is_whole(self) -> bool:
        """Whether head and rows are still those that were frozen."""
        return digest_of(self.head, [row.draft for row in self.rows]) == self.digest


class StatementRow(Base):
    """One row, `position` counted from 1: a part of a delivery at one price, or what takes an earlier row back.

    A delivery is stated once and taken back once at most, whatever happens at the same time: the database says so.
    """

    __tablename__ = "statement_rows"
    __table_args__ = (
        one_of("kind", StatementRowKind, "kind_is_known"),
        sa.UniqueConstraint("statement_id", "position"),
        sa.UniqueConstraint("delivery_id", "line", "kind"),
        sa.CheckConstraint("net_cents + vat_cents = gross_cents", name="adds_up"),
        sa.CheckConstraint(
            "(kind = 'correction') = (corrects_id IS NOT NULL)", name="corrections_name_a_row"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statements.id"))
    position: Mapped[int]
    kind: Mapped[StatementRowKind]
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("deliveries.id"))
    line: Mapped[int]
    service_key: Mapped[str]
    day: Mapped[date]
    band: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[str]
    minutes: Mapped[int | None]
    unit_price_cents: Mapped[int] = mapped_column(sa.BigInteger)
    gross_cents: Mapped[int] = mapped_column(sa.BigInteger)
    net_cents: Mapped[int] = mapped_column(sa.BigInteger)
    vat_cents: Mapped[int] = mapped_column(sa.BigInteger)
    vat_code: Mapped[str]
    vat_percent: Mapped[str]
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement_rows.id"), unique=True)
    value_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    own_share_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")

    statement: Mapped[Statement] = relationship(back_populates="rows")
    delivery: Mapped[Delivery] = relationship()
    corrects: Mapped[StatementRow | None] = relationship(remote_side=id)

    @property
    def draft(self) -> RowDraft:
        """The row as it was frozen."""
        return RowDraft(
            kind=self.kind,
            delivery_id=self.delivery_id,
            line=self.line,
            service_key=self.service_key,
            day=self.day,
            band=self.band,
            unit=self.unit,
            quantity=self.quantity,
            minutes=self.minutes,
            unit_price_cents=self.unit_price_cents,
            gross_cents=self.gross_cents,
            net_cents=self.net_cents,
            vat_cents=self.vat_cents,
            vat_code=self.vat_code,
            vat_percent=self.vat_percent,
            corrects_id=self.corrects_id,
            value_cents=self.value_cents,
            own_share_cents=self.own_share_cents,
        )
