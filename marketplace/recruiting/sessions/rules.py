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
    """Whether somebody comes to a session; `asked` until it was confirmed from the address, and holds no seat."""

    ASKED = "asked"
    COMING = "coming"
    WITHDRAWN = "withdrawn"


class RegistrationAction(StrEnum):
    """What the person who comes can do."""

    REGISTER = "register"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


REGISTRATION: Final = Workflow[RegistrationState, RegistrationAction](
    "session registration",
    initial=RegistrationState.ASKED,
    table={
        (RegistrationState.ASKED, RegistrationAction.REGISTER): RegistrationState.ASKED,
        (RegistrationState.ASKED, RegistrationAction.CONFIRM): RegistrationState.COMING,
        (RegistrationState.ASKED, RegistrationAction.WITHDRAW): RegistrationState.WITHDRAWN,
        (RegistrationState.COMING, RegistrationAction.WITHDRAW): RegistrationState.WITHDRAWN,
        (RegistrationState.WITHDRAWN, RegistrationAction.REGISTER): RegistrationState.ASKED,
    },
)

ACTION_PERMISSIONS: Final[dict[SessionAction | RegistrationAction, Permission]] = {
    SessionAction.CHANGE: Permission.INVITE_PROVIDERS,
    SessionAction.CANCEL: Permission.INVITE_PROVIDERS,
    RegistrationAction.REGISTER: Permission.PUBLIC,
    RegistrationAction.CONFIRM: Permission.PUBLIC,
    RegistrationAction.WITHDRAW: Permission.PUBLIC,
}
"""Who may take each action: everybody may register, and confirm and withdraw with the link that comes by mail."""

CONFIRMED_WITHIN: Final = timedelta(days=2)
"""What nobody confirms from the address is dropped after this, and may be confirmed until the session begins."""

REMIND_BEFORE: Final = timedelta(days=1)

KEPT: Final = timedelta(days=90)
"""How long it is known who took part, from the end of the session; after that the people are forgotten."""


def takes_registrations(state: SessionState, starts_at: datetime, now: datetime) -> bool:
    """Whether one can still register: the session is held and has not begun."""
    return state == SessionState.PLANNED and now < starts_at


def is_full(coming: int, seats: int | None) -> bool:
    """Whether every seat is taken; a session without a number of seats never is."""
    return seats is not None and coming >= seats


def is_time_to_remind(starts_at: datetime, now: datetime) -> bool:
    """Whether the session begins within a day and has not begun."""
    return now < starts_at <= now + REMIND_BEFORE
