"""Deliveries: the client's word, the provider, the office and time itself at the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.deliveries import queries, service
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DELIVERY, DeliveryAction, DeliveryState
from marketplace.permissions import Actor, Role
from tests.conftest import NOW
from tests.deliveries.scenes import make_scene
from tests.races.play import Play, two_of_the_office, verb
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """A delivery, its provider's admin and two counsellors."""

    delivery: int
    provider: int
    admin: Actor
    counsellors: tuple[Actor, Actor]


def _stage(session: Session, state: DeliveryState) -> Scene:
    made = make_scene(session)
    delivery = made.delivered(session)
    counsellors = two_of_the_office(session, Role.COUNSELLOR)
    if state == DeliveryState.DISPUTED:
        service.dispute(work_of(session, counsellors[0]), delivery, "Ei ollut.", owner_id=None)
    if state == DeliveryState.CONFIRMED:
        service.confirm(work_of(session, counsellors[0]), delivery)
    return Scene(delivery.id, made.provider.id, made.provider_work(session).actor, counsellors)


def _lapse(database: Database, scene: Scene, _hand: int) -> object:
    """Time passes for this delivery alone."""
    return service.lapse_one(database, scene.delivery, NOW + timedelta(days=30))


def _confirm(session: Session, scene: Scene, hand: int) -> object:
    work = work_of(session, scene.counsellors[hand])
    return service.confirm(work, queries.for_counsellor(work, scene.delivery))


def _dispute(session: Session, scene: Scene, hand: int) -> object:
    work = work_of(session, scene.counsellors[hand])
    return service.dispute(work, queries.for_counsellor(work, scene.delivery), "Ei ollut.", owner_id=None)


def _decide(session: Session, scene: Scene, hand: int, *, upheld: bool) -> object:
    work = work_of(session, scene.counsellors[hand])
    delivery = queries.for_counsellor(work, scene.delivery)
    return service.decide(work, delivery, upheld=upheld, reason="Peruste.")


def _reverse(session: Session, scene: Scene, hand: int) -> object:
    work = work_of(session, scene.counsellors[hand])
    return service.reverse(work, queries.for_counsellor(work, scene.delivery), "Väärä kesto.")


PLAYS: Final = (
    Play(
        workflow=DELIVERY,
        model=Delivery,
        stage=_stage,
        deeds={
            DeliveryAction.CONFIRM: verb(_confirm),
            DeliveryAction.LAPSE: _lapse,
            DeliveryAction.DISPUTE: verb(_dispute),
            DeliveryAction.UPHOLD: verb(lambda s, scene, hand: _decide(s, scene, hand, upheld=True)),
            DeliveryAction.REJECT: verb(lambda s, scene, hand: _decide(s, scene, hand, upheld=False)),
            DeliveryAction.REVERSE: verb(_reverse),
            DeliveryAction.WITHDRAW: verb(
                lambda s, scene, _hand: service.withdraw(
                    work_of(s, scene.admin), scene.provider, scene.delivery
                )
            ),
        },
        state=lambda session, scene: session.scalar(
            sa.select(Delivery.state).where(Delivery.id == scene.delivery)
        ),
    ),
)
