"""What the states of an invitation are called on screen, and the columns of its statistics."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind

STATES: Final[dict[InvitationState, tuple[Any, str]]] = {
    InvitationState.LISTED: (_l("Not sent yet"), "neutral"),
    InvitationState.INVITED: (_l("Invited"), "info"),
    InvitationState.OPENED: (_l("Link opened"), "info"),
    InvitationState.DECLINED: (_l("Does not want to apply"), "neutral"),
    InvitationState.WRONG_ADDRESS: (_l("Wrong address"), "warning"),
    InvitationState.BOUNCED: (_l("Mail came back"), "danger"),
    InvitationState.REMOVED: (_l("Taken off the list"), "neutral"),
}
"""State of an invitation → its name and the tone of its tag."""

RESULTS: Final[dict[str, tuple[Any, str]]] = {
    "applied": (_l("Has applied"), "success"),
    "approved": (_l("Approved"), "success"),
}

KINDS: Final[dict[LetterKind, Any]] = {
    LetterKind.INVITATION: _l("Invitation"),
    LetterKind.REMINDER: _l("Reminder"),
}

NUMBERS: Final[dict[str, Any]] = {
    "listed": _l("On the list"),
    "sent": _l("Letters sent"),
    "opened": _l("Link opened"),
    "applied": _l("Applied"),
    "approved": _l("Approved"),
    "declined": _l("Not for them"),
    "wrong_address": _l("Wrong address"),
    "bounced": _l("Came back"),
}
"""The statistics in their order."""
