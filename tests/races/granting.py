"""Decisions on clients' services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.permissions import Actor, Role
from marketplace.vouchers.granting import service
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import DECISION, DecisionAction, DecisionKind, DecisionState
from tests.factories import make_user
from tests.races.play import Play, store, verb
from tests.vouchers.granting.conftest import Granting, changed, drafted, made, make_granting
from tests.work import work_of

MARCH = date(2027, 3, 1)


@dataclass
class Deciding:
    """A decision, the decision that would replace it, and the two people of each side."""

    decision: int
    later: int | None
    counsellors: tuple[Actor, Actor]
    deciders: tuple[Actor, Actor]


def _stage(session: Session, state: DecisionState) -> Deciding:
    scene = make_granting(session)
    decision = made(session, scene, store()) if state is DecisionState.MADE else drafted(session, scene)
    if state is DecisionState.PROPOSED:
        service.propose(scene.work(session), decision.id)
    later = _ending(session, scene, decision) if state is DecisionState.MADE else None
    second = make_user(session, Role.DECIDER, organisation="keusote")
    return Deciding(
        decision.id,
        later,
        (actor_of(scene.olga), actor_of(scene.colleague)),
        (actor_of(scene.decider), actor_of(second)),
    )


def _ending(session: Session, scene: Granting, decision: ServiceDecision) -> int:
    later = service.begin_change(scene.work(session), decision.id, DecisionKind.END, MARCH)
    service.save(scene.work(session), later.id, changed(starts_on=MARCH, grounds="Palvelu päättyy."))
    service.propose(scene.work(session), later.id)
    return later.id


def _return(session: Session, scene: Deciding, hand: int) -> object:
    return service.send_back(work_of(session, scene.deciders[hand]), scene.decision, "Perustele.")


def _make(session: Session, scene: Deciding, hand: int) -> object:
    return service.make(work_of(session, scene.deciders[hand]), scene.decision, store=store())


def _replace(session: Session, scene: Deciding, hand: int) -> object:
    assert scene.later is not None
    return service.make(work_of(session, scene.deciders[hand]), scene.later, store=store())


PLAYS = (
    Play(
        workflow=DECISION,
        model=ServiceDecision,
        stage=_stage,
        deeds={
            DecisionAction.PROPOSE: verb(
                lambda session, scene, hand: service.propose(
                    work_of(session, scene.counsellors[hand]), scene.decision
                )
            ),
            DecisionAction.DISCARD: verb(
                lambda session, scene, hand: service.discard(
                    work_of(session, scene.counsellors[hand]), scene.decision
                )
            ),
            DecisionAction.RETURN: verb(_return),
            DecisionAction.MAKE: verb(_make),
            DecisionAction.REPLACE: verb(_replace),
        },
        state=lambda session, scene: session.get_one(ServiceDecision, scene.decision).state,
    ),
)
