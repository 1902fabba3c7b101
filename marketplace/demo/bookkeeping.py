"""Entries of the books in great number: made of what the books' own rules say, numbered here and written in batches.

Each account is opened once, entries stand in the order in which they were booked, and the database keeps the sums and
refuses what does not hold, as of every entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.demo.rows import Rows
from marketplace.i18n import HELSINKI
from marketplace.ledger import rules
from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.rules import AccountKind, Amount, EntryKind, Leg, Unit
from marketplace.vouchers.granting.rules import BudgetPeriod, returns_on


@dataclass(frozen=True, slots=True)
class MonthlyHold:
    """What an agreement holds of a month: `about` is the agreement, `number` in the unit of the budget."""

    about: str
    budget_id: int
    provider_id: int
    number: int


class Bookkeeper:
    """Gathers entries of the main organisation's books; `write` sends them, after the accounts of `rows`."""

    def __init__(self, session: Session, rows: Rows) -> None:
        self._session, self._rows = session, rows
        self._accounts = {
            key: account_id for account_id, key in session.execute(sa.select(Account.id, Account.key))
        }
        self._last = session.scalar(sa.select(sa.func.max(Entry.id))) or 0
        self._entries: list[dict[str, Any]] = []
        self._postings: list[dict[str, Any]] = []

    def account(self, key: str, kind: AccountKind, unit: Unit) -> int:
        """The account of a key, opened when it is not there."""
        if key not in self._accounts:
            row = {"key": key, "kind": kind, "unit": unit, "organisation_key": MAIN_ORGANISATION}
            self._accounts[key] = self._rows.add(Account, row)
        return self._accounts[key]

    def funds(self, pilot: str, unit: Unit) -> int:
        """Where the grants of a pilot come from."""
        return self.account(f"funds:{pilot}:{unit}", AccountKind.FUNDS, unit)

    def provider(self, provider_id: int, unit: Unit) -> int:
        """What a provider is owed."""
        key = f"provider:{provider_id}:{MAIN_ORGANISATION}:{unit}"
        return self.account(key, AccountKind.PROVIDER, unit)

    def book(
        self,
        kind: EntryKind,
        legs: Sequence[Leg],
        source: str,
        about: str,
        day: date,
        *,
        resolves: int | None = None,
    ) -> int:
        """Put in an entry that counts for a day; gives its number."""
        ordered = rules.in_order(legs)
        rules.demand_balance(ordered)
        self._last += 1
        self._entries.append(
            {
                "id": self._last,
                "source": source,
                "kind": kind,
                "about": about,
                "effective_on": day,
                "booked_at": datetime.combine(day, time(12), HELSINKI),
                "legs": len(ordered),
                "resolves_id": resolves,
            }
        )
        self._postings += [
            {
                "entry_id": self._last,
                "leg": number,
                "account_id": leg.account,
                "unit": leg.change.unit,
                "flow": leg.flow,
                "amount": leg.signed,
            }
            for number, leg in enumerate(ordered, 1)
        ]
        return self._last

    def write(self) -> None:
        """Insert what has gathered, and let PostgreSQL go on numbering after it."""
        if not self._entries:
            return
        self._session.execute(sa.insert(Entry), self._entries)
        self._session.execute(sa.insert(Posting), self._postings)
        if self._session.get_bind().dialect.name == "postgresql":
            sequence = sa.func.pg_get_serial_sequence(Entry.__tablename__, "id")
            self._session.execute(sa.select(sa.func.setval(sequence, self._last)))


def back_on(period: BudgetPeriod) -> date:
    """The day on which what is left of a month returns."""
    return returns_on(period.last) + timedelta(days=1)


class Month:
    """The budget of one month in the books, from what is granted until nothing of it is left."""

    def __init__(
        self, books: Bookkeeper, key: str, pilot: str, about: str, period: BudgetPeriod, held: MonthlyHold
    ) -> None:
        self._books, self._key, self._pilot, self._about = books, key, pilot, about
        self._period, self._held, self._unit = period, held, period.granted.unit
        self.account = books.account(key, AccountKind.BUDGET, self._unit)
        self._receiver = books.provider(held.provider_id, self._unit)
        funds = books.funds(pilot, self._unit)
        books.book(
            EntryKind.GRANT,
            rules.granting(funds, self.account, period.granted),
            f"grant:{key}",
            about,
            period.first,
        )
        self.reserved = held.number
        self._reservation = self._reserve(f"{held.about}:{held.budget_id}", period.first)

    def _reserve(self, source: str, day: date) -> int:
        legs = rules.holding(self.account, self._receiver, Amount(self._unit, self.reserved))
        return self._books.book(EntryKind.RESERVE, legs, source, self._held.about, day)

    def _freed(self) -> tuple[Leg, ...]:
        held = rules.holding(self.account, self._receiver, Amount(self._unit, self.reserved))
        return rules.reversed_legs(held)

    def use(self, delivery_id: int, takes: int, cents: int, day: date) -> None:
        """A delivery draws what it takes, and the rest is held again."""
        legs = (*self._freed(), *rules.using(self.account, self._receiver, Amount(self._unit, takes)))
        if self._unit is Unit.MINUTES:
            owed = self._books.provider(self._held.provider_id, Unit.CENTS)
            legs += rules.granting(
                self._books.funds(self._pilot, Unit.CENTS), owed, Amount(Unit.CENTS, cents)
            )
        source = f"delivery:{delivery_id}"
        self._books.book(EntryKind.POST, legs, source, self._held.about, day, resolves=self._reservation)
        self.reserved -= takes
        if self.reserved:
            self._reservation = self._reserve(f"{source}:rest", day)

    def close(self, oldest: timedelta, today: date) -> None:
        """What nobody held returns after the end of the next month, and what was held and not given when nothing can be
        recorded any more (`oldest` after the last day); what is to return after today stays.
        """
        free = self._period.granted.number - self._held.number
        day = back_on(self._period)
        if free and day <= today:
            self._give_back(free, "", day)
        day = max(self._period.last + oldest + timedelta(days=1), day)
        if self.reserved and day <= today:
            source = f"{self._held.about}:let-go:{self._reservation}"
            self._books.book(
                EntryKind.VOID, self._freed(), source, self._held.about, day, resolves=self._reservation
            )
            self._give_back(self.reserved, ":rest" if free else "", day)

    def _give_back(self, number: int, again: str, day: date) -> None:
        legs = rules.granting(
            self._books.funds(self._pilot, self._unit), self.account, -Amount(self._unit, number)
        )
        self._books.book(EntryKind.TAKE_BACK, legs, f"return:{self._key}{again}", self._about, day)
