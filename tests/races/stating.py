"""A month that is frozen while its deliveries are taken back, confirmed and disputed, and the statement of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.deliveries import queries, service
from marketplace.deliveries.models import Delivery
from marketplace.ledger import proof
from marketplace.payments.statements import service as statements
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.permissions import SYSTEM, Actor, Role
from marketplace.providers.company.service import CompanyFacts, update_company
from marketplace.providers.queries import my_provider
from marketplace.vouchers.agreeing import service as agreements
from tests.deliveries.scenes import visit
from tests.factories import NOW
from tests.payments.statements.scenes import OCTOBER, in_month, make_books
from tests.races.play import Shared, two_of_the_office, verb
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """A delivery that is confirmed and one that waits, both of October; the provider, the office and who pays."""

    confirmed: int
    waiting: int
    provider: int
    agreement: int
    admin: Actor
    counsellor: Actor
    payer: Actor


def _make(session: Session) -> Scene:
    books = make_books(session)
    day = in_month(OCTOBER)
    confirmed = books.confirmed(session, day)
    waiting = service.record(
        books.scene.provider_work(session, day + timedelta(days=2)),
        books.scene.provider.id,
        books.scene.hours.id,
        visit(day + timedelta(days=1)),
    )
    return Scene(
        confirmed.id,
        waiting.id,
        books.scene.provider.id,
        books.scene.hours.id,
        books.scene.provider_work(session).actor,
        two_of_the_office(session, Role.COUNSELLOR)[0],
        two_of_the_office(session, Role.PAYER)[0],
    )


def _held(session: Session, scene: Scene, delivery: int) -> Delivery:
    return queries.for_counsellor(work_of(session, scene.counsellor), delivery)


def _record(session: Session, scene: Scene, _hand: int) -> object:
    """One more visit of the month, told late."""
    work = work_of(session, scene.admin)
    said = visit(in_month(OCTOBER) + timedelta(days=3))
    return service.record(work, scene.provider, scene.agreement, said)


def _move(session: Session, scene: Scene, _hand: int) -> object:
    """The company moves: statements are made out to it as it is on their day."""
    work = work_of(session, scene.admin)
    provider = my_provider(work, scene.provider, lock=True)
    known = {each.name: getattr(provider, each.name) for each in fields(CompanyFacts)}
    facts = CompanyFacts(**known | {"street": "Uusikatu 9"})
    return update_company(work, provider_id=scene.provider, seen=str(provider.revision), facts=facts)


def _state(session: Session, scene: Scene) -> object:
    """Where every delivery stands, what the statement says of each, and to whom it is made out."""
    rows = session.execute(
        sa.select(StatementRow.delivery_id, StatementRow.kind, Statement.total_cents, Statement.seller)
        .join(Statement, Statement.id == StatementRow.statement_id)
        .where(Statement.provider_id == scene.provider)
        .order_by(StatementRow.id)
    )
    given = sa.select(Delivery.state).where(Delivery.provider_id == scene.provider)
    names = {scene.confirmed: "confirmed", scene.waiting: "waiting"}
    return (
        session.scalars(given.order_by(Delivery.id)).all(),
        [(names[row.delivery_id], row.kind, row.total_cents, row.seller["address"]) for row in rows],
    )


def _wrong(session: Session, _scene: Scene) -> list[str]:
    return [str(each) for each in proof.problems(session)]


STATED: Final = Shared(
    "month",
    _make,
    {
        "freeze it": verb(
            lambda s, scene, _hand: statements.freeze(work_of(s, scene.payer), "keusote", OCTOBER)
        ),
        "freeze it by the worker": verb(
            lambda s, _scene, _hand: statements.freeze(work_of(s, SYSTEM), "keusote", OCTOBER)
        ),
        "take a delivery back": verb(
            lambda s, scene, _hand: service.reverse(
                work_of(s, scene.counsellor), _held(s, scene, scene.confirmed), "Väärä kesto."
            )
        ),
        "confirm the other": verb(
            lambda s, scene, _hand: service.confirm(
                work_of(s, scene.counsellor), _held(s, scene, scene.waiting)
            )
        ),
        "dispute the other": verb(
            lambda s, scene, _hand: service.dispute(
                work_of(s, scene.counsellor), _held(s, scene, scene.waiting), "Ei ollut.", owner_id=None
            )
        ),
        "record another": verb(_record),
        "withdraw the other": verb(
            lambda s, scene, _hand: service.withdraw(work_of(s, scene.admin), scene.provider, scene.waiting)
        ),
        "let the time for the other run out": lambda database, scene, _hand: service.lapse_one(
            database, scene.waiting, NOW
        ),
        "give another address": verb(_move),
        "end the agreement": verb(
            lambda s, scene, _hand: agreements.end_for_office(
                work_of(s, scene.counsellor), scene.agreement, date(2026, 11, 30)
            )
        ),
    },
    {
        "freeze it": (
            "freeze it by the worker",
            "take a delivery back",
            "confirm the other",
            "dispute the other",
            "end the agreement",
            "record another",
            "withdraw the other",
            "let the time for the other run out",
            "give another address",
        ),
        "record another": ("end the agreement", "confirm the other"),
        "end the agreement": (
            "confirm the other",
            "take a delivery back",
        ),
    },
    _state,
    _wrong,
)
