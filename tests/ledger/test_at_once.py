"""Several at once: a budget is never reserved beyond what it holds, and a cause is booked once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from marketplace.db import Database
from marketplace.ledger import proof, service
from marketplace.ledger.models import Account, Entry
from marketplace.ledger.service import AlreadyResolved, Cause, NotEnough
from marketplace.work import UnitOfWork
from tests.ledger.conftest import Books, open_books
from tests.work import work_of

CLIENTS = 6


def opened(database: Database) -> Books:
    with database.transaction() as session:
        work, books = work_of(session), open_books(session)
        service.grant(work, books.funds, books.budget, books.amount(100), Cause("g"))
        service.grant(work, books.funds, books.later, books.amount(100), Cause("h"))
        return books


def at_once(database: Database, do: Callable[[UnitOfWork, int], object]) -> list[object]:
    """What came of the same thing done by all at the same moment, each in a transaction of its own."""
    start = Barrier(CLIENTS)

    def turn(number: int) -> object:
        start.wait()
        try:
            with database.transaction() as session:
                return do(work_of(session), number)
        except (NotEnough, AlreadyResolved) as refusal:
            return type(refusal)

    with ThreadPoolExecutor(CLIENTS) as people:
        return list(people.map(turn, range(CLIENTS)))


def test_reservations_at_once_never_exceed_what_is_granted(database: Database) -> None:
    books = opened(database)
    done = at_once(
        database,
        lambda work, n: (
            service.reserve(work, books.budget, books.provider, books.amount(30), Cause(f"a:{n}")).id
        ),
    )
    assert done.count(NotEnough) == CLIENTS - 3
    with database.read() as session:
        assert session.get_one(Account, books.budget.id).sums.left == 10
        assert list(proof.problems(session)) == []


def test_the_same_cause_told_at_once_is_one_entry(database: Database) -> None:
    books = opened(database)
    done = at_once(
        database,
        lambda work, _n: service.reserve(work, books.budget, books.provider, books.amount(30), Cause("a")).id,
    )
    assert len(set(done)) == 1


def test_a_reservation_used_and_released_at_once_is_one_or_the_other(database: Database) -> None:
    books = opened(database)
    with database.transaction() as session:
        held = service.reserve(
            work_of(session), books.budget, books.provider, books.amount(30), Cause("a")
        ).id

    def use_or_release(work: UnitOfWork, number: int) -> int:
        entry = work.session.get_one(Entry, held)
        if number % 2:
            return service.void(work, entry, Cause(f"v:{number}")).id
        return service.post(work, entry, books.amount(30), Cause(f"p:{number}")).id

    assert at_once(database, use_or_release).count(AlreadyResolved) == CLIENTS - 1
    with database.read() as session:
        assert list(proof.problems(session)) == []


def test_entries_over_the_same_accounts_in_both_directions_do_not_wait_for_each_other(
    database: Database,
) -> None:
    books = opened(database)

    def carry(work: UnitOfWork, number: int) -> None:
        pair = (books.budget, books.later) if number % 2 else (books.later, books.budget)
        for turn in range(5):
            service.carry(work, *pair, books.amount(1), Cause(f"{number}:{turn}"))

    assert at_once(database, carry) == [None] * CLIENTS
    with database.read() as session:
        assert session.get_one(Account, books.budget.id).sums.left == 100
