"""Mail of service decisions."""

from __future__ import annotations

from marketplace import outbox
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.work import UnitOfWork


def service_decision_returned(
    work: UnitOfWork, person: Recipient, decision: ServiceDecision
) -> OutboxMessage:
    """To who writes a decision: it has come back. No mail says who the client is, nor why."""
    return outbox.send(
        work,
        person,
        "service_decision_returned",
        organisation_key=decision.client.organisation_key,
        link=outbox.address("granting.decision", person.language, decision_id=decision.id),
    )
