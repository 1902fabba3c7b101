"""Rules of inviting: the workflow tables, who may act, the letter's placeholders, when to remind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from marketplace.permissions import Permission
from marketplace.workflow import Workflow

WORKFLOW: Final = Workflow(
    "invitation",
    initial="listed",
    table={
        ("listed", "send"): "invited",
        ("listed", "correct"): "listed",
        ("listed", "remove"): "removed",
        ("removed", "restore"): "listed",
        ("invited", "send"): "invited",
        ("invited", "open"): "opened",
        ("invited", "decline"): "declined",
        ("invited", "disown"): "wrong_address",
        ("invited", "bounce"): "bounced",
        ("opened", "send"): "opened",
        ("opened", "decline"): "declined",
        ("opened", "disown"): "wrong_address",
        ("opened", "bounce"): "bounced",
        ("bounced", "open"): "opened",
        ("bounced", "correct"): "listed",
        ("bounced", "remove"): "removed",
        ("wrong_address", "correct"): "listed",
        ("wrong_address", "remove"): "removed",
    },
)
"""Where an invitation can go. That the provider has applied or been approved is read from its applications."""

ACTION_PERMISSIONS: Final[dict[str, Permission]] = {
    "send": Permission.INVITE_PROVIDERS,
    "correct": Permission.INVITE_PROVIDERS,
    "remove": Permission.INVITE_PROVIDERS,
    "restore": Permission.INVITE_PROVIDERS,
    "bounce": Permission.INVITE_PROVIDERS,
    "open": Permission.PUBLIC,
    "decline": Permission.PUBLIC,
    "disown": Permission.PUBLIC,
}
"""Who may take each action. PUBLIC: whoever holds the personal link."""

LETTER: Final = Workflow(
    "letter",
    initial="waiting",
    table={("waiting", "write"): "written", ("waiting", "drop"): "dropped"},
)
"""A letter of a round: it waits until it is written to the outbox, or dropped when it has lost its point meanwhile."""

REMINDABLE_STATES: Final = ("invited", "opened")
CORRECTABLE_STATES: Final = ("listed", "bounced", "wrong_address")
KINDS: Final = ("invitation", "reminder")

REMINDER_PAUSE: Final = timedelta(days=5)
"""Nobody is reminded sooner than this after the letter before."""

PLACEHOLDERS: Final = ("name", "link", "deadline")
_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]*)\}")
MAX_SUBJECT: Final = 150
MAX_BODY: Final = 5000


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with `{name}`, `{link}` and `{deadline}` filled in; anything else in braces stays as it is.

    Filled in one pass: braces inside a value are not looked at.
    """
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def unknown_placeholders(text: str) -> tuple[str, ...]:
    """What stands in braces although no such placeholder exists, in the order of the text."""
    return tuple(name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS)


def names_placeholder(text: str, name: str) -> bool:
    """Whether the text has the placeholder."""
    return name in _PLACEHOLDER.findall(text)


def gets_letter(
    kind: str, state: str, *, applied: bool, last_letter_at: datetime | None, ordered_at: datetime
) -> bool:
    """Whether an invitation still belongs to a round of the kind, ordered at `ordered_at`.

    An invitation goes to those on the list who have none yet, a reminder to those who have not applied and whose last
    letter is at least REMINDER_PAUSE old. Somebody who has applied already is not written to.
    """
    if applied:
        return False
    if kind == "invitation":
        return state == "listed"
    rested = last_letter_at is not None and ordered_at - last_letter_at >= REMINDER_PAUSE
    return state in REMINDABLE_STATES and rested
