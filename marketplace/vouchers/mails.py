"""Mail of the register of agreements."""

from __future__ import annotations

from marketplace import outbox
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.models import ServiceApproval
from marketplace.work import UnitOfWork


def clients_touched(
    work: UnitOfWork, person: Recipient, approval: ServiceApproval, clients: int, what: object
) -> OutboxMessage:
    """To a counsellor: so many clients may need another provider, and why (`what`; None: the provider left).

    No mail says who the clients are.
    """
    return outbox.send(
        work,
        person,
        "clients_touched",
        organisation_key=approval.pilot.organisation_key,
        provider=approval.provider,
        service=SERVICES[approval.service_key].name[person.language],
        clients=clients,
        what=what,
        until=approval.ends_on,
        link=outbox.address("vouchers.agreements", person.language, state="touched"),
    )
