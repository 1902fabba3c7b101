"""What the fields of invitations and information sessions are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, choice, day, moment, numbered
from marketplace.i18n import _l, current_language
from marketplace.recruiting.invitations import labels as inviting
from marketplace.recruiting.sessions.audiences import audiences
from marketplace.recruiting.sessions.rules import SessionState

SESSION_STATES: Final[dict[SessionState, Any]] = {
    SessionState.PLANNED: _l("Planned"),
    SessionState.CANCELLED: _l("Cancelled"),
}


def _audience(key: Any, _about: About) -> str:
    found = audiences().get(key)
    return found.name[current_language()] if found else str(key)


FIELDS: Final[dict[str, Field]] = {
    "invitation.state": Field(_l("State"), choice(inviting.STATES)),
    "invitation.deadline": Field(_l("Deadline in the letter"), day),
    "invitation.kind": Field(_l("Letter"), choice(inviting.KINDS)),
    "invitation.provider_id": Field(_l("Provider"), numbered),
    "invitation.round": Field(_l("Round of letters"), numbered),
    "session.state": Field(_l("State"), choice(SESSION_STATES)),
    "session.audience": Field(_l("Whom it is for"), _audience),
    "session.ends_at": Field(_l("Ends"), moment),
    "session.link": Field(_l("Link")),
    "session.registration": Field(_l("Registration"), numbered),
    "session.seats": Field(_l("Seats")),
    "session.starts_at": Field(_l("Begins"), moment),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
