"""Mail about what was written down wrongly. As in all mail of agreements nothing says who the client is."""

from __future__ import annotations

from marketplace import outbox
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork


def agreement_mistaken(
    work: UnitOfWork, agreement: Agreement, person: Recipient, *, link: str
) -> OutboxMessage:
    """To both sides: there is no such agreement, it was recorded by mistake."""
    return outbox.send(
        work,
        person,
        "agreement_mistaken",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        provider=agreement.offer.provider.name,
        link=link,
    )


def agreement_goes_on(
    work: UnitOfWork, agreement: Agreement, person: Recipient, *, link: str
) -> OutboxMessage:
    """To both sides: the last day had been written down too early, and which one holds."""
    return outbox.send(
        work,
        person,
        "agreement_goes_on",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        provider=agreement.offer.provider.name,
        day=agreement.ends_on,
        link=link,
    )
