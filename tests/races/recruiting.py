"""Information sessions, invitations of providers and their letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.outbox import OutboxMessage
from marketplace.permissions import ANYBODY, SYSTEM, Actor, Role
from marketplace.pilots.models import Pilot
from marketplace.recruiting.invitations import answering, queries, sending, service
from marketplace.recruiting.invitations.addresses import addressee
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.recruiting.invitations.rules import (
    INVITATION,
    LETTER,
    InvitationAction,
    InvitationState,
    LetterAction,
    LetterKind,
    LetterState,
)
from marketplace.recruiting.sessions import queries as sessions
from marketplace.recruiting.sessions import service as planning
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import (
    OFFER_HOLDS,
    REGISTRATION,
    SESSION,
    RegistrationAction,
    RegistrationState,
    SessionAction,
    SessionState,
)
from marketplace.work import UnitOfWork
from tests.factories import NOW
from tests.races.play import Deed, Play, two_of_the_office, verb
from tests.recruiting.invitations.conftest import PILOT
from tests.work import work_of

BEFORE = NOW - timedelta(days=10)


@dataclass
class Inviting:
    """What two coordinators and the holder of a link act on."""

    subject: int
    coordinators: tuple[Actor, Actor]
    token: str = ""


# --- sessions --------------------------------------------------------------------------------------------------------

FACTS = planning.SessionFacts(
    title=LocalizedText("Infotilaisuus", "Informationsmöte"),
    starts_at=NOW + timedelta(days=10),
    ends_at=NOW + timedelta(days=10, hours=1),
    link="https://meeting.example.fi/abc",
)


def _session(session: Session, _state: SessionState) -> Inviting:
    scene = plan_session(session, FACTS)
    ask_for_seat(session, scene.subject, "aino")
    return scene


def plan_session(session: Session, facts: planning.SessionFacts) -> Inviting:
    """A session in ten days, with who planned it."""
    people = two_of_the_office(session, Role.COORDINATOR)
    planned = planning.plan(work_of(session, people[0]), session.get_one(Pilot, PILOT), facts)
    session.flush()
    return Inviting(planned.id, people)


def ask_for_seat(session: Session, session_id: int, name: str) -> str:
    """Ask for a seat; the key of the link that comes by mail."""
    found = planning.register(
        work_of(session, ANYBODY),
        sessions.public_session(session, session_id, lock=True),
        name=name,
        company="A Oy",
        email=f"{name}{session_id}@example.fi",
        language="fi",
        source=str(session_id),
    )
    session.flush()
    return found.token


def _change(session: Session, scene: Inviting, hand: int) -> None:
    work = work_of(session, scene.coordinators[hand])
    planned = sessions.office_session(work, scene.subject, lock=True)
    moved = replace(FACTS, link=f"https://meeting.example.fi/{hand}")
    planning.change(work, planned, moved)


def _cancel(session: Session, scene: Inviting, hand: int) -> None:
    work = work_of(session, scene.coordinators[hand])
    planning.cancel(work, sessions.office_session(work, scene.subject, lock=True))


SESSIONS = Play(
    SESSION,
    InformationSession,
    _session,
    {SessionAction.CHANGE: verb(_change), SessionAction.CANCEL: verb(_cancel)},
    lambda session, scene: session.get_one(InformationSession, scene.subject).state,
)


# --- registrations ---------------------------------------------------------------------------------------------------

ONE_SEAT = replace(FACTS, seats=1)
AFTER_THE_OFFER = NOW + OFFER_HOLDS


@dataclass
class Seat:
    """The one seat of a session, and the two who want it: the thing is what `mine` opens."""

    session: int
    mine: str
    other: str


def confirm_seat(session: Session, token: str) -> None:
    """Follow the link of the letter."""
    planning.confirm(work_of(session, ANYBODY), sessions.registration_of_token(session, token, lock=True))
    session.flush()


def withdraw_seat(session: Session, token: str) -> None:
    """Take the registration back by the same link."""
    planning.withdraw(work_of(session, ANYBODY), sessions.registration_of_token(session, token, lock=True))
    session.flush()


def _registration(session: Session, state: RegistrationState) -> Seat:
    """A registration in the state; where the seat is taken or held, the other one has it or waits for it."""
    planned = plan_session(session, ONE_SEAT).subject
    mine, other = (ask_for_seat(session, planned, name) for name in ("aino", "eino"))
    seat = Seat(planned, mine, other)
    match state:
        case RegistrationState.COMING:
            confirm_seat(session, mine)
            confirm_seat(session, other)
        case RegistrationState.WAITING:
            confirm_seat(session, other)
            confirm_seat(session, mine)
        case RegistrationState.OFFERED:
            confirm_seat(session, other)
            confirm_seat(session, mine)
            withdraw_seat(session, other)
            ask_for_seat(session, planned, "eino")
            confirm_seat(session, other)
        case RegistrationState.WITHDRAWN:
            withdraw_seat(session, mine)
    assert _both(session, seat)[0] is state
    return seat


def _queue(session: Session, scene: Seat, _hand: int) -> None:
    """The other one takes the seat before."""
    confirm_seat(session, scene.other)
    confirm_seat(session, scene.mine)


def _both(session: Session, scene: Seat) -> tuple[RegistrationState, ...]:
    """Where both stand: a seat that two have is one too many."""
    return tuple(sessions.registration_of_token(session, token).state for token in (scene.mine, scene.other))


REGISTRATIONS = Play(
    REGISTRATION,
    SessionRegistration,
    _registration,
    {
        RegistrationAction.REGISTER: verb(
            lambda session, scene, _hand: ask_for_seat(session, scene.session, "aino")
        ),
        RegistrationAction.CONFIRM: verb(lambda session, scene, _hand: confirm_seat(session, scene.mine)),
        RegistrationAction.QUEUE: verb(_queue),
        RegistrationAction.OFFER: verb(lambda session, scene, _hand: withdraw_seat(session, scene.other)),
        RegistrationAction.LAPSE: verb(
            lambda session, scene, _hand: planning.let_offers_lapse(
                work_of(session, SYSTEM, now=AFTER_THE_OFFER), scene.session
            )
        ),
        RegistrationAction.WITHDRAW: verb(lambda session, scene, _hand: withdraw_seat(session, scene.mine)),
    },
    _both,
)


# --- invitations -----------------------------------------------------------------------------------------------------

_counted = iter(range(1, 1_000_000))


def _invitation(session: Session, state: InvitationState) -> Inviting:
    """An addressee in the state; what may be sent to it waits for the worker."""
    session.execute(
        sa.update(InvitationLetter)
        .where(InvitationLetter.state == LetterState.WAITING)
        .values(state=LetterState.DROPPED)
    )
    people = two_of_the_office(session, Role.COORDINATOR)
    work = work_of(session, people[0], now=BEFORE)
    person = addressee("Yritys Oy", f"yritys{next(_counted)}@example.fi", "fi", "")
    [invitation] = service.add(work, PILOT, [person]).added
    session.flush()
    scene = Inviting(invitation.id, people)
    if state is InvitationState.LISTED:
        sending.order(work, PILOT, LetterKind.INVITATION, among=[invitation.id])
    elif state is InvitationState.REMOVED:
        service.change_state(work, invitation, InvitationAction.REMOVE)
    else:
        scene.token = _sent(session, work, invitation)
        _lead_to(session, work, invitation, state)
    return scene


def _sent(session: Session, work: UnitOfWork, invitation: Invitation) -> str:
    """The invitation has gone out; the key of its link."""
    sending.order(work, PILOT, LetterKind.INVITATION, among=[invitation.id])
    [letter] = session.scalars(
        sa.select(InvitationLetter).where(InvitationLetter.invitation_id == invitation.id)
    )
    sending._settle(work, letter)
    message = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    found = re.search(r"/invitation\?key=([\w-]+)", message.body)
    assert found is not None
    return found[1]


def _lead_to(session: Session, work: UnitOfWork, invitation: Invitation, state: InvitationState) -> None:
    match state:
        case InvitationState.OPENED:
            answering.open_link(work, invitation)
        case InvitationState.BOUNCED:
            service.change_state(work, invitation, InvitationAction.BOUNCE)
        case InvitationState.WRONG_ADDRESS:
            answering.answer(work, invitation, InvitationAction.DISOWN)
    session.flush()
    if state in INVITATION.remindable:
        reminder = work_of(session, SYSTEM)
        sending.order(reminder, PILOT, LetterKind.REMINDER, among=[invitation.id])


def _send(database: Database, _scene: Inviting, _hand: int) -> None:
    sending.write_letters(database, now=NOW)


def _by_office(do: Callable[..., object]) -> Deed:
    def run(session: Session, scene: Inviting, hand: int) -> None:
        work = work_of(session, scene.coordinators[hand])
        do(work, queries.office_invitation(work, PILOT, scene.subject, lock=True))

    return verb(run)


def _by_holder(do: Callable[..., object]) -> Deed:
    return verb(
        lambda session, scene, _hand: do(
            work_of(session, ANYBODY), queries.invitation_of_token(session, scene.token, lock=True)
        )
    )


def _moved(action: InvitationAction) -> Deed:
    return _by_office(lambda work, each: service.change_state(work, each, action))


INVITATIONS = Play(
    INVITATION,
    Invitation,
    _invitation,
    {
        InvitationAction.SEND: _send,
        InvitationAction.CORRECT: _by_office(
            lambda work, each: service.correct(
                work, each, addressee("Toinen Oy", f"oikea{each.id}@example.fi", "fi", "")
            )
        ),
        InvitationAction.REMOVE: _moved(InvitationAction.REMOVE),
        InvitationAction.RESTORE: _moved(InvitationAction.RESTORE),
        InvitationAction.BOUNCE: _moved(InvitationAction.BOUNCE),
        InvitationAction.OPEN: _by_holder(answering.open_link),
        InvitationAction.DECLINE: _by_holder(
            lambda work, each: answering.answer(work, each, InvitationAction.DECLINE)
        ),
        InvitationAction.DISOWN: _by_holder(
            lambda work, each: answering.answer(work, each, InvitationAction.DISOWN)
        ),
    },
    lambda session, scene: session.get_one(Invitation, scene.subject).state,
)


def _letter(session: Session, _state: LetterState) -> Inviting:
    return _invitation(session, InvitationState.LISTED)


def _drop(database: Database, scene: Inviting, hand: int) -> None:
    """The addressee is taken off the list before the letter is written."""
    INVITATIONS.deeds[InvitationAction.REMOVE](database, scene, hand)
    _send(database, scene, hand)


LETTERS = Play(
    LETTER,
    InvitationLetter,
    _letter,
    {LetterAction.WRITE: _send, LetterAction.DROP: _drop},
    lambda session, scene: session.scalars(
        sa.select(InvitationLetter.state).where(InvitationLetter.invitation_id == scene.subject)
    ).one(),
)

PLAYS = (SESSIONS, REGISTRATIONS, INVITATIONS, LETTERS)
