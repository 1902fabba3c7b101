"""Service decisions, their lines, and the budgets that they open in the books."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.models import Client
from marketplace.clients.plans.models import SupportPlan
from marketplace.db import Base, Revised, one_of
from marketplace.decisions.authority import client_review_days
from marketplace.decisions.rules import Channel, last_day_of_review, presumed_service
from marketplace.files.models import StoredFile
from marketplace.i18n import helsinki_date
from marketplace.ledger.models import Account
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.offers.pricing.days import is_day_off
from marketplace.offers.pricing.values import HourValue
from marketplace.pilots.models import Pilot
from marketplace.vouchers.granting.rules import (
    Carry,
    Consumer,
    DecisionKind,
    DecisionState,
    Every,
    Facts,
    FeeGround,
    LineFacts,
    ValueKind,
)


class ServiceDecision(Revised, Base):
    """A decision on a client's services (päätös, beslut). Once made it stays: a change is a decision of its own.

    `replaces`: the decision that this one changes or ends from its first day on. `language` is the client's when the
    decision was made. `posted_on`: when the letter went out, from which the time for a review is counted. `grounds` and
    the letter are gone when the client's data were erased. `plan`: the version of the client's support plan that is a
    part of the decision, where the client wanted it so when the decision was made.
    """

    __tablename__ = "service_decisions"
    __audit_name__ = "ServiceDecision"
    __table_args__ = (
        one_of("kind", DecisionKind, "kind_is_known"),
        one_of("state", DecisionState, "state_is_known"),
        one_of("consumer", Consumer, "consumer_is_known"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("(kind = 'grant') = (replaces_id IS NULL)", name="changes_and_ends_replace"),
        sa.CheckConstraint(
            "(state IN ('made', 'replaced')) = (number IS NOT NULL AND decided_by_id IS NOT NULL"
            " AND decided_at IS NOT NULL AND (file_id IS NOT NULL OR grounds = ''))",
            name="made_with_number_and_letter",
        ),
        sa.CheckConstraint("posted_on IS NULL OR number IS NOT NULL", name="posted_when_made"),
        sa.Index(
            "uq_service_decisions_replaces_id",
            "replaces_id",
            unique=True,
            sqlite_where=sa.text("state <> 'discarded'"),
            postgresql_where=sa.text("state <> 'discarded'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    pilot_version_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot_versions.id"))
    kind: Mapped[DecisionKind]
    state: Mapped[DecisionState]
    number: Mapped[str | None] = mapped_column(unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    applied_on: Mapped[date | None]
    voucher_accepted_on: Mapped[date | None]
    consumer: Mapped[Consumer]
    supporter: Mapped[str]
    municipal: Mapped[str]
    grounds: Mapped[str]
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_decisions.id"))
    created_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    return_reason: Mapped[str]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    language: Mapped[str | None]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    posted_on: Mapped[date | None]
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("support_plans.id"))

    client: Mapped[Client] = relationship()
    pilot: Mapped[Pilot] = relationship()
    replaces: Mapped[ServiceDecision | None] = relationship(remote_side=[id])
    proposed_by: Mapped[User] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    file: Mapped[StoredFile | None] = relationship()
    plan: Mapped[SupportPlan | None] = relationship()
    lines: Mapped[list[DecisionLine]] = relationship(
        back_populates="decision", order_by="DecisionLine.id", cascade="all, delete-orphan"
    )

    @property
    def review_until(self) -> date | None:
        """The last day for asking for a review; None while the letter has not been posted."""
        if self.posted_on is None or self.decided_at is None:
            return None
        days = client_review_days(self.client.organisation_key, helsinki_date(self.decided_at))
        served_on = presumed_service(Channel.POST, self.posted_on)
        return last_day_of_review(served_on, days, is_day_off)

    @property
    def facts(self) -> Facts:
        """What the decision says besides its lines, for the rules."""
        return Facts(
            self.pilot_key,
            self.starts_on,
            self.ends_on,
            self.applied_on,
            self.voucher_accepted_on,
            self.consumer,
            self.supporter,
            self.municipal,
            self.grounds,
        )


class DecisionLine(Base):
    """One line of a decision: `amount` in cents or minutes, every month or in the whole time."""

    __tablename__ = "decision_lines"
    __table_args__ = (
        one_of("unit", Unit, "unit_is_known"),
        one_of("every", Every, "every_is_known"),
        one_of("carry", Carry, "carry_is_known"),
        one_of("value_kind", ValueKind, "value_kind_is_known"),
        one_of("fee_ground", FeeGround, "fee_ground_is_known"),
        sa.CheckConstraint("amount > 0", name="grants_something"),
        sa.CheckConstraint("unit_value IS NULL OR unit_value > 0", name="value_is_something"),
        sa.CheckConstraint("every = 'month' OR carry = 'none'", name="only_months_carry"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("service_decisions.id"), index=True)
    service_key: Mapped[str]
    unit: Mapped[Unit]
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    every: Mapped[Every]
    carry: Mapped[Carry]
    bands: Mapped[list[str]]
    value_kind: Mapped[ValueKind]
    unit_value: Mapped[Money | None]
    fee_ground: Mapped[FeeGround]
    legal_basis: Mapped[str]

    decision: Mapped[ServiceDecision] = relationship(back_populates="lines")
    budgets: Mapped[list[Budget]] = relationship(back_populates="line", order_by="Budget.first_on")

    @property
    def value(self) -> HourValue:
        """What it pays for an hour at most, and whether the client may pay the rest."""
        return self.facts.value

    @property
    def facts(self) -> LineFacts:
        """The line for the rules."""
        return LineFacts(
            self.service_key,
            Amount(self.unit, self.amount),
            self.every,
            self.carry,
            tuple(self.bands),
            self.value_kind,
            self.unit_value,
            self.fee_ground,
            self.legal_basis,
        )


class Budget(Base):
    """What a line gives for one period, and its account in the books. `own`: what was granted for the period itself."""

    __tablename__ = "budgets"
    __table_args__ = (
        sa.UniqueConstraint("line_id", "first_on"),
        sa.CheckConstraint("last_on >= first_on", name="ends_after_start"),
        sa.CheckConstraint("own > 0", name="grants_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("decision_lines.id"))
    first_on: Mapped[date]
    last_on: Mapped[date] = mapped_column(index=True)
    own: Mapped[int] = mapped_column(sa.BigInteger)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("ledger_accounts.id"), unique=True)
    settled_at: Mapped[datetime | None]

    line: Mapped[DecisionLine] = relationship(back_populates="budgets")
    account: Mapped[Account] = relationship(lazy="joined")
