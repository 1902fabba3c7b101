"""Months frozen, corrected and carried on, on both databases; and what went wrong with frozen months elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.deliveries import service as deliveries
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.i18n import LocalizedText, in_language
from marketplace.payments.statements import document, queries, service
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.rules import StatementRowKind, StatementState
from marketplace.permissions import SYSTEM, Role
from marketplace.vouchers.service import end_agreement
from marketplace.work import UnitOfWork
from marketplace.workflow import NoSuchTransition
from tests import factories
from tests.deliveries.scenes import visit
from tests.payments.statements.scenes import DECEMBER, NOVEMBER, OCTOBER, Books, in_month, make_books

IN_NOVEMBER = datetime(2026, 11, 3, 8, tzinfo=UTC)
IN_DECEMBER = datetime(2026, 12, 3, 8, tzinfo=UTC)
IN_JANUARY = datetime(2027, 1, 4, 8, tzinfo=UTC)


@pytest.fixture
def books(session: Session) -> Books:
    return make_books(session)


def freeze(session: Session, month: date, now: datetime) -> service.Frozen:
    return service.freeze(UnitOfWork(session, SYSTEM, now), "keusote", month)


def statements(session: Session) -> Sequence[Statement]:
    return session.scalars(sa.select(Statement).order_by(Statement.number)).all()


def test_a_month_is_frozen_once_with_what_was_confirmed_in_it(session: Session, books: Books) -> None:
    october = books.confirmed(session, in_month(OCTOBER))
    november = books.confirmed(session, in_month(NOVEMBER))
    done = freeze(session, OCTOBER, IN_DECEMBER)
    [statement] = statements(session)
    [row] = statement.rows
    assert (done.statements, done.rows, done.total) == (1, 1, october.amount.cents)
    assert (statement.number, statement.name, statement.state) == (1, "KEUSOTE-1", StatementState.FROZEN)
    assert (row.delivery_id, row.gross_cents, row.day) == (
        october.id,
        october.amount.cents,
        date(2026, 10, 25),
    )
    assert statement.payable_cents == statement.total_cents == october.amount.cents
    assert statement.objection_until == date(2026, 12, 10)
    assert statement.seller["business_id"] == books.scene.provider.business_id
    assert statement.is_whole()
    assert freeze(session, OCTOBER, IN_DECEMBER).statements == 0
    freeze(session, NOVEMBER, IN_DECEMBER)
    assert [each.number for each in statements(session)] == [1, 2]
    assert statements(session)[1].rows[0].delivery_id == november.id


def test_the_day_of_the_invoice_is_that_of_finland(session: Session, books: Books) -> None:
    books.confirmed(session, in_month(OCTOBER))
    freeze(session, OCTOBER, datetime(2026, 11, 9, 22, 30, tzinfo=UTC))
    [statement] = statements(session)
    with in_language("fi"):
        facts = document._data(statement, LocalizedText("Kokeilu", "Försök"), "fi")["facts"]
    assert "10.11.2026" in [each["value"] for each in facts]


def test_what_is_not_confirmed_is_not_stated(session: Session, books: Books) -> None:
    scene, start = books.scene, in_month(OCTOBER)
    recorded = deliveries.record(
        scene.provider_work(session, start + timedelta(hours=3)),
        scene.provider.id,
        scene.hours.id,
        visit(start),
    )
    assert freeze(session, OCTOBER, IN_NOVEMBER).statements == 0
    deliveries.dispute(scene.office_work(session, IN_NOVEMBER), recorded, "Ei ollut.", owner_id=None)
    assert freeze(session, OCTOBER, IN_NOVEMBER).statements == 0
    deliveries.decide(scene.office_work(session, IN_NOVEMBER), recorded, upheld=True, reason="Oli.")
    assert freeze(session, OCTOBER, IN_NOVEMBER).rows == 1


def test_what_comes_late_stands_on_the_next_statement(session: Session, books: Books) -> None:
    books.confirmed(session, in_month(OCTOBER))
    freeze(session, OCTOBER, IN_NOVEMBER)
    late = books.confirmed(session, in_month(OCTOBER, 27))
    assert freeze(session, OCTOBER, IN_NOVEMBER).statements == 0
    freeze(session, NOVEMBER, IN_DECEMBER)
    [first, second] = statements(session)
    assert [row.delivery_id for row in second.rows] == [late.id]
    assert first.is_whole()


def test_an_earlier_month_is_not_frozen_after_a_later_one(session: Session, books: Books) -> None:
    books.confirmed(session, in_month(NOVEMBER))
    freeze(session, NOVEMBER, IN_DECEMBER)
    books.confirmed(session, in_month(OCTOBER))
    assert freeze(session, OCTOBER, IN_DECEMBER).statements == 0


def test_a_month_that_is_not_over_and_a_stranger_are_refused(session: Session, books: Books) -> None:
    books.confirmed(session, in_month(NOVEMBER))
    with pytest.raises(Conflict):
        freeze(session, NOVEMBER, datetime(2026, 11, 30, 12, tzinfo=UTC))
    with pytest.raises(NotAllowed):
        service.freeze(books.scene.office_work(session, IN_DECEMBER), "keusote", NOVEMBER)
    assert service.freeze(books.payer_work(session, IN_DECEMBER), "keusote", NOVEMBER).statements == 1
    [statement] = statements(session)
    assert statement.frozen_by_id == books.payer.id


def test_freezing_is_one_event_of_the_trail(session: Session, books: Books) -> None:
    books.confirmed(session, in_month(OCTOBER))
    freeze(session, OCTOBER, IN_NOVEMBER)
    [event] = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "statement.freeze"))
    assert event.after is not None
    assert (event.after["statements"], event.after["first_number"]) == (1, 1)


# --- how frozen months have gone wrong elsewhere: espoon-voltti/evaka, pull requests 2418, 4310, 4196, 2197, 2531 -----


def test_an_end_moved_back_into_a_frozen_month_changes_nothing_by_itself(
    session: Session, books: Books
) -> None:
    """2418. An agreement does not end before what was given; what was not given is taken back one by one, and once."""
    kept, wrong = (
        books.confirmed(session, in_month(OCTOBER, 20)),
        books.confirmed(session, in_month(OCTOBER, 27)),
    )
    freeze(session, OCTOBER, IN_NOVEMBER)
    [frozen] = statements(session)
    digest = frozen.digest
    with pytest.raises(Invalid):
        end_agreement(books.scene.office_work(session, IN_NOVEMBER), books.scene.hours.id, date(2026, 10, 22))
    assert (frozen.digest, frozen.is_whole()) == (digest, True)
    assert freeze(session, NOVEMBER, IN_DECEMBER).statements == 0
    books.reversed(session, wrong, IN_DECEMBER)
    freeze(session, NOVEMBER, IN_DECEMBER)
    after = statements(session)[1]
    [row] = after.rows
    assert (row.kind, row.corrects_id) == (StatementRowKind.CORRECTION, frozen.rows[1].id)
    assert after.total_cents == -wrong.amount.cents
    assert frozen.total_cents + after.total_cents == kept.amount.cents


def test_what_is_shortened_and_then_annulled_in_one_month_is_taken_back_whole(
    session: Session, books: Books
) -> None:
    """4310: there the refund was lost."""
    first = books.confirmed(session, in_month(OCTOBER), minutes=180)
    freeze(session, OCTOBER, IN_NOVEMBER)
    books.reversed(session, first, IN_NOVEMBER)
    shorter = books.confirmed(session, in_month(OCTOBER), minutes=60)
    books.reversed(session, shorter, IN_NOVEMBER)
    freeze(session, NOVEMBER, IN_DECEMBER)
    after = statements(session)[1]
    assert after.total_cents == -first.amount.cents
    assert [row.delivery_id for row in after.rows] == [first.id]


def test_two_that_are_replaced_by_one_are_both_taken_back(session: Session, books: Books) -> None:
    """4196: there only one of them was."""
    one = books.confirmed(session, in_month(OCTOBER, hour=6), minutes=60)
    two = books.confirmed(session, in_month(OCTOBER, hour=8), minutes=60)
    freeze(session, OCTOBER, IN_NOVEMBER)
    for each in (one, two):
        books.reversed(session, each, IN_NOVEMBER)
    whole = books.confirmed(session, in_month(OCTOBER, hour=6), minutes=180)
    freeze(session, NOVEMBER, IN_DECEMBER)
    after = statements(session)[1]
    assert after.total_cents == whole.amount.cents - one.amount.cents - two.amount.cents
    assert {row.corrects.delivery_id for row in after.rows if row.corrects is not None} == {one.id, two.id}


def test_what_is_annulled_is_carried_until_it_is_covered(session: Session, books: Books) -> None:
    """2197. Below zero nothing is paid, and nothing is forgotten."""
    wrong = books.confirmed(session, in_month(OCTOBER), minutes=240)
    freeze(session, OCTOBER, IN_NOVEMBER)
    books.reversed(session, wrong, IN_NOVEMBER)
    small = books.confirmed(session, in_month(NOVEMBER), minutes=60)
    freeze(session, NOVEMBER, IN_DECEMBER)
    large = books.confirmed(session, in_month(DECEMBER, 20), minutes=600)
    freeze(session, DECEMBER, IN_JANUARY)
    first, second, third = statements(session)
    owed = small.amount.cents - wrong.amount.cents
    assert (second.total_cents, second.payable_cents) == (owed, 0)
    assert (third.carried_cents, third.carried_from_id) == (owed, second.id)
    assert third.payable_cents == large.amount.cents + owed
    assert first.payable_cents + third.payable_cents == small.amount.cents + large.amount.cents
    parts = queries.service_sums(session, [third.id])[third.id]
    assert sum(each.net_cents + each.vat_cents for each in parts) == third.payable_cents


def test_a_delivery_that_cannot_be_stated_is_named_and_keeps_back_nothing_else(
    session: Session, books: Books
) -> None:
    """2531: there the whole run failed, and nobody was told at which."""
    bad, good = (
        books.confirmed(session, in_month(OCTOBER, 20)),
        books.confirmed(session, in_month(OCTOBER, 21)),
    )
    bad.lines = [{**bad.lines[0], "vat_code": "R2"}]
    session.flush()
    done = freeze(session, OCTOBER, IN_NOVEMBER)
    [unstated] = done.unstated
    assert (unstated.delivery_id, unstated.reason.code) == (bad.id, "R2")
    [statement] = statements(session)
    assert [row.delivery_id for row in statement.rows] == [good.id]


# --- what the database itself refuses ---------------------------------------------------------------------------------


def test_a_delivery_is_stated_once_whoever_writes_it(session: Session, books: Books) -> None:
    books.confirmed(session, in_month(OCTOBER))
    freeze(session, OCTOBER, IN_NOVEMBER)
    [row] = statements(session)[0].rows
    again = {
        column.key: getattr(row, column.key)
        for column in StatementRow.__table__.columns
        if column.key != "id"
    }
    with pytest.raises(IntegrityError):
        session.execute(sa.insert(StatementRow).values(**again | {"position": 2}))


def test_the_number_of_queries_does_not_grow_with_deliveries(session: Session, books: Books) -> None:
    def counted(month: date, now: datetime) -> int:
        asked: list[str] = []
        connection = session.connection()
        listen = lambda _c, _cur, statement, *_rest: asked.append(statement)  # noqa: E731
        sa.event.listen(connection, "before_cursor_execute", listen)
        freeze(session, month, now)
        sa.event.remove(connection, "before_cursor_execute", listen)
        return len(asked)

    books.confirmed(session, in_month(OCTOBER))
    few = counted(OCTOBER, IN_NOVEMBER)
    for day in range(2, 28):
        books.confirmed(session, in_month(NOVEMBER, day))
    assert counted(NOVEMBER, IN_DECEMBER) <= few


# --- what the provider says -------------------------------------------------------------------------------------------


@pytest.fixture
def frozen(session: Session, books: Books) -> Statement:
    books.confirmed(session, in_month(OCTOBER))
    freeze(session, OCTOBER, IN_NOVEMBER)
    return statements(session)[0]


def payable(session: Session, day: date) -> list[int]:
    return [each.id for each in queries.payable(session, "keusote", day)]


def test_silence_until_the_last_day_is_consent(session: Session, frozen: Statement) -> None:
    assert payable(session, frozen.objection_until) == []
    assert payable(session, frozen.objection_until + timedelta(days=1)) == [frozen.id]


def test_an_accepted_statement_is_payable_at_once(session: Session, books: Books, frozen: Statement) -> None:
    service.accept(books.scene.provider_work(session, IN_NOVEMBER), books.scene.provider.id, frozen.id)
    assert payable(session, IN_NOVEMBER.date()) == [frozen.id]
    with pytest.raises(NoSuchTransition):
        service.object_to(
            books.scene.provider_work(session, IN_NOVEMBER), books.scene.provider.id, frozen.id, "Puuttuu."
        )


def test_an_objection_holds_the_payment_until_it_is_answered(
    session: Session, books: Books, frozen: Statement
) -> None:
    work, provider = books.scene.provider_work(session, IN_NOVEMBER), books.scene.provider.id
    with pytest.raises(Invalid):
        service.object_to(work, provider, frozen.id, "  ")
    service.object_to(work, provider, frozen.id, "Yksi käynti puuttuu.")
    assert payable(session, IN_JANUARY.date()) == []
    assert queries.objected_count(session, "keusote") == 1
    service.answer(books.payer_work(session, IN_NOVEMBER), frozen.id, "Se tulee seuraavalle.")
    assert (frozen.state, payable(session, IN_NOVEMBER.date())) == (StatementState.PAYABLE, [frozen.id])
    assert frozen.is_whole()


def test_after_the_last_day_it_is_too_late_to_object(
    session: Session, books: Books, frozen: Statement
) -> None:
    late = IN_NOVEMBER + timedelta(days=8)
    with pytest.raises(Conflict):
        service.object_to(
            books.scene.provider_work(session, late), books.scene.provider.id, frozen.id, "Puuttuu."
        )


def test_the_statements_of_others_are_not_found(session: Session, books: Books, frozen: Statement) -> None:
    stranger = factories.make_provider(session)
    admin = factories.make_provider_admin(session, stranger)
    with pytest.raises(NotFound):
        service.accept(UnitOfWork(session, actor_of(admin), IN_NOVEMBER), stranger.id, frozen.id)
    elsewhere = factories.make_user(session, Role.PAYER, organisation="soite")
    with pytest.raises(NotFound):
        service.answer(UnitOfWork(session, actor_of(elsewhere), IN_NOVEMBER), frozen.id, "Ei.")
