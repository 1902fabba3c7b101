"""Rules of information sessions: what can happen to one, when it takes registrations, when to remind."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.permissions import Permission
from marketplace.workflow import Workflow


class SessionState(StrEnum):
    """Whether an information session is held."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


class SessionAction(StrEnum):
    """What can be done with a session."""

    CHANGE = "change"
    CANCEL = "cancel"


SESSION: Final = Workflow[SessionState, SessionAction](
    "information session",
    initial=SessionState.PLANNED,
    table={
        (SessionState.PLANNED, SessionAction.CHANGE): SessionState.PLANNED,
        (SessionState.PLANNED, SessionAction.CANCEL): SessionState.CANCELLED,
    },
)


class RegistrationState(StrEnum):
    """Whether somebody comes to a session.

    `asked` until it was confirmed from the address, and holds no seat; `waiting` on the list of a session that is full;
    `offered` while a freed seat is held for the first of that list.
    """

    ASKED = "asked"
    COMING = "coming"
    WAITING = "waiting"
    OFFERED = "offered"
    WITHDRAWN = "withdrawn"


class RegistrationAction(StrEnum):
    """What the person who comes can do, and what becomes of the list of those who wait for a seat."""

    REGISTER = "register"
    CONFIRM = "confirm"
    QUEUE = "queue"
    OFFER = "offer"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"


REGISTRATION: Final = Workflow[RegistrationState, RegistrationAction](
    "session registration",
    initial=RegistrationState.ASKED,
    table={
        (RegistrationState.ASKED, RegistrationAction.REGISTER): RegistrationState.ASKED,
        (RegistrationState.ASKED, RegistrationAction.CONFIRM): RegistrationState.COMING,
        (RegistrationState.ASKED, RegistrationAction.WITHDRAW): RegistrationState.WITHDRAWN,
        (RegistrationState.ASKED, RegistrationAction.QUEUE): RegistrationState.WAITING,
        (RegistrationState.WAITING, RegistrationAction.OFFER): RegistrationState.OFFERED,
        (RegistrationState.OFFERED, RegistrationAction.CONFIRM): RegistrationState.COMING,
        (RegistrationState.OFFERED, RegistrationAction.LAPSE): RegistrationState.WITHDRAWN,
        (RegistrationState.COMING, RegistrationAction.WITHDRAW): RegistrationState.WITHDRAWN,
        (RegistrationState.WAITING, RegistrationAction.WITHDRAW): RegistrationState.WITHDRAWN,
        (RegistrationState.OFFERED, RegistrationAction.WITHDRAW): RegistrationState.WITHDRAWN,
        (RegistrationState.WITHDRAWN, RegistrationAction.REGISTER): RegistrationState.ASKED,
    },
)

ACTION_PERMISSIONS: Final[dict[SessionAction | RegistrationAction, Permission]] = {
    SessionAction.CHANGE: Permission.INVITE_PROVIDERS,
    SessionAction.CANCEL: Permission.INVITE_PROVIDERS,
    RegistrationAction.REGISTER: Permission.PUBLIC,
    RegistrationAction.CONFIRM: Permission.PUBLIC,
    RegistrationAction.WITHDRAW: Permission.PUBLIC,
    RegistrationAction.QUEUE: Permission.PUBLIC,
    RegistrationAction.OFFER: Permission.PUBLIC,
    RegistrationAction.LAPSE: Permission.PUBLIC,
}
"""Who may take each action: everybody may register, and confirm and withdraw with the link that comes by mail."""

CONFIRMED_WITHIN: Final = timedelta(days=2)
"""What nobody confirms from the address is dropped after this, and may be confirmed until the session begins."""

OFFER_HOLDS: Final = timedelta(days=2)
"""So long a freed seat is held for the first who waits, and never beyond the beginning of the session."""

HOLD_A_SEAT: Final = (RegistrationState.COMING, RegistrationState.OFFERED)

REMIND_BEFORE: Final = timedelta(days=1)

KEPT: Final = timedelta(days=90)
"""How long it is known who took part, from the end of the session; after that the people are forgotten."""


def takes_registrations(state: SessionState, starts_at: datetime, now: datetime) -> bool:
    """Whether one can still register: the session is held and has not begun."""
    return state == SessionState.PLANNED and now < starts_at


def is_full(taken: int, seats: int | None) -> bool:
    """Whether every seat is taken; a session without a number of seats never is."""
    return seats is not None and taken >= seats


def offered_until(now: datetime, starts_at: datetime) -> datetime:
    """Until when a seat that is freed now is held for whom it is offered to."""
    return min(now + OFFER_HOLDS, starts_at)


def is_time_to_remind(starts_at: datetime, now: datetime) -> bool:
    """Whether the session begins within a day and has not begun."""
    return now < starts_at <= now + REMIND_BEFORE
