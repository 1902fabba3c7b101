"""The letters of a round of invitations, to one addressee."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplace import outbox
from marketplace.outbox import OutboxMessage
from marketplace.recruiting.invitations.letters import letter_context
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import LetterKind
from marketplace.work import UnitOfWork


def invitation(work: UnitOfWork, to: Invitation, token: str) -> OutboxMessage:
    """The first letter; `token` opens the page of the invitation."""
    return outbox.send(
        work, to, "invitation", organisation_key=to.pilot.organisation_key, **_context(work, to, token)
    )


def invitation_reminder(work: UnitOfWork, to: Invitation, token: str) -> OutboxMessage:
    """The letter to who has not answered; `token` as in `invitation`."""
    return outbox.send(
        work,
        to,
        "invitation_reminder",
        organisation_key=to.pilot.organisation_key,
        **_context(work, to, token),
    )


LETTERS: Final[dict[LetterKind, Callable[[UnitOfWork, Invitation, str], OutboxMessage]]] = {
    LetterKind.INVITATION: invitation,
    LetterKind.REMINDER: invitation_reminder,
}
"""Kind of round → its letter."""


def _context(work: UnitOfWork, to: Invitation, token: str) -> dict[str, Any]:
    link = outbox.address("recruiting.invitation", to.language, key=token)
    return letter_context(work.session, to.pilot, language=to.language, link=link)
