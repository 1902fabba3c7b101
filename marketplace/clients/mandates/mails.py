"""Mail about mandates, to the helper."""

from __future__ import annotations

from marketplace import outbox
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.models import Client
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.work import UnitOfWork


def mandate_given(work: UnitOfWork, mandate: Mandate, client: Client, *, token: str) -> OutboxMessage:
    """The personal link by which a helper accepts a mandate."""
    return outbox.send(
        work,
        _helper(mandate, client),
        "mandate_given",
        organisation_key=client.organisation_key,
        client=client.title,
        link=outbox.address("client_mandates.accept", client.language, key=token),
        expires_at=mandate.expires_at,
    )


def mandate_revoked(work: UnitOfWork, mandate: Mandate, client: Client) -> OutboxMessage:
    """The helper does not act for the client any more."""
    return outbox.send(
        work,
        _helper(mandate, client),
        "mandate_revoked",
        organisation_key=client.organisation_key,
        client=client.title,
    )


def _helper(mandate: Mandate, client: Client) -> MailAddress:
    """To the address that the client gave, in the helper's own language once there is an account."""
    language = mandate.helper.language if mandate.helper else client.language
    return MailAddress(mandate.email, mandate.name, language)
