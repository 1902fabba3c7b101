"""The letter of the morning."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.approvals.digest.queries import Morning
from marketplace.outbox import OutboxMessage
from marketplace.work import UnitOfWork


def office_morning(work: UnitOfWork, user: User, morning: Morning) -> OutboxMessage:
    """What waits for the person today, with the way to it and to where the letter is switched off."""
    return outbox.send(
        work,
        user,
        "office_morning",
        organisation_key=user.organisation_key,
        morning=morning,
        day=work.today,
        link=outbox.address("approvals.today", user.language),
        settings=outbox.address("approvals.own_mail", user.language),
    )
