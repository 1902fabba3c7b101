"""Whatever is recorded, disputed, corrected, rejected and sent back: what is paid in the end is what is owed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DELIVERY, DeliveryAction, DeliveryState
from marketplace.errors import DomainError
from marketplace.payments.batches import queries, reconciling, service
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import PaymentState, bank_day_from
from marketplace.payments.statements import service as statements
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import StatementState
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork
from tests.deliveries.scenes import Scene, visit
from tests.payments.batches.scenes import ORGANISATION, Cast, bank_statement, make_cast, said
from tests.payments.orders import finnish_iban
from tests.payments.statements.scenes import DECEMBER, NOVEMBER, OCTOBER, make_books

MONTHS = (OCTOBER, NOVEMBER, DECEMBER, date(2027, 1, 1), date(2027, 2, 1))
LAST = 2
"""The last month in which anything is recorded; what is said of it later comes to the statements of those after it."""

FIRST_DAY = 15
STEPS = (
    *("record", "confirm", "dispute", "uphold", "turn_down", "reverse"),
    *("month", "send", "reject", "pay", "return"),
)
WORDS = "Kirjattiin väärin."


@dataclass
class Cycle(Cast):
    """Two companies over some months; `at` is when something happens."""

    scenes: list[Scene] = field(default_factory=list)
    month: int = 0
    visits: int = 0

    @property
    def at(self) -> datetime:
        """The evening of a day after every visit of the month so far."""
        return datetime.combine(MONTHS[self.month] + timedelta(days=27), datetime.min.time(), UTC)

    def work(self, who: object = None) -> UnitOfWork:
        """What somebody does at that time."""
        return replace(super().work(who), now=self.at)  # type: ignore[arg-type]

    def prepared(self, paid: object = None) -> Batch:
        """A batch of everything that can be paid."""
        free = queries.payable(self.session, ORGANISATION, self.at.date())
        wanted = [each.id for each in free]
        return service.prepare(self.work(), ORGANISATION, wanted, bank_day_from(self.at.date()))

    def begin(self) -> None:
        """A month in which each company has given three visits, stated and sent, so that there is much to go wrong."""
        for number in range(6):
            self.record(self.scenes[number % 2], number)
            self._move("confirm", 0)
        self.close_month()
        self.sent()

    def do(self, step: str, pick: int) -> None:
        """One step, as far as it is possible. Raises DomainError."""
        if step == "record":
            self.record(self.scenes[pick % len(self.scenes)], pick)
        elif step == "month":
            if self.month <= LAST:
                self.close_month()
        elif step == "send":
            self.sent()
        elif step in _BY_PEOPLE:
            self._move(step, pick)
        else:
            self._hear(step, pick)

    def record(self, scene: Scene, pick: int) -> None:
        """A visit that overlaps with no other."""
        if self.month > LAST:
            return
        self.visits += 1
        day, hour = divmod(self.visits, 8)
        start = datetime.combine(
            MONTHS[self.month] + timedelta(days=FIRST_DAY + day), datetime.min.time(), UTC
        )
        told = visit(start + timedelta(hours=5 + hour), 30 + 15 * (pick % 3))
        work = scene.provider_work(self.session, self.at)
        deliveries.record(work, scene.provider.id, scene.hours.id, told)

    def _move(self, step: str, pick: int) -> None:
        action = _BY_PEOPLE[step]
        query = sa.select(Delivery).order_by(Delivery.id)
        found = [each for each in self.session.scalars(query) if DELIVERY.allows(each.state, action)]
        if not found:
            return
        delivery = found[pick % len(found)]
        work = self.scenes[0].office_work(self.session, self.at)
        match step:
            case "confirm":
                deliveries.confirm(work, delivery)
            case "dispute":
                deliveries.dispute(work, delivery, WORDS, owner_id=work.person_id)
            case "reverse":
                deliveries.reverse(work, delivery, WORDS)
            case _:
                deliveries.decide(work, delivery, upheld=step == "uphold", reason=WORDS)

    def _hear(self, step: str, pick: int) -> None:
        """What the bank says of some payment of some batch."""
        rows = self.session.scalars(sa.select(PaymentRow).order_by(PaymentRow.id)).all()
        if not rows:
            return
        row = rows[pick % len(rows)]
        if step == "reject":
            self.read(said(row.batch, *[("RJCT", "AC04")] * len(row.batch.payments)))
        elif step == "pay":
            self.read(bank_statement([(row.key, -row.amount.cents)]))
        else:
            self.read(bank_statement([(row.key, row.amount.cents)], returned={row.key: "AC04"}))

    def close_month(self) -> None:
        """The month is frozen, and the companies accept what is stated."""
        month, self.month, self.visits = MONTHS[self.month], self.month + 1, 0
        statements.freeze(UnitOfWork(self.session, SYSTEM, self.at), ORGANISATION, month)
        frozen = sa.select(Statement).where(Statement.state == StatementState.FROZEN)
        for statement in self.session.scalars(frozen).all():
            [scene] = [each for each in self.scenes if each.provider.id == statement.provider_id]
            work = scene.provider_work(self.session, self.at)
            statements.accept(work, statement.provider_id, statement.id)

    def end(self) -> None:
        """Every month is closed, and whatever is under way is paid."""
        while self.month + 1 < len(MONTHS):
            self.close_month()
        under_way = sa.select(PaymentRow).where(
            PaymentRow.state.in_([PaymentState.SENT, PaymentState.ACCEPTED])
        )
        if rows := self.session.scalars(under_way).all():
            self.read(bank_statement([(row.key, -row.amount.cents) for row in rows]))
        if queries.payable(self.session, ORGANISATION, self.at.date()):
            self.pay(self.sent())


_BY_PEOPLE = {
    "confirm": DeliveryAction.CONFIRM,
    "dispute": DeliveryAction.DISPUTE,
    "uphold": DeliveryAction.UPHOLD,
    "turn_down": DeliveryAction.REJECT,
    "reverse": DeliveryAction.REVERSE,
}


def make_cycle(session: Session, folder: Path) -> Cycle:
    """Two payers, and two companies with an account."""
    cast = make_cast(session, folder, owed=0)
    scenes = [make_books(session).scene for _each in range(2)]
    for scene in scenes:
        scene.provider.iban = finnish_iban(scene.provider.id)
    return Cycle(session, cast.store, cast.payer, cast.other, scenes=scenes)


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=10, max_size=40))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_paid_is_what_is_owed(
    core_app: Flask, session: Session, tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    with session.begin_nested() as savepoint:
        cycle = make_cycle(session, tmp_path)
        cycle.begin()
        for step, pick in steps:
            kept = (cycle.month, cycle.visits)
            with session.begin_nested() as attempt:
                try:
                    cycle.do(step, pick)
                except DomainError:
                    attempt.rollback()
                    session.expire_all()
                    cycle.month, cycle.visits = kept
        cycle.end()
        assert list(reconciling.disagreements(session, ORGANISATION)) == []
        paid, left, owed = _paid(session), _left_over(session), _owed(session)
        for scene in cycle.scenes:
            number = scene.provider.id
            assert paid[number] + left[number] == owed[number]
        savepoint.rollback()
    session.expire_all()


def _owed(session: Session) -> Counter[int]:
    """Cents of the confirmed deliveries of closed months, by company."""
    owed: Counter[int] = Counter()
    for each in session.query(Delivery).filter_by(state=DeliveryState.CONFIRMED):
        owed[each.provider_id] += each.amount.cents
    return owed


def _paid(session: Session) -> Counter[int]:
    paid: Counter[int] = Counter()
    for row in session.query(PaymentRow).filter_by(state=PaymentState.PAID):
        paid[row.provider_id] += row.amount.cents
    return paid


def _left_over(session: Session) -> Counter[int]:
    """What the last statement of each company leaves to be taken back from the next, below zero."""
    left: Counter[int] = Counter()
    for each in session.query(Statement).order_by(Statement.month):
        left[each.provider_id] = each.sums.left_over
    return left
