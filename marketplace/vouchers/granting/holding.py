"""Holding a part of a client's budget for an agreement, and letting go of it.

An agreement holds so much a month in every budget of its line that it shares days with. What is held is found by
`ledger.queries.open_reservations(about=about(agreement))`; deliveries use it.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account, Entry
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.vouchers.granting.models import Budget, DecisionLine
from marketplace.vouchers.granting.rules import Every, periods
from marketplace.work import UnitOfWork

LONGEST_MONTH: Final = 31
"""Days: so many times what is left on one day of a month could be held for the whole of it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What an agreement (by its number) holds in a line each month from a day on, until a day or further notice."""

    agreement: int
    provider: int
    monthly: Amount
    first: date
    last: date | None

    @property
    def about(self) -> str:
        """What the entries of the agreement are about."""
        return f"agreement:{self.agreement}"

    def days_in(self, budget: Budget) -> tuple[date, date] | None:
        """The first and the last day that it shares with a budget; None when they share none."""
        first = max(self.first, budget.first_on)
        last = budget.last_on if self.last is None else min(self.last, budget.last_on)
        return (first, last) if first <= last else None

    def share(self, budget: Budget) -> int:
        """How much of a budget it holds: the months that the two share, a part of a month by its days.

        The part with which it begins within a month is rounded down and every other one up, so that an agreement and
        the one that takes its place on the next day hold the month together, and not a minute or a cent more.
        """
        days = self.days_in(budget)
        if days is None:
            return 0
        held = sum(each.granted.number for each in periods(Every.MONTH, self.monthly, *days))
        return held - 1 if self._rounds_down(budget, *days) else held

    def _rounds_down(self, budget: Budget, first: date, last: date) -> bool:
        """Whether it begins within a month of the budget and holds it to its end, and its share is no whole number."""
        whole = monthrange(first.year, first.month)[1]
        end = min(first.replace(day=whole), budget.last_on)
        if first == budget.first_on or first.day == 1 or last < end:
            return False
        return self.monthly.number * ((end - first).days + 1) % whole != 0


def provider_account(work: UnitOfWork, provider: int, unit: Unit, *, organisation: str) -> Account:
    """The account of what an organisation owes a provider in a unit."""
    key = provider_key(provider, unit, organisation=organisation)
    return ledger.open_account(work, key, AccountKind.PROVIDER, unit, organisation=organisation)


def provider_key(provider: int, unit: Unit, *, organisation: str) -> str:
    """The key of the account of what an organisation owes a provider in a unit."""
    return f"provider:{provider}:{organisation}:{unit}"


def funds_account(work: UnitOfWork, pilot_key: str, unit: Unit, *, organisation: str) -> Account:
    """The account of what an organisation grants in a pilot."""
    return ledger.open_account(
        work, f"funds:{pilot_key}:{unit}", AccountKind.FUNDS, unit, organisation=organisation
    )


def hold(
    work: UnitOfWork, line: DecisionLine, wanted: Hold, *, freed: Mapping[int, int] | None = None
) -> None:
    """Hold what the agreement needs in every budget of the line. Raises NotEnough, and nothing of it is held.

    `freed`: what an agreement that ends when this one begins lets go of then, by budget. It is held by that one until
    then, so only what is needed beyond it is held now, and `hold` is told again without it later.
    """
    organisation = line.decision.client.organisation_key
    receiver = provider_account(work, wanted.provider, line.unit, organisation=organisation)
    ledger.lock_accounts(work, {receiver.id, *(budget.account_id for budget in line.budgets)})
    before = f"{wanted.about}:asked" if freed else wanted.about
    for budget in line.budgets:
        number = wanted.share(budget) - (freed or {}).get(budget.id, 0)
        if number > 0 and budget.settled_at is None:
            cause = Cause(f"{before}:{budget.id}", wanted.about, max(wanted.first, budget.first_on))
            ledger.reserve(work, budget.account, receiver, Amount(line.unit, number), cause)


def lock_held(work: UnitOfWork, held: Iterable[tuple[DecisionLine, Hold]]) -> None:
    """Lock the accounts that several agreements hold or may come to hold, in one order: whoever changes more than one
    agreement does it first, so that it never waits for somebody who waits for it.
    """
    wanted: set[int] = set()
    for line, each in held:
        organisation = line.decision.client.organisation_key
        wanted.add(provider_account(work, each.provider, line.unit, organisation=organisation).id)
        wanted.update(budget.account_id for budget in line.budgets)
    ledger.lock_accounts(work, wanted)


def most_monthly(line: DecisionLine, wanted: Hold, freed: Mapping[int, int] | None = None) -> int:
    """The most that an agreement of the days of `wanted` could hold each month: the month with least left decides.

    In the line's unit; 0 when nothing is left in some month, or when it shares no day with the line.
    """
    room = {
        budget: budget.account.sums.left + (freed or {}).get(budget.id, 0)
        for budget in line.budgets
        if budget.settled_at is None and wanted.days_in(budget)
    }

    def exceeds(number: int) -> bool:
        tried = replace(wanted, monthly=Amount(line.unit, number))
        return any(tried.share(budget) > left for budget, left in room.items())

    beyond = LONGEST_MONTH * (max(room.values(), default=0) + 1) + 1
    return bisect_left(range(beyond), True, key=exceeds) - 1 if room else 0


def freed_by(session: Session, line: DecisionLine, shortened: Hold) -> dict[int, int]:
    """What an agreement lets go of when it gets the last day of `shortened`, by budget."""
    budgets = {budget.account_id: budget for budget in line.budgets}
    freed: Counter[int] = Counter()
    for held in books.open_reservations(session, about=shortened.about):
        budget = budgets[held.budget_id]
        freed[budget.id] += held.amount.number - min(held.amount.number, shortened.share(budget))
    return dict(freed)


def hold_again(work: UnitOfWork, budget: Budget, receiver: Account, amount: Amount, cause: Cause) -> Entry:
    """Hold more in a budget about what `cause` is about, in one reservation with what it holds there already; no
    more, but in one, when the amount is nothing. Raises NotEnough.
    """
    there = books.open_reservations(work.session, about=cause.about, budgets=[budget.account_id])
    for held in there:
        ledger.void(work, held.entry, Cause(f"{cause.source}:{held.entry.id}", cause.about))
        amount += held.amount
    return ledger.reserve(work, budget.account, receiver, amount, cause)


def lengthen(work: UnitOfWork, line: DecisionLine, before: Hold, wanted: Hold) -> None:
    """Hold what an agreement needs beyond what it held until its last day so far (`before`). Raises NotEnough, and
    nothing more of it is held. Budgets that are settled stay as they are.
    """
    organisation = line.decision.client.organisation_key
    receiver = provider_account(work, wanted.provider, line.unit, organisation=organisation)
    ledger.lock_accounts(work, {receiver.id, *(budget.account_id for budget in line.budgets)})
    for budget in line.budgets:
        more = wanted.share(budget) - before.share(budget)
        if more > 0 and budget.settled_at is None:
            source = f"{wanted.about}:longer:{work.now.isoformat()}:{budget.id}"
            cause = Cause(source, wanted.about, max(wanted.first, budget.first_on))
            hold_again(work, budget, receiver, Amount(line.unit, more), cause)


def shorten(
    work: UnitOfWork, line: DecisionLine, wanted: Hold, needed: Callable[[], Mapping[int, int]] = dict
) -> None:
    """Let go of what the agreement holds beyond its new last day; what has been used stays used.

    `needed` tells, when the budgets are locked, how much of each (by its id) has been delivered and is not booked yet:
    so much at least is kept.
    """
    _let_go(work, line.budgets, wanted.about, wanted.share, needed)


def let_go_before(
    work: UnitOfWork, line: DecisionLine, about: str, day: date, needed: Callable[[], Mapping[int, int]]
) -> int:
    """Let go of what is held in budgets whose last day is before a day, but for what is `needed` as in `shorten`;
    in how many reservations something was.
    """
    return _let_go(
        work, [each for each in line.budgets if each.last_on < day], about, lambda _budget: 0, needed
    )


def _let_go(
    work: UnitOfWork,
    budgets: Sequence[Budget],
    about: str,
    kept: Callable[[Budget], int],
    needed: Callable[[], Mapping[int, int]],
) -> int:
    """Let go of what is held in these budgets beyond what is `kept` of each or `needed` in it."""
    by_account, changed = {budget.account_id: budget for budget in budgets}, 0
    open_ones = books.open_reservations(work.session, about=about, budgets=by_account)
    ledger.lock_accounts(
        work, {each.budget_id for each in open_ones} | {each.receiver_id for each in open_ones}
    )
    delivered = needed()
    for held in books.open_reservations(work.session, about=about, budgets=by_account):
        budget = by_account[held.budget_id]
        keep = min(held.amount.number, max(kept(budget), delivered.get(budget.id, 0)))
        if keep == held.amount.number:
            continue
        source, changed = f"{about}:let-go:{held.entry.id}", changed + 1
        ledger.void(work, held.entry, Cause(source, about))
        if keep:
            receiver = work.session.get_one(Account, held.receiver_id)
            cause = Cause(f"{source}:rest", about, held.entry.effective_on)
            ledger.reserve(work, budget.account, receiver, Amount(held.amount.unit, keep), cause)
    return changed
