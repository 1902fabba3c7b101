"""Mail about deliveries: that there is something to look at, never what was done, or what anybody has said."""

from __future__ import annotations

from datetime import date

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.clients.area.acting import PARAMETER
from marketplace.clients.models import Client
from marketplace.deliveries.models import Delivery
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.work import UnitOfWork


def deliveries_to_look_at(
    work: UnitOfWork,
    client: Client,
    person: Recipient,
    *,
    count: int,
    until: date | None,
    asked: bool,
    helps: bool,
) -> OutboxMessage:
    """To the client or a helper (`helps`): how many deliveries wait for their word. `until` is the soonest last day to
    object, None where there is none; `asked`: some are not paid before an answer.
    """
    return outbox.send(
        work,
        person,
        "deliveries_to_look_at",
        organisation_key=client.organisation_key,
        count=count,
        until=until,
        asked=asked,
        helps=helps,
        link=outbox.address("client_area.deliveries.index", person.language, **{PARAMETER: client.id}),
    )


def delivery_disputed(work: UnitOfWork, admin: User, delivery: Delivery) -> OutboxMessage:
    """A client objects to a delivery; to one of those who take care of the provider's matters."""
    return outbox.send(
        work,
        admin,
        "delivery_disputed",
        organisation_key=delivery.organisation_key,
        day=delivery.day,
        due_on=delivery.due_on,
        link=_provider_page(delivery, admin),
    )


def delivery_dispute_office(work: UnitOfWork, owner: User, delivery: Delivery) -> OutboxMessage:
    """A client objects to a delivery; to who looks into it."""
    return outbox.send(
        work,
        owner,
        "delivery_dispute_office",
        organisation_key=delivery.organisation_key,
        due_on=delivery.due_on,
        link=outbox.address("office_deliveries.show", owner.language, delivery_id=delivery.id),
    )


def delivery_dispute_client(work: UnitOfWork, person: User, delivery: Delivery) -> OutboxMessage:
    """Somebody has objected to a delivery in the client's stead; to the client."""
    return outbox.send(
        work,
        person,
        "delivery_dispute_client",
        organisation_key=delivery.organisation_key,
        day=delivery.day,
        due_on=delivery.due_on,
        link=_client_page(delivery, person),
    )


def delivery_dispute_settled(
    work: UnitOfWork, person: User, delivery: Delivery, *, to_client: bool
) -> OutboxMessage:
    """The office has settled a dispute; to the client, or to one who takes care of the provider's matters."""
    page = _client_page if to_client else _provider_page
    return outbox.send(
        work,
        person,
        "delivery_dispute_settled",
        organisation_key=delivery.organisation_key,
        day=delivery.day,
        link=page(delivery, person),
    )


def _provider_page(delivery: Delivery, person: User) -> str:
    return outbox.address(
        "providers.deliveries.show",
        person.language,
        provider_id=delivery.provider_id,
        delivery_id=delivery.id,
    )


def _client_page(delivery: Delivery, person: User) -> str:
    return outbox.address("client_area.deliveries.show", person.language, delivery_id=delivery.id)
