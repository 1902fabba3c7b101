"""A small set of books: funds, budgets and a provider in one unit, opened in a session of the test's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from marketplace.ledger import service
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, Amount, Unit
from tests.work import work_of


@dataclass(frozen=True)
class Books:
    """The accounts of one unit."""

    funds: Account
    budget: Account
    later: Account
    provider: Account
    paid: Account

    def amount(self, number: int) -> Amount:
        """So many of the books' unit."""
        return Amount(self.budget.unit, number)


def open_books(session: Session, unit: Unit = Unit.CENTS) -> Books:
    """The accounts, with nothing in them."""
    kinds = {
        "funds": AccountKind.FUNDS,
        "budget": AccountKind.BUDGET,
        "later": AccountKind.BUDGET,
        "provider": AccountKind.PROVIDER,
        "paid": AccountKind.PAID,
    }
    work = work_of(session)
    return Books(
        **{
            name: service.open_account(work, f"{name}:{unit}", kind, unit, organisation="keusote")
            for name, kind in kinds.items()
        }
    )


@pytest.fixture
def books(session: Session) -> Books:
    """Books in cents in a session that is rolled back."""
    return open_books(session)
