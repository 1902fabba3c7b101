"""Reading the books: accounts, what is held, what things added up to on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.errors import NotFound
from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.rules import OUTWARD, Amount, EntryKind, Flow, Leg, Sums


def account(session: Session, key: str) -> Account:
    """The account of a key. Raises NotFound."""
    found = session.scalars(sa.select(Account).where(Account.key == key)).one_or_none()
    if found is None:
        raise NotFound
    return found


def accounts(session: Session, keys: Iterable[str]) -> dict[str, Account]:
    """The accounts of these keys that have been opened, by key."""
    found = session.scalars(sa.select(Account).where(Account.key.in_(list(keys))))
    return {each.key: each for each in found}


def entry_of(session: Session, source: str) -> Entry | None:
    """The entry that a cause has been booked as, if it has."""
    return session.scalars(sa.select(Entry).where(Entry.source == source)).one_or_none()


def legs_of(session: Session, entry: Entry) -> tuple[Leg, ...]:
    """The postings of an entry, in their order."""
    rows = session.scalars(sa.select(Posting).where(Posting.entry_id == entry.id).order_by(Posting.leg))
    return tuple(
        Leg(row.account_id, row.flow, Amount(row.unit, -row.amount if row.flow in OUTWARD else row.amount))
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is still held: the entry, the budget and the account for which it is held, and how much."""

    entry: Entry
    budget_id: int
    receiver_id: int
    amount: Amount


def open_reservations(
    session: Session,
    *,
    about: str | None = None,
    budgets: Iterable[int] | None = None,
    lapsed_by: date | None = None,
) -> Sequence[Reservation]:
    """Reservations that nothing has resolved, oldest first.

    Of one thing (`about`), of these budgets (ids of accounts), or those whose last day is before `lapsed_by`.
    """
    query = _reservations().where(
        Entry.kind == EntryKind.RESERVE,
        ~sa.exists().where(_resolving.resolves_id == Entry.id),
    )
    if about is not None:
        query = query.where(Entry.about == about)
    if budgets is not None:
        query = query.where(_held.account_id.in_(list(budgets)))
    if lapsed_by is not None:
        query = query.where(Entry.lapses_on < lapsed_by)
    return [_reservation(row) for row in session.execute(query.order_by(Entry.id))]


def reservation(session: Session, entry_id: int) -> Reservation:
    """A reservation by the id of its entry, resolved or not. Raises NotFound."""
    row = session.execute(_reservations().where(Entry.id == entry_id)).one_or_none()
    if row is None:
        raise NotFound
    return _reservation(row)


_held, _awaited, _resolving = aliased(Posting), aliased(Posting), aliased(Entry)


def _reservations() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Entry, _held.account_id, _awaited.account_id, _held.unit, -_held.amount)
        .join(_held, sa.and_(_held.entry_id == Entry.id, _held.flow == Flow.RESERVED))
        .join(_awaited, sa.and_(_awaited.entry_id == Entry.id, _awaited.flow == Flow.EXPECTED))
        .where(Entry.kind == EntryKind.RESERVE)
    )


def _reservation(row: Any) -> Reservation:
    entry, budget, receiver, unit, number = row
    return Reservation(entry, budget, receiver, Amount(unit, number))


def resolution(session: Session, reservation_id: int) -> Entry | None:
    """The entry that resolved a reservation, if one has."""
    return session.scalars(sa.select(Entry).where(Entry.resolves_id == reservation_id)).one_or_none()


def sums(session: Session, accounts: Iterable[int], *, on: date | None = None) -> dict[int, Sums]:
    """What the postings of these accounts (ids) add up to, read from the postings themselves.

    `on`: only of what counts for that day or an earlier one. Accounts without postings are all zero.
    """
    wanted = list(accounts)
    query = (
        sa.select(Posting.account_id, Posting.flow, sa.func.sum(Posting.amount))
        .where(Posting.account_id.in_(wanted))
        .group_by(Posting.account_id, Posting.flow)
    )
    if on is not None:
        query = query.join(Entry, Entry.id == Posting.entry_id).where(Entry.effective_on <= on)
    found: dict[int, dict[str, int]] = {each: {} for each in wanted}
    for account_id, flow, total in session.execute(query):
        found[account_id][flow.value] = int(-total if flow in OUTWARD else total)
    return {each: Sums(**parts) for each, parts in found.items()}
