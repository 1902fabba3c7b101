"""Two decide about a person near to a client, or one decides while the client's side takes back or ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.permissions import Actor, Role
from marketplace.vouchers.own_people import service
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OWN_PERSON, OwnPersonAction, OwnPersonState
from marketplace.vouchers.rules import AgreementParty
from tests.factories import NOW
from tests.near_people import approved, make_near, points, proposed, staff
from tests.races.play import Deed, Play, store, verb
from tests.work import work_of

LAST: Final = NOW.date() + timedelta(days=10)


@dataclass
class Nearby:
    """A person near to a client: the row, the offer once approved, the client and two who decide."""

    own: int
    citizen: Actor
    deciders: tuple[Actor, Actor]
    points: list[str]


def make_nearby(session: Session, state: Any) -> Nearby:
    """The person in a state; what is private of an approval or an offer is that of one who is approved."""
    near = make_near(session)
    deciders = near.decider, staff(session, Role.DECIDER, besides=near.decider.id)
    own = proposed(session, near) if state is OwnPersonState.PROPOSED else approved(session, near)
    citizen = actor_of(near.citizen)
    if state is OwnPersonState.ENDED:
        service.end(work_of(session, citizen), own, LAST, by=AgreementParty.CLIENT)
    session.flush()
    return Nearby(own.id, citizen, (actor_of(deciders[0]), actor_of(deciders[1])), points(session, own))


def _by_decider(do: Any) -> Deed:
    return verb(lambda s, scene, hand: do(work_of(s, scene.deciders[hand]), scene))


END: Final = verb(
    lambda s, scene, _hand: service.end(
        work_of(s, scene.citizen), s.get_one(OwnPerson, scene.own), LAST, by=AgreementParty.CLIENT
    )
)
"""The client gives the approval its last day, and with it the approval and the offer that are for one client."""


def where(session: Session, scene: Nearby) -> object:
    """Where the person stands, and the approval and the offer."""
    own = session.get_one(OwnPerson, scene.own)
    offer = own.offer
    return own.state, own.ends_on, None if offer is None else (offer.state, offer.approval.state)


PLAYS: Final = (
    Play(
        workflow=OWN_PERSON,
        model=OwnPerson,
        stage=make_nearby,
        deeds={
            OwnPersonAction.APPROVE: _by_decider(
                lambda work, scene: service.approve(work, scene.own, scene.points, store=store())
            ),
            OwnPersonAction.REFUSE: _by_decider(
                lambda work, scene: service.refuse(work, scene.own, "Syy.", store=store())
            ),
            OwnPersonAction.WITHDRAW: _by_decider(
                lambda work, scene: service.withdraw(work, scene.own, "Syy.", store=store())
            ),
            OwnPersonAction.TAKE_BACK: verb(
                lambda s, scene, _hand: service.take_back(
                    work_of(s, scene.citizen), s.get_one(OwnPerson, scene.own)
                )
            ),
            OwnPersonAction.END: END,
        },
        state=where,
    ),
)
