"""Mail with a message to many."""

from __future__ import annotations

from marketplace import outbox
from marketplace.approvals.circulars.models import Circular
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.pilots.models import Organisation
from marketplace.work import UnitOfWork


def circular(work: UnitOfWork, to: Recipient, message: Circular, organisation: Organisation) -> OutboxMessage:
    """The message in the language of who gets it."""
    return outbox.send(
        work,
        to,
        "circular",
        organisation_key=organisation.key,
        title=message.subject[to.language],
        text=message.text[to.language],
        organisation=organisation.name[to.language],
        email=organisation.email,
        phone=organisation.phone,
    )
