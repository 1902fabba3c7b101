"""What the states of an invitation are called on screen, and the columns of its statistics."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    "listed": (_l("Not sent yet"), "neutral"),
    "invited": (_l("Invited"), "info"),
    "opened": (_l("Link opened"), "info"),
    "declined": (_l("Does not want to apply"), "neutral"),
    "wrong_address": (_l("Wrong address"), "warning"),
    "bounced": (_l("Mail came back"), "danger"),
    "removed": (_l("Taken off the list"), "neutral"),
}
"""State of an invitation → its name and the tone of its tag."""

RESULTS: Final[dict[str, tuple[Any, str]]] = {
    "applied": (_l("Has applied"), "success"),
    "approved": (_l("Approved"), "success"),
}

KINDS: Final[dict[str, Any]] = {"invitation": _l("Invitation"), "reminder": _l("Reminder")}

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
