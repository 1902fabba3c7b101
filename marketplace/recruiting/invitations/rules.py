"""Rules of inviting: the workflow tables, who may act, the letter's placeholders, when to remind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from marketplace.permissions import Permission
from marketplace.workflow import Workflow


class InvitationState(StrEnum):
    """Where the invitation of a provider stands."""

    LISTED = "listed"
    INVITED = "invited"
    REMOVED = "removed"
    OPENED = "opened"
    DECLINED = "declined"
    WRONG_ADDRESS = "wrong_address"
    BOUNCED = "bounced"


class InvitationAction(StrEnum):
    """What can happen to an invitation."""

    SEND = "send"
    CORRECT = "correct"
    REMOVE = "remove"
    RESTORE = "restore"
    OPEN = "open"
    DECLINE = "decline"
    DISOWN = "disown"
    BOUNCE = "bounce"


class InvitationWorkflow(Workflow[InvitationState, InvitationAction]):
    """The sets of states in which an invitation is alike."""

    remindable: ClassVar = (InvitationState.INVITED, InvitationState.OPENED)


INVITATION: Final = InvitationWorkflow(
    "invitation",
    initial=InvitationState.LISTED,
    table={
        (InvitationState.LISTED, InvitationAction.SEND): InvitationState.INVITED,
        (InvitationState.LISTED, InvitationAction.CORRECT): InvitationState.LISTED,
        (InvitationState.LISTED, InvitationAction.REMOVE): InvitationState.REMOVED,
        (InvitationState.REMOVED, InvitationAction.RESTORE): InvitationState.LISTED,
        (InvitationState.INVITED, InvitationAction.SEND): InvitationState.INVITED,
        (InvitationState.INVITED, InvitationAction.CORRECT): InvitationState.LISTED,
        (InvitationState.INVITED, InvitationAction.OPEN): InvitationState.OPENED,
        (InvitationState.INVITED, InvitationAction.DECLINE): InvitationState.DECLINED,
        (InvitationState.INVITED, InvitationAction.DISOWN): InvitationState.WRONG_ADDRESS,
        (InvitationState.INVITED, InvitationAction.BOUNCE): InvitationState.BOUNCED,
        (InvitationState.OPENED, InvitationAction.SEND): InvitationState.OPENED,
        (InvitationState.OPENED, InvitationAction.DECLINE): InvitationState.DECLINED,
        (InvitationState.OPENED, InvitationAction.DISOWN): InvitationState.WRONG_ADDRESS,
        (InvitationState.OPENED, InvitationAction.BOUNCE): InvitationState.BOUNCED,
        (InvitationState.BOUNCED, InvitationAction.OPEN): InvitationState.OPENED,
        (InvitationState.BOUNCED, InvitationAction.CORRECT): InvitationState.LISTED,
        (InvitationState.BOUNCED, InvitationAction.REMOVE): InvitationState.REMOVED,
        (InvitationState.BOUNCED, InvitationAction.RESTORE): InvitationState.INVITED,
        (InvitationState.WRONG_ADDRESS, InvitationAction.CORRECT): InvitationState.LISTED,
        (InvitationState.WRONG_ADDRESS, InvitationAction.REMOVE): InvitationState.REMOVED,
    },
)
"""Where an invitation can go. That the provider has applied or been approved is read from its applications."""

ACTION_PERMISSIONS: Final[dict[InvitationAction, Permission]] = {
    InvitationAction.SEND: Permission.INVITE_PROVIDERS,
    InvitationAction.CORRECT: Permission.INVITE_PROVIDERS,
    InvitationAction.REMOVE: Permission.INVITE_PROVIDERS,
    InvitationAction.RESTORE: Permission.INVITE_PROVIDERS,
    InvitationAction.BOUNCE: Permission.INVITE_PROVIDERS,
    InvitationAction.OPEN: Permission.PUBLIC,
    InvitationAction.DECLINE: Permission.PUBLIC,
    InvitationAction.DISOWN: Permission.PUBLIC,
}
"""Who may take each action. PUBLIC: whoever holds the personal link."""


class LetterState(StrEnum):
    """Where a letter of a round stands."""

    WAITING = "waiting"
    WRITTEN = "written"
    DROPPED = "dropped"


class LetterAction(StrEnum):
    """What becomes of a letter."""

    WRITE = "write"
    DROP = "drop"


LETTER: Final = Workflow[LetterState, LetterAction](
    "letter",
    initial=LetterState.WAITING,
    table={
        (LetterState.WAITING, LetterAction.WRITE): LetterState.WRITTEN,
        (LetterState.WAITING, LetterAction.DROP): LetterState.DROPPED,
    },
)
"""A letter of a round: it waits until it is written to the outbox, or dropped when it has lost its point meanwhile."""


class LetterKind(StrEnum):
    """What a round writes."""

    INVITATION = "invitation"
    REMINDER = "reminder"


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


def greeting_and_rest(body: str) -> tuple[str, str]:
    """The greeting with which a letter begins, and what follows; an empty greeting where it begins without one.

    A greeting is a paragraph of its own that names who is greeted and ends as greetings do.
    """
    first, _sign, rest = body.partition("\n\n")
    greets = names_placeholder(first, "name") and first.rstrip().endswith((",", "!"))
    return (first, rest) if greets else ("", body)


def unknown_placeholders(text: str) -> tuple[str, ...]:
    """What stands in braces although no such placeholder exists, in the order of the text."""
    return tuple(name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS)


def names_placeholder(text: str, name: str) -> bool:
    """Whether the text has the placeholder."""
    return name in _PLACEHOLDER.findall(text)


def gets_letter(
    kind: LetterKind,
    state: InvitationState,
    *,
    takes_part: bool,
    last_letter_at: datetime | None,
    ordered_at: datetime,
) -> bool:
    """Whether an invitation still belongs to a round of the kind, ordered at `ordered_at`.

    An invitation goes to those on the list who have none yet, a reminder to those who have not applied and whose last
    letter is at least REMINDER_PAUSE old. Who takes part already, by an application or an approval, is not written to.
    """
    if takes_part:
        return False
    if kind == LetterKind.INVITATION:
        return state == InvitationState.LISTED
    rested = last_letter_at is not None and ordered_at - last_letter_at >= REMINDER_PAUSE
    return state in INVITATION.remindable and rested
