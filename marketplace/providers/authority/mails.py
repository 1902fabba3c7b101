"""Mail about the right to act for a company."""

from __future__ import annotations

from datetime import date

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


def company_taken_over(work: UnitOfWork, person: User, provider: Provider) -> OutboxMessage:
    """Somebody else has shown in Suomi.fi that the company is theirs; to who acted for it and had shown nothing."""
    return outbox.send(work, person, "company_taken_over", organisation_key=None, provider=provider)


def right_revoked(work: UnitOfWork, admin: User, provider: Provider, reason: str) -> OutboxMessage:
    """The office has taken the mark back; to an admin."""
    return outbox.send(
        work,
        admin,
        "right_revoked",
        organisation_key=work.actor.organisation,
        provider=provider,
        reason=reason,
        link=_page(admin, provider),
    )


def right_due_again(work: UnitOfWork, admin: User, provider: Provider, last: date) -> OutboxMessage:
    """The right is to be shown again, by `last` or since; to an admin."""
    return outbox.send(
        work,
        admin,
        "right_due_again",
        organisation_key=None,
        provider=provider,
        last=last,
        is_over=last < work.today,
        link=_page(admin, provider),
    )


def _page(admin: User, provider: Provider) -> str:
    return outbox.address("providers.authority.index", admin.language, provider_id=provider.id)
