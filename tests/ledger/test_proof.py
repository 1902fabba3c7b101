"""Kept sums that are wrong are found by name and rebuilt from the postings."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from marketplace.db import Database
from marketplace.ledger import proof, service
from marketplace.ledger.commands import ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import Sums
from marketplace.ledger.service import Cause
from tests.ledger.conftest import Books, open_books
from tests.work import work_of


def spoiled(database: Database) -> Books:
    """Books of which somebody has changed a kept sum behind the portal's back."""
    with database.transaction() as session:
        work, books = work_of(session), open_books(session)
        service.grant(work, books.funds, books.budget, books.amount(100), Cause("g"))
        held = service.reserve(work, books.budget, books.provider, books.amount(40), Cause("r"))
        service.post(work, held, books.amount(10), Cause("p"))
    with database.transaction() as session:
        session.execute(
            sa.text("UPDATE ledger_accounts SET used = 0, reserved = 5 WHERE key = 'budget:cents'")
        )
    return books


def test_a_wrong_sum_is_named_and_made_anew(database: Database) -> None:
    books = spoiled(database)
    with database.read() as session:
        (problem,) = proof.problems(session)
        assert "budget:cents" in problem
    with database.transaction() as session:
        assert proof.rebuild(session) == 1
    with database.read() as session:
        assert session.get_one(Account, books.budget.id).sums == Sums(granted=100, used=10)
        assert list(proof.problems(session)) == []


def test_the_commands_tell_and_mend(app: Flask) -> None:
    spoiled(app.extensions["database"])
    runner = app.test_cli_runner()
    with app.app_context():
        refused = runner.invoke(ledger, ["verify"])
        assert refused.exit_code == 1
        assert "budget:cents" in refused.output
        assert "1 accounts" in runner.invoke(ledger, ["rebuild"]).output
        assert runner.invoke(ledger, ["verify"]).exit_code == 0
