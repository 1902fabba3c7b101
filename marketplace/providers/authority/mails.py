"""Mail about the right to act for a company."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


def right_shown(work: UnitOfWork, admin: User, provider: Provider) -> OutboxMessage:
    """The office has made sure that the company's people may act for it; to an admin."""
    link = outbox.address("providers.overview", admin.language, provider_id=provider.id)
    return outbox.send(
        work, admin, "right_shown", organisation_key=work.actor.organisation, provider=provider, link=link
    )


def company_handed_over(work: UnitOfWork, person: User, provider: Provider, reason: str) -> OutboxMessage:
    """The company has other people now; to who acted for it."""
    return outbox.send(
        work,
        person,
        "company_handed_over",
        organisation_key=work.actor.organisation,
        provider=provider,
        reason=reason,
    )
