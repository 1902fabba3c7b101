"""Holding a part of a client's budget for an agreement, and letting go of it.

An agreement holds so much a month in every budget of its line that it shares days with. What is held is found by
`ledger.queries.open_reservations(about=about(agreement))`; deliveries use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.vouchers.granting.models import Budget, DecisionLine
from marketplace.vouchers.granting.rules import Every, periods
from marketplace.work import UnitOfWork


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

    def share(self, budget: Budget) -> int:
        """How much of a budget it holds: the months that the two share, a part of a month by its days."""
        first = max(self.first, budget.first_on)
        last = budget.last_on if self.last is None else min(self.last, budget.last_on)
        if last < first:
            return 0
        return sum(each.granted.number for each in periods(Every.MONTH, self.monthly, first, last))


def provider_account(work: UnitOfWork, provider: int, unit: Unit, *, organisation: str) -> Account:
    """The account of what an organisation owes a provider in a unit."""
    key = f"provider:{provider}:{organisation}:{unit}"
    return ledger.open_account(work, key, AccountKind.PROVIDER, unit, organisation=organisation)


def hold(work: UnitOfWork, line: DecisionLine, wanted: Hold) -> None:
    """Hold what the agreement needs in every budget of the line. Raises NotEnough, and nothing of it is held."""
    organisation = line.decision.client.organisation_key
    receiver = provider_account(work, wanted.provider, line.unit, organisation=organisation)
    for budget in line.budgets:
        number = wanted.share(budget)
        if number and budget.settled_at is None:
            cause = Cause(f"{wanted.about}:{budget.id}", wanted.about, max(wanted.first, budget.first_on))
            ledger.reserve(work, budget.account, receiver, Amount(line.unit, number), cause)


def shorten(work: UnitOfWork, line: DecisionLine, wanted: Hold) -> None:
    """Let go of what the agreement holds beyond its new last day; what has been used stays used."""
    budgets = {budget.account_id: budget for budget in line.budgets}
    for held in books.open_reservations(work.session, about=wanted.about):
        budget = budgets[held.budget_id]
        keep = min(held.amount.number, wanted.share(budget))
        if keep == held.amount.number:
            continue
        source = f"{wanted.about}:let-go:{held.entry.id}"
        ledger.void(work, held.entry, Cause(source, wanted.about))
        if keep:
            receiver = work.session.get_one(Account, held.receiver_id)
            cause = Cause(f"{source}:rest", wanted.about, held.entry.effective_on)
            ledger.reserve(work, budget.account, receiver, Amount(line.unit, keep), cause)
