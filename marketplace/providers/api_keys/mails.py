"""Mail about the keys of a provider's programs."""

from __future__ import annotations

from marketplace import outbox
from marketplace.i18n import helsinki_date
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.providers.api_keys.models import ApiKey
from marketplace.work import UnitOfWork


def key_expires(work: UnitOfWork, key: ApiKey, person: Recipient) -> OutboxMessage:
    """To the company's admins: a key is about to expire, and where a new one is made."""
    return outbox.send(
        work,
        person,
        "key_expires",
        organisation_key=None,
        key=key.name,
        day=helsinki_date(key.expires_at),
        link=outbox.address("providers.api_keys.index", person.language, provider_id=key.provider_id),
    )
