"""Rules of information sessions: what can happen to one, when it takes registrations, when to remind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from marketplace.permissions import Permission
from marketplace.workflow import Workflow

WORKFLOW: Final = Workflow(
    "information session",
    initial="planned",
    table={("planned", "change"): "planned", ("planned", "cancel"): "cancelled"},
)

REGISTRATION: Final = Workflow(
    "session registration",
    initial="coming",
    table={("coming", "withdraw"): "withdrawn", ("withdrawn", "register"): "coming"},
)

ACTION_PERMISSIONS: Final[dict[str, Permission]] = {
    "change": Permission.INVITE_PROVIDERS,
    "cancel": Permission.INVITE_PROVIDERS,
    "register": Permission.PUBLIC,
    "withdraw": Permission.PUBLIC,
}
"""Who may take each action: everybody may register, and withdraw with the link of the confirmation."""

REMIND_BEFORE: Final = timedelta(days=1)


def takes_registrations(state: str, starts_at: datetime, now: datetime) -> bool:
    """Whether one can still register: the session is held and has not begun."""
    return state == "planned" and now < starts_at


def is_full(coming: int, seats: int | None) -> bool:
    """Whether every seat is taken; a session without a number of seats never is."""
    return seats is not None and coming >= seats


def is_time_to_remind(starts_at: datetime, now: datetime) -> bool:
    """Whether the session begins within a day and has not begun."""
    return now < starts_at <= now + REMIND_BEFORE
