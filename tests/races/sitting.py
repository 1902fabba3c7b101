"""The one seat of an information session: who has it, who waits for it, who asks for it, the office and the worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.permissions import Actor
from marketplace.recruiting.sessions import queries as sessions
from marketplace.recruiting.sessions import service as planning
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import CONFIRMED_WITHIN, SessionState
from tests.factories import NOW
from tests.races.play import Shared, verb
from tests.races.recruiting import (
    AFTER_THE_OFFER,
    ONE_SEAT,
    ask_for_seat,
    confirm_seat,
    plan_session,
    withdraw_seat,
)
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """`has` holds the seat, `waits` is first in line, `asks` has a letter to confirm."""

    session: int
    has: str
    waits: str
    asks: str
    coordinator: Actor


def _make(session: Session) -> Scene:
    planned = plan_session(session, ONE_SEAT)
    has, waits, asks = (ask_for_seat(session, planned.subject, name) for name in ("aino", "eino", "oiva"))
    for token in (has, waits):
        confirm_seat(session, token)
    return Scene(planned.subject, has, waits, asks, planned.coordinators[0])


def _held(session: Session, scene: Scene) -> InformationSession:
    return sessions.office_session(work_of(session, scene.coordinator), scene.session, lock=True)


def _state(session: Session, scene: Scene) -> object:
    """The session, and where each of the three stands."""
    registered = sa.select(SessionRegistration).where(SessionRegistration.session_id == scene.session)
    states = {each.token: each.state for each in session.scalars(registered)}
    return (
        session.get_one(InformationSession, scene.session).state,
        [states.get(each) for each in (scene.has, scene.waits, scene.asks)],
    )


def _wrong(session: Session, scene: Scene) -> list[str]:
    """Never more people than seats."""
    planned = session.get_one(InformationSession, scene.session)
    taken = sessions.seats_taken(session, scene.session)
    full = planned.seats is not None and taken > planned.seats
    return [f"{taken} in {planned.seats} seats"] if full and planned.state is SessionState.PLANNED else []


SEAT: Final = Shared(
    "seat",
    _make,
    {
        "ask for the seat": verb(lambda s, scene, _hand: confirm_seat(s, scene.asks)),
        "give it back": verb(lambda s, scene, _hand: withdraw_seat(s, scene.has)),
        "leave the line": verb(lambda s, scene, _hand: withdraw_seat(s, scene.waits)),
        "cancel the session": verb(
            lambda s, scene, _hand: planning.cancel(work_of(s, scene.coordinator), _held(s, scene))
        ),
        "add a seat": verb(
            lambda s, scene, _hand: planning.change(
                work_of(s, scene.coordinator), _held(s, scene), replace(ONE_SEAT, seats=2)
            )
        ),
        "pass an offer on": verb(
            lambda s, scene, _hand: planning.let_offers_lapse(work_of(s, now=AFTER_THE_OFFER), scene.session)
        ),
        "drop what nobody has confirmed": verb(
            lambda s, _scene, _hand: planning.forget(s, now=NOW + CONFIRMED_WITHIN + timedelta(hours=1))
        ),
    },
    {
        "ask for the seat": (
            "give it back",
            "leave the line",
            "cancel the session",
            "add a seat",
            "pass an offer on",
            "drop what nobody has confirmed",
        ),
        "give it back": (
            "leave the line",
            "cancel the session",
            "add a seat",
            "pass an offer on",
        ),
        "cancel the session": (
            "add a seat",
            "pass an offer on",
        ),
    },
    _state,
    _wrong,
)
