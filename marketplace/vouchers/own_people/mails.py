"""Mail about people near to clients. No mail says who the client or the person is."""

from __future__ import annotations

from marketplace import outbox
from marketplace.clients.area.acting import PARAMETER
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.work import UnitOfWork


def own_person_waits(work: UnitOfWork, own: OwnPerson, person: Recipient) -> OutboxMessage:
    """To the client's counsellor: somebody has been proposed and waits for a decision."""
    return outbox.send(
        work,
        person,
        "own_person_waits",
        organisation_key=own.client.organisation_key,
        link=outbox.address("own_people.own_person", person.language, client_id=own.client_id, own_id=own.id),
    )


def own_person_decided(work: UnitOfWork, own: OwnPerson, person: Recipient) -> OutboxMessage:
    """To the client and to the helper who proposed: it has been decided, or withdrawn."""
    return outbox.send(
        work,
        person,
        "own_person_decided",
        organisation_key=own.client.organisation_key,
        link=outbox.address(
            "client_area.own_people.show", person.language, own_id=own.id, **{PARAMETER: own.client_id}
        ),
    )
