"""The verbs of the books, one cause after another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.ledger import queries, service
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, EntryKind, Flow, Leg, Sums, Unit, granting
from marketplace.ledger.service import AlreadyResolved, Cause, NotEnough, OtherEntry
from marketplace.work import UnitOfWork
from tests.factories import NOW
from tests.ledger.conftest import Books, open_books
from tests.work import work_of


@pytest.fixture
def work(session: Session) -> UnitOfWork:
    return work_of(session)


@pytest.fixture
def granted(work: UnitOfWork, books: Books) -> Books:
    """Books whose budget has 1000 cents."""
    service.grant(work, books.funds, books.budget, books.amount(1000), Cause("line:1"))
    return books


def test_a_grant_comes_from_the_funds(granted: Books) -> None:
    assert granted.budget.sums == Sums(granted=1000)
    assert granted.funds.sums == Sums(used=1000)


def test_a_reservation_is_held_for_the_provider_and_never_more_than_is_left(
    work: UnitOfWork, granted: Books
) -> None:
    service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    assert granted.budget.sums == Sums(granted=1000, reserved=700)
    assert granted.provider.sums == Sums(expected=700)
    with pytest.raises(NotEnough) as refused:
        service.reserve(work, granted.budget, granted.provider, granted.amount(301), Cause("a:2"))
    assert refused.value.left == granted.amount(300)
    assert granted.budget.sums.left == 300


def test_a_reservation_used_in_part_gives_the_rest_back(work: UnitOfWork, granted: Books) -> None:
    held = service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    service.post(work, held, granted.amount(450), Cause("delivery:1"))
    assert granted.budget.sums == Sums(granted=1000, used=450)
    assert granted.provider.sums == Sums(granted=450)


def test_a_reservation_is_never_used_beyond_what_it_holds(work: UnitOfWork, granted: Books) -> None:
    held = service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    with pytest.raises(NotEnough):
        service.post(work, held, granted.amount(701), Cause("delivery:1"))


def test_a_reservation_resolves_once(work: UnitOfWork, granted: Books) -> None:
    held = service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    service.void(work, held, Cause("a:1:void"))
    assert granted.budget.sums == Sums(granted=1000)
    with pytest.raises(AlreadyResolved):
        service.post(work, held, granted.amount(1), Cause("delivery:1"))
    with pytest.raises(AlreadyResolved):
        service.void(work, held, Cause("another:void"))


def test_a_month_is_used_delivery_by_delivery(work: UnitOfWork, granted: Books) -> None:
    rest = service.reserve(
        work, granted.budget, granted.provider, granted.amount(700), Cause("a:1", "agreement:1")
    )
    for number, left in ((1, 400), (2, 100)):
        _posted, kept = service.draw(work, rest, granted.amount(300), Cause(f"delivery:{number}", "delivery"))
        assert kept is not None
        rest = kept
        assert granted.budget.sums == Sums(granted=1000, reserved=left, used=700 - left)
        assert [
            each.amount.number for each in queries.open_reservations(work.session, about="agreement:1")
        ] == [left]
    _posted, kept = service.draw(work, rest, granted.amount(100), Cause("delivery:3"))
    assert kept is None
    assert granted.budget.sums == Sums(granted=1000, used=700)


def test_the_same_cause_is_booked_once(work: UnitOfWork, granted: Books) -> None:
    first = service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    again = service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    assert again is first
    posted = service.draw(work, first, granted.amount(200), Cause("d:1"))
    assert service.draw(work, first, granted.amount(200), Cause("d:1")) == posted
    assert granted.budget.sums == Sums(granted=1000, reserved=500, used=200)


def test_a_cause_never_stands_for_two_entries(work: UnitOfWork, granted: Books) -> None:
    service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    with pytest.raises(OtherEntry):
        service.reserve(work, granted.budget, granted.provider, granted.amount(200), Cause("a:1"))


def test_a_key_never_stands_for_two_accounts(work: UnitOfWork, books: Books) -> None:
    with pytest.raises(OtherEntry):
        service.open_account(work, books.budget.key, AccountKind.BUDGET, Unit.MINUTES, organisation="keusote")


def test_what_is_left_moves_to_the_next_period_or_back_and_never_what_is_held(
    work: UnitOfWork, granted: Books
) -> None:
    service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    service.carry(work, granted.budget, granted.later, granted.amount(100), Cause("carry"))
    with pytest.raises(NotEnough):
        service.take_back(work, granted.funds, granted.budget, granted.amount(201), Cause("too much"))
    service.take_back(work, granted.funds, granted.budget, granted.amount(200), Cause("expiry"))
    assert granted.budget.sums == Sums(granted=700, reserved=700)
    assert granted.later.sums == Sums(granted=100)
    assert granted.funds.sums == Sums(used=800)


def test_a_correction_comes_beside_what_stands(work: UnitOfWork, granted: Books) -> None:
    held = service.reserve(work, granted.budget, granted.provider, granted.amount(700), Cause("a:1"))
    posted = service.post(work, held, granted.amount(450), Cause("delivery:1"))
    service.correct(
        work, granted.budget, granted.provider, granted.amount(-150), Cause("delivery:1:corrected")
    )
    assert granted.budget.sums == Sums(granted=1000, used=300)
    used = Leg(granted.budget.id, Flow.USED, granted.amount(450))
    assert used in queries.legs_of(work.session, posted)
    with pytest.raises(NotEnough):
        service.correct(work, granted.budget, granted.provider, granted.amount(-301), Cause("below nothing"))


def test_a_payment_returned_by_the_bank_is_owed_again(work: UnitOfWork, granted: Books) -> None:
    service.correct(work, granted.budget, granted.provider, granted.amount(450), Cause("d"))
    service.pay(work, granted.provider, granted.paid, granted.amount(450), Cause("payment:1"))
    assert granted.provider.sums.left == 0
    service.pay(work, granted.provider, granted.paid, granted.amount(-450), Cause("payment:1:returned"))
    assert granted.provider.sums.left == 450


def test_hours_used_and_euros_earned_are_one_entry_in_two_units(work: UnitOfWork, books: Books) -> None:
    hours = open_books(work.session, Unit.MINUTES)
    service.grant(work, hours.funds, hours.budget, hours.amount(600), Cause("hours"))
    held = service.reserve(work, hours.budget, hours.provider, hours.amount(600), Cause("a:1"))
    euros = granting(books.funds.id, books.provider.id, books.amount(3400))
    service.draw(work, held, hours.amount(60), Cause("d:1"), more=euros)
    assert hours.budget.sums == Sums(granted=600, reserved=540, used=60)
    assert books.provider.sums == Sums(granted=3400)


def test_what_counts_for_a_day_is_not_when_it_was_booked(work: UnitOfWork, granted: Books) -> None:
    then = work.today - timedelta(days=40)
    service.correct(work, granted.budget, granted.provider, granted.amount(200), Cause("late", "", then))
    found = queries.sums(work.session, [granted.budget.id], on=then)[granted.budget.id]
    assert found == Sums(used=200)
    assert queries.sums(work.session, [granted.budget.id])[granted.budget.id] == granted.budget.sums


def test_a_reservation_runs_out_after_its_last_day(database: Database) -> None:
    today = helsinki_date(NOW)
    with database.transaction() as session:
        work, books = work_of(session), open_books(session)
        service.grant(work, books.funds, books.budget, books.amount(100), Cause("g"))
        for number, day in enumerate((today - timedelta(days=1), today, None)):
            cause = Cause(f"r:{number}")
            service.reserve(work, books.budget, books.provider, books.amount(10), cause, lapses_on=day)
    assert service.let_run_out(database, now=NOW) == 1
    assert service.let_run_out(database, now=NOW) == 0
    with database.read() as session:
        assert session.get_one(Account, books.budget.id).reserved == 20
        run_out = queries.entry_of(session, "run-out:2")
        assert run_out is not None
        assert run_out.kind is EntryKind.TIME_OUT
