"""The tables of the books. Entries and postings are only ever added; the database itself refuses the rest.

What the constraints below cannot say, triggers do (made by the migration, on both databases): nothing is changed or
deleted, an entry has all its postings when it is committed and they add up to zero, the reservation that an entry
resolves is released in full, and an account's kept sums follow its postings.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, one_of
from marketplace.ledger.rules import AccountKind, EntryKind, Flow, Sums, Unit


class Account(Base):
    """One account in one unit. `key` says whose it is, in the words of the room that opened it (`line:12:2027-01`).

    The four sums are kept beside the postings and derived from them: a trigger adds each posting, `marketplace ledger
    verify` compares and `marketplace ledger rebuild` rebuilds them. The limit is a constraint on this row.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        one_of("kind", AccountKind, name="kind_is_known"),
        one_of("unit", Unit, name="unit_is_known"),
        sa.UniqueConstraint("id", "unit"),  # a posting refers to both: it counts what its account counts
        sa.CheckConstraint(
            "granted >= 0 AND reserved >= 0 AND used >= 0 AND expected >= 0", name="nothing_is_negative"
        ),
        sa.CheckConstraint(
            "kind <> 'budget' OR granted - reserved - used >= 0", name="no_budget_is_overdrawn"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    kind: Mapped[AccountKind]
    unit: Mapped[Unit]
    granted: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    reserved: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    used: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    expected: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    @property
    def sums(self) -> Sums:
        """The kept sums."""
        return Sums(self.granted, self.reserved, self.used, self.expected)


class Entry(Base):
    """One thing that moved amounts. `source` is unique: the same cause is booked once, however often it is told.

    `effective_on` is the day for which it counts, `booked_at` when it was written. `about` is what it belongs to
    (`agreement:12`). `legs` is how many postings it has: the last of them must be there when the transaction ends.
    An entry that reserves may lapse on a day; one that `resolves` a reservation ends it, and only one ever can.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        one_of("kind", EntryKind, name="kind_is_known"),
        sa.CheckConstraint("legs > 1", name="has_two_sides"),
        sa.CheckConstraint(
            "(resolves_id IS NOT NULL) = (kind IN ('post', 'void', 'time_out'))", name="resolves_a_reservation"
        ),
        sa.CheckConstraint("lapses_on IS NULL OR kind = 'reserve'", name="only_reservations_lapse"),
        sa.ForeignKeyConstraint(
            ["id", "legs"],
            ["ledger_postings.entry_id", "ledger_postings.leg"],
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
            name="fk_ledger_entries_id_legs",
        ),
        sa.Index(
            "ix_ledger_entries_lapses_on", "lapses_on",
            sqlite_where=sa.text("lapses_on IS NOT NULL"), postgresql_where=sa.text("lapses_on IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[EntryKind]
    about: Mapped[str] = mapped_column(index=True)
    effective_on: Mapped[date]
    booked_at: Mapped[datetime]
    booked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    legs: Mapped[int]
    lapses_on: Mapped[date | None]
    resolves_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ledger_entries.id"), unique=True)


class Posting(Base):
    """One side of an entry: `amount` is signed by its direction (see the rules), and never zero."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        one_of("flow", Flow, name="flow_is_known"),
        one_of("unit", Unit, name="unit_is_known"),
        sa.CheckConstraint("amount <> 0", name="moves_something"),
        sa.CheckConstraint("leg > 0", name="legs_count_from_one"),
        sa.ForeignKeyConstraint(["account_id", "unit"], ["ledger_accounts.id", "ledger_accounts.unit"]),
        sa.Index("ix_ledger_postings_account_id", "account_id", "entry_id"),
    )

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entries.id"), primary_key=True)
    leg: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int]
    unit: Mapped[Unit]
    flow: Mapped[Flow]
    amount: Mapped[int] = mapped_column(sa.BigInteger)
