"""A month of payments led on step by step, as people and the worker do it, from wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.files.store import FileStore
from marketplace.payments.batches import queries, reconciling, sending
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import LIVE, BatchState, PaymentState
from marketplace.payments.statements import service as statements
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.queries import waiting
from marketplace.payments.statements.rules import StatementState, last_day
from marketplace.permissions import SYSTEM, Role
from marketplace.work import UnitOfWork
from tests.conftest import NOW
from tests.payments.batches.scenes import ORGANISATION, Cast
from tests.payments.orders import finnish_iban
from tests.payments.statements.scenes import OCTOBER, in_month, make_books

Verb = Callable[[], object]


def owe(session: Session, companies: int = 2) -> None:
    """New companies with an account, to each of which two confirmed visits of October are owed."""
    for _each in range(companies):
        books = make_books(session)
        books.scene.provider.iban = finnish_iban(books.scene.provider.id)
        for day in (25, 26):
            books.confirmed(session, in_month(OCTOBER, day))


@dataclass
class Chain:
    """What is done next, in one transaction."""

    session: Session
    store: FileStore

    def next_step(self) -> tuple[str, Verb] | None:
        """What somebody who looks at the portal does now; None when everything is paid."""
        session = self.session
        if waiting(session, ORGANISATION, last_day(OCTOBER)):
            work = UnitOfWork(session, SYSTEM, NOW)
            return "freeze", lambda: statements.freeze(work, ORGANISATION, OCTOBER)
        frozen = session.scalars(
            sa.select(Statement).where(Statement.state == StatementState.FROZEN).order_by(Statement.id)
        ).all()
        if frozen:
            return "accept", lambda: [self._accept(each) for each in frozen]
        free = queries.payable(session, ORGANISATION, NOW.date())
        if free:
            return "prepare", lambda: self._cast().prepared(free)
        batch = session.scalars(
            sa.select(Batch).where(Batch.state != BatchState.CONFIRMED).order_by(Batch.id).limit(1)
        ).first()
        return None if batch is None else self._led_on(batch)

    def _led_on(self, batch: Batch) -> tuple[str, Verb]:
        cast = self._cast()
        match batch.state:
            case BatchState.PREPARED:
                return "release", lambda: cast.released(batch)
            case BatchState.RELEASED:
                return "write", lambda: sending.write(cast.work(), self.store, batch.id)
            case BatchState.WRITTEN:
                return "send", lambda: sending.send(cast.work(), batch.id)
        return "pay", lambda: cast.pay(batch)

    def _accept(self, statement: Statement) -> object:
        query = sa.select(User).join(User.grants).where(RoleGrant.provider_id == statement.provider_id)
        admin = actor_of(self.session.scalars(query).one())
        return statements.accept(UnitOfWork(self.session, admin, NOW), statement.provider_id, statement.id)

    def _cast(self) -> Cast:
        query = (
            sa.select(User).join(User.grants).where(RoleGrant.role == Role.PAYER).order_by(User.id).limit(2)
        )
        first, second = self.session.scalars(query)
        return Cast(self.session, self.store, first, second)


def wrong(session: Session, *, at_the_end: bool = False) -> list[str]:
    """What does not agree, and statements with other than one payment that is open or paid once they have one."""
    found = list(reconciling.disagreements(session, ORGANISATION))
    states = [PaymentState.PAID] if at_the_end else sorted(LIVE)
    payments = sa.func.count(PaymentRow.id)
    query = (
        sa.select(Statement.id, payments)
        .outerjoin(PaymentRow, sa.and_(PaymentRow.statement_id == Statement.id, PaymentRow.state.in_(states)))
        .group_by(Statement.id)
        .having(payments != 1 if at_the_end else payments > 1)
    )
    return found + [f"statement {number} has {count} payments" for number, count in session.execute(query)]
