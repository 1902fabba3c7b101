"""Questions about effects: the client answers while the counsellor types in paper and the worker closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client, Participation
from marketplace.db import Database
from marketplace.effects import queries, service
from marketplace.effects.models import EffectAsking
from marketplace.effects.rules import ASKING, OPEN_FOR, AskingAction, AskingState, Keeping
from marketplace.permissions import Actor, Role
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_client, make_user
from tests.races.play import Play, two_of_the_office, verb
from tests.work import work_of

PILOT = "keusote-2022"
ITEM = ("demo_wellbeing", "daily_life")
OVER = NOW + OPEN_FOR + timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """A client who is asked, with the client's own account, and a counsellor."""

    client: int
    asking: int
    citizen: Actor
    counsellor: Actor


def _stage(session: Session, state: AskingState) -> Asked:
    """An asking in the state, the only one for which the worker has something to do."""
    session.execute(
        sa.update(EffectAsking)
        .where(EffectAsking.state.in_(ASKING.waiting))
        .values(state=AskingState.SKIPPED, settled_on=NOW.date())
    )
    counsellor, _colleague = two_of_the_office(session, Role.COUNSELLOR)
    citizen = make_user(session, Role.CLIENT)
    client = make_client(session, user_id=citizen.id, email=citizen.email)
    session.add(
        Participation(
            client=client,
            pilot_key=PILOT,
            joined_on=NOW.date(),
            recorded_by_id=citizen.id,
            recorded_at=NOW,
        )
    )
    work = work_of(session, actor_of(citizen))
    service.agree(work, client)
    [asking] = queries.waiting_askings(session, client.id)
    if state is AskingState.OPENED:
        service.answer_item(work, client, asking.id, ITEM, 4, helped=False)
    elif state is AskingState.LAPSED:
        asking.state, asking.settled_on = state, NOW.date()
    elif state is AskingState.STOPPED:
        service.withdraw(work, client, Keeping.KEEP)
    return Asked(client.id, asking.id, actor_of(citizen), counsellor)


def _own(session: Session, scene: Asked) -> tuple[UnitOfWork, Client]:
    """The client's own page: the client and the asking have been read before anything is done."""
    session.get_one(EffectAsking, scene.asking)
    return work_of(session, scene.citizen), session.get_one(Client, scene.client)


def _open(session: Session, scene: Asked, hand: int) -> None:
    service.answer_item(*_own(session, scene), scene.asking, ITEM, 5 + hand, helped=False)


def _answer(session: Session, scene: Asked, hand: int) -> None:
    if hand == 0:
        service.send(*_own(session, scene), scene.asking, helped=False)
    else:
        work = work_of(session, scene.counsellor)
        service.enter_paper(work, scene.client, scene.asking, {ITEM: 7}, helped=False)


def _skip(session: Session, scene: Asked, hand: int) -> None:
    if hand == 0:
        service.skip(*_own(session, scene), scene.asking)
    else:
        service.skip_paper(work_of(session, scene.counsellor), scene.client, scene.asking)


def _lapse(database: Database, _scene: Asked, _hand: int) -> None:
    service.ask_due(database, now=OVER)


def _arrive(session: Session, scene: Asked, hand: int) -> None:
    work = work_of(session, scene.counsellor)
    service.enter_paper(work, scene.client, scene.asking, {ITEM: 6 + hand}, helped=False)


def _stop(session: Session, scene: Asked, hand: int) -> None:
    if hand == 0:
        service.withdraw(*_own(session, scene), Keeping.KEEP)
    else:
        service.withdraw_for(work_of(session, scene.counsellor), scene.client, Keeping.KEEP)


def _resume(session: Session, scene: Asked, hand: int) -> None:
    if hand == 0:
        service.agree(*_own(session, scene))
    else:
        service.agree_on_paper(work_of(session, scene.counsellor), scene.client)


ASKINGS = Play(
    ASKING,
    EffectAsking,
    _stage,
    {
        AskingAction.OPEN: verb(_open),
        AskingAction.ANSWER: verb(_answer),
        AskingAction.SKIP: verb(_skip),
        AskingAction.LAPSE: _lapse,
        AskingAction.CLOSE: _lapse,
        AskingAction.ARRIVE: verb(_arrive),
        AskingAction.STOP: verb(_stop),
        AskingAction.RESUME: verb(_resume),
    },
    lambda session, scene: session.get_one(EffectAsking, scene.asking).state,
)
