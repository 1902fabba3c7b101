"""What the database refuses by itself, whoever writes to it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.ledger import service
from marketplace.ledger.models import Account
from marketplace.ledger.service import Cause
from tests.ledger.conftest import Books, open_books
from tests.work import work_of

Row = tuple[int, str, int, str]
"""A posting as it is written: account, flow, signed amount, unit."""


@pytest.fixture
def kept(database: Database) -> Books:
    """Books with 1000 cents in the budget, 400 of them reserved by entry 2."""
    with database.transaction() as session:
        work, books = work_of(session), open_books(session)
        service.grant(work, books.funds, books.budget, books.amount(1000), Cause("g"))
        service.reserve(work, books.budget, books.provider, books.amount(400), Cause("r"))
        return books


def write(
    session: Session,
    rows: list[Row],
    *,
    legs: int | None = None,
    kind: str = "correct",
    resolves: int | None = None,
) -> None:
    """An entry written without the portal, with these postings in their order."""
    entry = session.scalar(
        sa.text(
            "INSERT INTO ledger_entries (source, kind, about, effective_on, booked_at, legs, resolves_id) "
            "VALUES ('raw', :kind, '', '2026-11-22', '2026-11-22 10:00:00', :legs, :resolves) RETURNING id"
        ),
        {"kind": kind, "legs": legs or len(rows), "resolves": resolves},
    )
    add(session, int(entry or 0), rows)


def add(session: Session, entry: int, rows: list[Row], *, first: int = 1) -> None:
    """Postings of an entry, numbered from `first` on."""
    for leg, (account, flow, amount, unit) in enumerate(rows, first):
        session.execute(
            sa.text(
                "INSERT INTO ledger_postings (entry_id, leg, account_id, unit, flow, amount) "
                "VALUES (:entry, :leg, :account, :unit, :flow, :amount)"
            ),
            {"entry": entry, "leg": leg, "account": account, "unit": unit, "flow": flow, "amount": amount},
        )


def balanced(books: Books) -> list[Row]:
    return [(books.provider.id, "granted", 50, "cents"), (books.budget.id, "used", -50, "cents")]


def test_an_entry_that_adds_up_is_taken_and_moves_the_kept_sums(database: Database, kept: Books) -> None:
    with database.transaction() as session:
        write(session, balanced(kept))
    with database.read() as session:
        assert session.get_one(Account, kept.budget.id).used == 50


def test_an_entry_that_does_not_add_up_cannot_be_committed(database: Database, kept: Books) -> None:
    rows = balanced(kept)
    rows[0] = (kept.provider.id, "granted", 49, "cents")
    with pytest.raises(IntegrityError, match="add up to zero"), database.transaction() as session:
        write(session, rows)


def test_settled_and_pending_do_not_make_up_for_each_other(database: Database, kept: Books) -> None:
    rows: list[Row] = [(kept.provider.id, "expected", 50, "cents"), (kept.budget.id, "used", -50, "cents")]
    with pytest.raises(IntegrityError, match="add up to zero"), database.transaction() as session:
        write(session, rows)


def test_an_account_counts_one_unit(database: Database, kept: Books) -> None:
    rows: list[Row] = [(kept.provider.id, "granted", 5, "minutes"), (kept.budget.id, "used", -5, "minutes")]
    with pytest.raises(IntegrityError), database.transaction() as session:
        write(session, rows)


def test_an_entry_without_all_its_postings_cannot_be_committed(database: Database, kept: Books) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        write(session, balanced(kept), legs=3)
    with pytest.raises(IntegrityError), database.transaction() as session:
        write(session, [], legs=2)


def test_nothing_is_added_to_an_entry_that_stands(database: Database, kept: Books) -> None:
    with (
        pytest.raises(IntegrityError, match="all its postings and no more"),
        database.transaction() as session,
    ):
        add(session, 1, balanced(kept), first=3)


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_postings"])
@pytest.mark.parametrize("verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_nothing_is_changed_or_deleted(database: Database, kept: Books, table: str, verb: str) -> None:
    column = {"ledger_entries": "about", "ledger_postings": "amount"}[table]
    with pytest.raises(IntegrityError, match="only added"), database.transaction() as session:
        session.execute(sa.text(verb.format(table=table, column=column)))


def test_a_budget_is_never_overdrawn(database: Database, kept: Books) -> None:
    rows: list[Row] = [(kept.provider.id, "granted", 601, "cents"), (kept.budget.id, "used", -601, "cents")]
    with pytest.raises(IntegrityError, match="no_budget_is_overdrawn"), database.transaction() as session:
        write(session, rows)


def test_a_reservation_is_released_in_full(database: Database, kept: Books) -> None:
    rows: list[Row] = [
        (kept.budget.id, "reserved", 300, "cents"),
        (kept.provider.id, "expected", -300, "cents"),
    ]
    with pytest.raises(IntegrityError, match="released in full"), database.transaction() as session:
        write(session, rows, kind="void", resolves=2)


def test_two_entries_never_resolve_the_same_reservation(database: Database, kept: Books) -> None:
    rows: list[Row] = [
        (kept.budget.id, "reserved", 400, "cents"),
        (kept.provider.id, "expected", -400, "cents"),
    ]
    with database.transaction() as session:
        write(session, rows, kind="void", resolves=2)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO ledger_entries (source, kind, about, effective_on, booked_at, legs, resolves_id) "
                "VALUES ('again', 'void', '', '2026-11-22', '2026-11-22 10:00:00', 2, 2)"
            )
        )
