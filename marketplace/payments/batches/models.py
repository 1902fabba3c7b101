"""Batches, their payments, the bank's answers, and what they said of each payment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Json, Revised, among, one_of
from marketplace.files.models import StoredFile
from marketplace.money import Money
from marketplace.payments.batches.rules import (
    BATCH,
    LIVE,
    PAYMENT,
    BatchState,
    PaymentState,
)
from marketplace.payments.rails.orders import PaymentOutcome
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict
from marketplace.payments.statements.models import Statement
from marketplace.pilots.paying import RailKind
from marketplace.providers.models import Provider

_LIVE = sa.text(among("state", sorted(LIVE)))
_UNRELEASED = among("state", sorted({BatchState.PREPARED, BatchState.CHECKED, BatchState.CANCELLED}))


class Batch(Revised, Base):
    """What an organisation pays at once, on one rail, on one day.

    `payer` is the organisation as its bank knew it when the batch was made (`kept_payer`). `changed_at` is when it was
    made or last changed; it goes into the file. `digest` is that of the order which was released, empty without a
    release; `reason` is why payments were released whose payees the bank did not confirm. `file` is what was written.
    """

    __tablename__ = "payment_batches"
    __audit_name__ = "PaymentBatch"
    __table_args__ = (
        one_of("state", BatchState, "state_is_known"),
        one_of("rail", RailKind, "rail_is_known"),
        sa.CheckConstraint("(released_by_id IS NULL) = (digest = '')", name="release_has_a_digest"),
        sa.CheckConstraint(
            "released_by_id IS NULL OR (released_by_id <> prepared_by_id AND released_by_id <> changed_by_id)",
            name="another_person_releases",
        ),
        sa.CheckConstraint(
            f"{_UNRELEASED} OR released_by_id IS NOT NULL", name="nothing_leaves_without_a_release"
        ),
        sa.Index("ix_payment_batches_organisation_key_state", "organisation_key", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    rail: Mapped[RailKind]
    prefix: Mapped[str]
    state: Mapped[BatchState] = mapped_column(default=BATCH.initial)
    pay_on: Mapped[date]
    payer: Mapped[dict[str, Any]] = mapped_column(Json)
    prepared_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    prepared_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    changed_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(default="")
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]

    prepared_by: Mapped[User] = relationship(foreign_keys=prepared_by_id)
    changed_by: Mapped[User] = relationship(foreign_keys=changed_by_id)
    released_by: Mapped[User | None] = relationship(foreign_keys=released_by_id)
    sent_by: Mapped[User | None] = relationship(foreign_keys=sent_by_id)
    file: Mapped[StoredFile | None] = relationship()
    payments: Mapped[list[PaymentRow]] = relationship(back_populates="batch", order_by="PaymentRow.id")

    @property
    def key(self) -> str:
        """The name by which the bank, Stripe and the ledger system know it, for ever."""
        return f"{self.prefix}-B{self.id}"


class PaymentRow(Revised, Base):
    """One payment: a statement paid to its provider.

    Who is paid and to which account is kept as it was when the payment was prepared, so that nothing changes unseen
    between two people. `verdict` is what the bank said of `verdict_name` at `verdict_iban` and holds for that pair
    only. `bookings` are the parts for the ledger system. `reasons` say why the bank refused it or gave it back.
    `missed_at`: since when the company says that it has not come and waits for an answer.
    """

    __tablename__ = "payment_rows"
    __audit_name__ = "Payment"
    __table_args__ = (
        one_of("state", PaymentState, "state_is_known"),
        one_of("verdict", PayeeVerdict, "verdict_is_known"),
        sa.CheckConstraint("amount > 0", name="amount_is_positive"),
        sa.Index(
            "uq_payment_rows_statement_id_live",
            "statement_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        sa.Index("ix_payment_rows_provider_id_state", "provider_id", "state"),
        sa.Index(
            "ix_payment_rows_missed_at",
            "missed_at",
            sqlite_where=sa.text("missed_at IS NOT NULL"),
            postgresql_where=sa.text("missed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("payment_batches.id"), index=True)
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statements.id"), index=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"))
    state: Mapped[PaymentState] = mapped_column(default=PAYMENT.initial)
    amount: Mapped[Money]
    payee_name: Mapped[str]
    iban: Mapped[str]
    bic: Mapped[str]
    business_id: Mapped[str]
    stripe_account: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    bookings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    verdict: Mapped[PayeeVerdict | None]
    verdict_name: Mapped[str] = mapped_column(default="")
    verdict_iban: Mapped[str] = mapped_column(default="")
    known_name: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    paid_on: Mapped[date | None]
    missed_at: Mapped[datetime | None]

    batch: Mapped[Batch] = relationship(back_populates="payments")
    statement: Mapped[Statement] = relationship()
    provider: Mapped[Provider] = relationship()

    @property
    def key(self) -> str:
        """The name by which the bank, Stripe and the ledger system know it, for ever."""
        return f"{self.batch.prefix}-P{self.id}"

    @property
    def standing_verdict(self) -> PayeeVerdict | None:
        """What the bank said of exactly this name with exactly this account; None when it was not asked about them."""
        return (
            self.verdict if (self.verdict_name, self.verdict_iban) == (self.payee_name, self.iban) else None
        )


class PaymentMessage(Base):
    """What the company or a payer has said about a payment that has not come."""

    __tablename__ = "payment_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment_rows.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    text: Mapped[str]
    at: Mapped[datetime]

    author: Mapped[User] = relationship()


class BankAnswer(Base):
    """A file of the bank, or of the ledger system, that was read; `changed` is how many payments it moved on."""

    __tablename__ = "bank_answers"
    __audit_name__ = "BankAnswer"
    __table_args__ = (sa.UniqueConstraint("organisation_key", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    message: Mapped[str]
    read_at: Mapped[datetime]
    read_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    changed: Mapped[int]
    known: Mapped[int]

    file: Mapped[StoredFile] = relationship()
    read_by: Mapped[User | None] = relationship()


class PaymentNews(Base):
    """What was said of a payment, in the order in which it came: a row of the bank, or Stripe's word.

    `receipt` is the bank's own number, or Stripe's; `answer` the file in which it stood.
    """

    __tablename__ = "payment_news"
    __table_args__ = (one_of("outcome", PaymentOutcome, "outcome_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment_rows.id"), index=True)
    answer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bank_answers.id"), index=True)
    outcome: Mapped[PaymentOutcome]
    day: Mapped[date]
    amount: Mapped[Money]
    receipt: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]

    answer: Mapped[BankAnswer | None] = relationship()


class PaidMonthFigure(Base):
    """How many days half of a month's deliveries waited at most until they were paid, in a pilot; `days` empty: so few
    providers were paid that it is not told. Derived: the worker counts it anew.
    """

    __tablename__ = "paid_month_figures"

    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    days: Mapped[int | None]
