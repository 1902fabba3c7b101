"""Statements: the provider and the payers at the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.payments.statements import service
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import STATEMENT, StatementAction, StatementState
from marketplace.permissions import SYSTEM, Actor, Role
from tests.payments.statements.scenes import OCTOBER, in_month, make_books
from tests.races.play import Play, two_of_the_office, verb
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """A statement, its provider with an admin, and two payers."""

    statement: int
    provider: int
    admin: Actor
    payers: tuple[Actor, Actor]


def _stage(session: Session, state: StatementState) -> Scene:
    books = make_books(session)
    books.confirmed(session, in_month(OCTOBER))
    service.freeze(work_of(session, SYSTEM), "keusote", OCTOBER)
    provider = books.scene.provider.id
    statement = session.scalars(sa.select(Statement).where(Statement.provider_id == provider)).one()
    admin = books.scene.provider_work(session).actor
    if state is StatementState.OBJECTED:
        service.object_to(work_of(session, admin), provider, statement.id, "Yksi käynti puuttuu.")
    return Scene(statement.id, provider, admin, two_of_the_office(session, Role.PAYER))


PLAYS: Final = (
    Play(
        workflow=STATEMENT,
        model=Statement,
        stage=_stage,
        deeds={
            StatementAction.ACCEPT: verb(
                lambda s, scene, _hand: service.accept(
                    work_of(s, scene.admin), scene.provider, scene.statement
                )
            ),
            StatementAction.OBJECT: verb(
                lambda s, scene, _hand: service.object_to(
                    work_of(s, scene.admin), scene.provider, scene.statement, "Yksi käynti puuttuu."
                )
            ),
            StatementAction.ANSWER: verb(
                lambda s, scene, hand: service.answer(
                    work_of(s, scene.payers[hand]), scene.statement, "Se tulee seuraavalle."
                )
            ),
        },
        state=lambda session, scene: session.scalar(
            sa.select(Statement.state).where(Statement.id == scene.statement)
        ),
    ),
)
