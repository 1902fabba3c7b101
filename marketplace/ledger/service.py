"""The verbs of the books. Every one writes a single entry, once for each `source`, and changes nothing that stands.

The accounts of an entry are locked in the order of their ids before anything is read of them, so that two entries never
wait for each other, and what was read still holds when the postings are written. The constraints of the tables repeat
every rule for whoever comes another way.

`source` names the cause (`delivery:77`): telling the same cause again returns the entry that stands. `effective_on` is
the day for which an entry counts, today when it is not given; `about` is what it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.db import Database, insert_missing
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict
from marketplace.i18n import _l, helsinki_date
from marketplace.ledger import queries, rules
from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.queries import Reservation
from marketplace.ledger.rules import AccountKind, Amount, EntryKind, Flow, Leg, Sums, Unit
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork

REST: Final = "rest"
"""The last part of the source of what `draw` reserves again."""


class NotEnough(Conflict):
    """The account holds less than is asked; `left` is what it has."""

    def __init__(self, left: Amount) -> None:
        super().__init__(_l("There is not enough left in the budget for this."))
        self.left = left


class AlreadyResolved(Conflict):
    """The reservation has been used, released or has run out: it resolves at most once."""

    def __init__(self) -> None:
        super().__init__(_l("This reservation is no longer open."))


class OtherEntry(RuntimeError):
    """The source stands for another entry: a mistake of the program, never of a person."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an entry is booked: the unique `source`, what it is `about` and the day for which it counts."""

    source: str
    about: str = ""
    effective_on: date | None = None


def open_account(work: UnitOfWork, key: str, kind: AccountKind, unit: Unit, *, organisation: str) -> Account:
    """The account of the key, opened when it is not there. Raises OtherEntry when the key is of another account."""
    insert_missing(
        work.session,
        Account,
        {"key": key, "kind": kind, "unit": unit, "organisation_key": organisation},
    )
    found = queries.account(work.session, key)
    if (found.kind, found.unit, found.organisation_key) != (kind, unit, organisation):
        raise OtherEntry(f"the account {key} is {found.kind} in {found.unit} of {found.organisation_key}")
    return found


def grant(work: UnitOfWork, funds: Account, budget: Account, amount: Amount, cause: Cause) -> Entry:
    """Give a budget an amount from the organisation's funds."""
    return _book(work, EntryKind.GRANT, rules.granting(funds.id, budget.id, amount), cause)


def take_back(work: UnitOfWork, funds: Account, budget: Account, amount: Amount, cause: Cause) -> Entry:
    """Take what is left in a budget back to the funds. Raises NotEnough for more than is left."""
    return _book(work, EntryKind.TAKE_BACK, rules.granting(funds.id, budget.id, -amount), cause)


def carry(work: UnitOfWork, earlier: Account, later: Account, amount: Amount, cause: Cause) -> Entry:
    """Move what is left in a period to a later one. Raises NotEnough for more than is left."""
    return _book(work, EntryKind.CARRY, rules.carrying(earlier.id, later.id, amount), cause)


def reserve(
    work: UnitOfWork,
    budget: Account,
    receiver: Account,
    amount: Amount,
    cause: Cause,
    *,
    lapses_on: date | None = None,
) -> Entry:
    """Hold an amount in a budget for the receiver. Raises NotEnough.

    After the day `lapses_on` the worker lets the reservation run out; without one it stays until it is resolved.
    """
    legs = rules.holding(budget.id, receiver.id, amount)
    return _book(work, EntryKind.RESERVE, legs, cause, lapses_on=lapses_on)


def post(
    work: UnitOfWork, reservation: Entry, amount: Amount, cause: Cause, *, more: Sequence[Leg] = ()
) -> Entry:
    """Use a reservation, whole or in part: the rest returns to what is left.

    `more` are legs that belong to the same entry, for example what the provider earns in euros for hours used. Raises
    AlreadyResolved, and NotEnough for more than is reserved.
    """
    held = queries.reservation(work.session, reservation.id)
    if amount > held.amount:
        raise NotEnough(held.amount)
    used = rules.using(held.budget_id, held.receiver_id, amount)
    return _resolve(work, EntryKind.POST, held, cause, (*used, *more))


def draw(
    work: UnitOfWork, reservation: Entry, amount: Amount, cause: Cause, *, more: Sequence[Leg] = ()
) -> tuple[Entry, Entry | None]:
    """Use a part of a reservation and hold the rest again: the entry, and the reservation of the rest if there is any.

    So an agreement that holds a month is used delivery by delivery, and each reservation is resolved once. Raises as
    `post`.
    """
    held = queries.reservation(work.session, reservation.id)
    posted = post(work, reservation, amount, cause, more=more)
    rest = held.amount - amount
    if not rest.number:
        return posted, None
    legs = rules.holding(held.budget_id, held.receiver_id, rest)
    kept = Cause(f"{cause.source}:{REST}", held.entry.about, cause.effective_on)
    return posted, _book(work, EntryKind.RESERVE, legs, kept, lapses_on=held.entry.lapses_on)


def void(work: UnitOfWork, reservation: Entry, cause: Cause) -> Entry:
    """Let go of a reservation: all of it returns to what is left. Raises AlreadyResolved."""
    held = queries.reservation(work.session, reservation.id)
    return _resolve(work, EntryKind.VOID, held, cause)


def correct(
    work: UnitOfWork,
    budget: Account,
    receiver: Account,
    change: Amount,
    cause: Cause,
    *,
    more: Sequence[Leg] = (),
) -> Entry:
    """Change what has been used by `change`, which may be negative: what was booked stays, this comes beside it.

    `more` are legs that belong to the same entry, as in `post`. Raises NotEnough when the budget does not hold that
    much more, or less has been used than is taken back.
    """
    legs = (*rules.using(budget.id, receiver.id, change), *more)
    return _book(work, EntryKind.CORRECT, legs, cause)


def pay(work: UnitOfWork, provider: Account, paid: Account, amount: Amount, cause: Cause) -> Entry:
    """Book what has been paid to a provider; a negative amount when the bank has returned a payment."""
    return _book(work, EntryKind.PAY, rules.paying(provider.id, paid.id, amount), cause)


def let_run_out(database: Database, *, now: datetime) -> int:
    """Release every reservation whose last day has passed, each in a transaction of its own; how many.

    One that is resolved meanwhile is left alone.
    """
    with database.read() as session:
        waiting = queries.open_reservations(session, lapsed_by=helsinki_date(now))

    def do(entry_id: int) -> bool:
        with database.transaction() as session:
            held = queries.reservation(session, entry_id)
            cause = Cause(f"run-out:{held.entry.id}", held.entry.about)
            try:
                _resolve(UnitOfWork(session, SYSTEM, now), EntryKind.TIME_OUT, held, cause)
            except AlreadyResolved:
                return False
            return True

    ids = [each.entry.id for each in waiting]
    return sum(each_by_itself(database, "let a reservation run out", ids, do, now=now))


def _resolve(
    work: UnitOfWork, kind: EntryKind, held: Reservation, cause: Cause, used: Iterable[Leg] = ()
) -> Entry:
    freed = rules.reversed_legs(rules.holding(held.budget_id, held.receiver_id, held.amount))
    return _book(work, kind, (*freed, *used), cause, resolves=held.entry.id)


def _book(
    work: UnitOfWork,
    kind: EntryKind,
    legs: Iterable[Leg],
    cause: Cause,
    *,
    resolves: int | None = None,
    lapses_on: date | None = None,
) -> Entry:
    """Write one entry; see the module for the locks and for what `cause.source` means."""
    session, ordered = work.session, rules.in_order(legs)
    rules.demand_balance(ordered)
    session.flush()
    locked = lock_accounts(work, {leg.account for leg in ordered})
    standing = queries.entry_of(session, cause.source)
    if standing is not None:
        if standing.kind is not kind or queries.legs_of(session, standing) != ordered:
            raise OtherEntry(f"{cause.source} has been booked as another entry ({standing.id})")
        return standing
    if resolves is not None and queries.resolution(session, resolves) is not None:
        raise AlreadyResolved
    sums = rules.after({each.id: each.sums for each in locked}, ordered)
    for each in locked:
        if not sums[each.id].holds(each.kind):
            raise NotEnough(Amount(each.unit, each.sums.left))
    entry = Entry(
        source=cause.source,
        kind=kind,
        about=cause.about,
        effective_on=cause.effective_on or work.today,
        booked_at=work.now,
        booked_by_id=work.actor.user_id,
        legs=len(ordered),
        lapses_on=lapses_on,
        resolves_id=resolves,
    )
    session.add(entry)
    session.flush()
    session.execute(sa.insert(Posting), [_row(entry, number, leg) for number, leg in enumerate(ordered, 1)])
    for each in locked:
        _note(each, sums[each.id])
    return entry


def _note(account: Account, sums: Sums) -> None:
    """Let the object know what the trigger has made of its row, which is locked."""
    for flow in Flow:
        set_committed_value(account, flow.value, getattr(sums, flow.value))


def _row(entry: Entry, number: int, leg: Leg) -> dict[str, object]:
    return {
        "entry_id": entry.id,
        "leg": number,
        "account_id": leg.account,
        "unit": leg.change.unit,
        "flow": leg.flow,
        "amount": leg.signed,
    }


def lock_accounts(work: UnitOfWork, ids: Iterable[int]) -> Sequence[Account]:
    """The accounts, locked in the order of their ids and read again: what is read of them afterwards holds until the
    transaction ends. Whoever decides by what an account holds locks it with all others of the entry first.
    """
    return work.session.scalars(
        sa.select(Account)
        .where(Account.id.in_(sorted(ids)))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    ).all()
