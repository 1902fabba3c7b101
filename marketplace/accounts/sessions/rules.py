"""How long a sign-in lasts, and what a browser is called in the list of one's own sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.permissions import STAFF_ROLES, Role

ABSOLUTE: Final = timedelta(hours=12)
"""A sign-in ends after this, however busy the person is."""

IDLE: Final[Mapping[Role, timedelta]] = {
    role: timedelta(minutes=30) if role in STAFF_ROLES else timedelta(hours=2) for role in Role
}
"""How long a person of a role may be away; whoever holds several roles gets the shortest time."""

IDLE_WITHOUT_ROLE: Final = timedelta(hours=2)

NOTE_EVERY: Final = timedelta(minutes=1)
"""How exactly the last visit is known: a write at every page would cost more than it tells."""

KEPT_FOR: Final = timedelta(days=30)
"""How long an ended session is kept, so that one's own list tells what happened lately."""

AGENT_LIMIT: Final = 1000


STEP_HOLDS: Final = timedelta(minutes=10)
"""How long a sign-in waits for its second factor."""

PROOF_HOLDS: Final = timedelta(minutes=10)
"""How long after showing who one is a sensitive act needs no new proof."""


class Step(StrEnum):
    """How far a sign-in has come: open; waiting for the second factor; open only to set up a second factor."""

    OPEN = "open"
    SECOND_FACTOR = "second_factor"
    ENROL = "enrol"


class End(StrEnum):
    """Why a session ended."""

    SIGN_OUT = "sign_out"
    ELSEWHERE = "elsewhere"
    PASSWORD = "password"  # noqa: S105 - the reason, not a password
    ROLE = "role"
    CLOSED = "closed"
    OPERATOR = "operator"
    OPENID = "openid"


def idle_time(roles: Iterable[Role]) -> timedelta:
    """How long a person with these roles may be away."""
    return min((IDLE[role] for role in roles), default=IDLE_WITHOUT_ROLE)


def is_over(*, created_at: datetime, last_seen_at: datetime, roles: Iterable[Role], now: datetime) -> bool:
    """Whether a session that nobody ended has run out: too old, or unused for too long."""
    return now >= created_at + ABSOLUTE or now >= last_seen_at + idle_time(roles)


def proof_is_fresh(proved_at: datetime, now: datetime) -> bool:
    """Whether the person showed who they are so lately that a sensitive act needs no new proof."""
    return now < proved_at + PROOF_HOLDS


_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What a browser writes → its name. The order matters: most of them also write the names of others."""

_DEVICES: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def agent_summary(user_agent: str) -> str:
    """`Firefox, Windows` from what a browser says of itself; empty when it says nothing known."""
    head = user_agent[:AGENT_LIMIT]
    parts = (_first(head, _BROWSERS), _first(head, _DEVICES))
    return ", ".join(part for part in parts if part)


def _first(text: str, names: Iterable[tuple[str, str]]) -> str:
    return next((name for mark, name in names if mark in text), "")
