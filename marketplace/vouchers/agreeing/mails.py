"""Mail about requests and agreements. No mail says who the client is or why something was declined or ended."""

from __future__ import annotations

from datetime import date

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.clients.area.acting import PARAMETER
from marketplace.clients.models import Client
from marketplace.outbox import MailAddress, OutboxMessage, Recipient
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork


def agreement_asked(work: UnitOfWork, agreement: Agreement, person: Recipient) -> OutboxMessage:
    """To those who act for the provider: a client has chosen them, and by when they answer."""
    return outbox.send(
        work,
        person,
        "agreement_asked",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        day=agreement.answer_until,
        link=_for_provider(agreement, person),
    )


def agreement_waits(work: UnitOfWork, agreement: Agreement, person: Recipient) -> OutboxMessage:
    """To the same, shortly before the time for an answer is over: the request still waits."""
    return outbox.send(
        work,
        person,
        "agreement_waits",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        day=agreement.answer_until,
        link=_for_provider(agreement, person),
    )


def agreement_withdrawn(work: UnitOfWork, agreement: Agreement, person: Recipient) -> OutboxMessage:
    """To the same: the client does not ask any more, or the time for an answer is over."""
    return outbox.send(
        work,
        person,
        "agreement_withdrawn",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        state=agreement.state,
        link=_for_provider(agreement, person),
    )


def agreement_answered(
    work: UnitOfWork, agreement: Agreement, client: Client, person: Recipient, *, link: str
) -> OutboxMessage:
    """To the client, the helper who asked and the counsellor: what became of the request."""
    return outbox.send(
        work,
        person,
        "agreement_answered",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        provider=agreement.offer.provider.name,
        state=agreement.state,
        day=agreement.starts_on,
        is_client=person.email == client.email,
        link=link,
    )


def agreement_ends(
    work: UnitOfWork, agreement: Agreement, person: Recipient, last_day: date | None, *, link: str
) -> OutboxMessage:
    """To the other sides: the agreement ends on a day, or has been called off before it began (None)."""
    return outbox.send(
        work,
        person,
        "agreement_ends",
        organisation_key=agreement.organisation_key,
        title=agreement.version.title[person.language],
        provider=agreement.offer.provider.name,
        day=last_day,
        ended_by=agreement.ended_by,
        link=link,
    )


def client_interrupts(
    work: UnitOfWork, client: Client, person: User, *, day: date, pilot: str, agreements: int
) -> OutboxMessage:
    """To the client's counsellor: one of their clients ends taking part in a pilot, and how many agreements end."""
    return outbox.send(
        work,
        person,
        "client_interrupts",
        organisation_key=client.organisation_key,
        day=day,
        pilot=pilot,
        agreements=agreements,
        link=outbox.address("clients.client", person.language, client_id=client.id),
    )


def client_address(client: Client) -> MailAddress:
    """The client as one to whom mail goes."""
    return MailAddress(client.email, client.name, client.language)


def link_for_client(agreement: Agreement, client: Client, language: str) -> str:
    """The agreement among the client's pages, for the client and for a helper alike."""
    return outbox.address(
        "client_area.agreements.agreement", language, agreement_id=agreement.id, **{PARAMETER: client.id}
    )


def link_for_staff(agreement: Agreement, language: str) -> str:
    """The agreement in the counsellor's register."""
    return outbox.address("vouchers.agreement", language, agreement_id=agreement.id)


def _for_provider(agreement: Agreement, person: Recipient) -> str:
    return link_for_provider(agreement, person.language)


def link_for_provider(agreement: Agreement, language: str) -> str:
    """The agreement among the provider's clients."""
    return outbox.address(
        "providers.clients.agreement",
        language,
        provider_id=agreement.offer.provider_id,
        agreement_id=agreement.id,
    )
