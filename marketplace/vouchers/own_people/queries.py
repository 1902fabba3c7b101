"""Reading people near to clients who are paid. Only the client's side and the office find one: others get 404."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import in_force, mandates_of
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.models import Client
from marketplace.clients.queries import client_for_staff
from marketplace.clients.rules import takes_part
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.ledger import queries as ledger
from marketplace.ledger.rules import Unit
from marketplace.offers.models import Offer
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import current_definition
from marketplace.vouchers.granting.holding import provider_key
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OWN_PERSON, OwnPersonState, is_person
from marketplace.vouchers.queries import of_client as agreements_of
from marketplace.work import UnitOfWork


def pilots_that_pay(session: Session, client: Client, today: date) -> list[PilotDefinition]:
    """The pilots in which the client takes part and somebody near to the client can be paid."""
    definitions = (
        current_definition(session, each.pilot_key)
        for each in client.participations
        if takes_part(each.joined_on, each.ended_on, today)
    )
    return [each for each in definitions if each.paid_people is not None]


def of_client(session: Session, client_id: int) -> Sequence[OwnPerson]:
    """Everybody who was ever proposed for the client, the latest first."""
    return session.scalars(
        sa.select(OwnPerson)
        .where(OwnPerson.client_id == client_id, OwnPerson.erased_at.is_(None))
        .options(joinedload(OwnPerson.offer), joinedload(OwnPerson.proposed_by))
        .order_by(OwnPerson.id.desc())
    ).all()


def for_client(session: Session, client: Client, own_id: int) -> OwnPerson:
    """A person near to the client. Raises NotFound for another client's."""
    found = session.get(OwnPerson, own_id)
    if found is None or found.client_id != client.id or found.erased_at is not None:
        raise NotFound()
    return found


def for_staff(
    work: UnitOfWork, own_id: int, *, permission: Permission = Permission.VIEW_CLIENTS
) -> OwnPerson:
    """A person near to a client of the actor's organisation. Raises NotFound for any other."""
    found = work.session.get(OwnPerson, own_id)
    if found is None or found.erased_at is not None:
        raise NotFound()
    client_for_staff(work, found.client_id, permission=permission)
    return found


def hold(session: Session, own: OwnPerson) -> OwnPerson:
    """The person as it is now, for a change. The client is locked first, so that what is decided and what is agreed
    goes one after another.
    """
    session.scalars(
        sa.select(Client).where(Client.id == own.client_id).with_for_update(**for_change(Client))
    ).one()
    return session.scalars(
        sa.select(OwnPerson).where(OwnPerson.id == own.id).with_for_update(**for_change(OwnPerson))
    ).one()


def waiting(session: Session, organisation: str) -> Sequence[OwnPerson]:
    """Those who wait to be approved in an organisation, the longest waiting first."""
    return session.scalars(
        sa.select(OwnPerson)
        .join(OwnPerson.client)
        .where(Client.organisation_key == organisation, OwnPerson.state == OwnPersonState.PROPOSED)
        .options(joinedload(OwnPerson.client), joinedload(OwnPerson.proposed_by))
        .order_by(OwnPerson.id)
    ).all()


def of_offer(session: Session, offer_id: int) -> OwnPerson | None:
    """The person who gives what is offered to one client only; None for the offer of a company."""
    return session.scalar(
        sa.select(OwnPerson).where(OwnPerson.offer_id == offer_id).options(joinedload(OwnPerson.client))
    )


def approvers_of(session: Session, provider_id: int) -> set[int]:
    """Who decided that a private person is paid, by the provider; for the slot `account_changes.approvers`."""
    decided = (
        sa.select(OwnPerson.decided_by_id)
        .join(OwnPerson.offer)
        .where(Offer.provider_id == provider_id, OwnPerson.decided_by_id.is_not(None))
    )
    return {each for each in session.scalars(decided) if each is not None}


def is_for(session: Session, offer: Offer, organisation: str, number: str) -> bool:
    """Whether an offer that is for one client only is for the organisation's client with this number."""
    own = of_offer(session, offer.id)
    return own is not None and (own.client.organisation_key, own.client.number) == (organisation, number)


def deciders(session: Session, client: Client, today: date) -> list[tuple[str, str]]:
    """The name and address of those who may act for the client today."""
    held = [
        each for each in mandates_of(session, client.id) if each.scope is Scope.ACT and in_force(each, today)
    ]
    written = [(each.name, each.email) for each in held]
    return written + [(each.helper.name, each.helper.email) for each in held if each.helper is not None]


def acted_for(session: Session, user_id: int, today: date) -> list[int]:
    """The ids of the clients for whom a helper may act today, in order."""
    held = session.scalars(
        sa.select(Mandate).where(Mandate.helper_id == user_id).order_by(Mandate.client_id, Mandate.id)
    ).all()
    return list(
        dict.fromkeys(each.client_id for each in held if each.scope is Scope.ACT and in_force(each, today))
    )


def of_organisation(session: Session, organisation: str) -> Sequence[OwnPerson]:
    """Everybody near to a client of the organisation who is proposed, or was ever approved and is not erased."""
    states = OWN_PERSON.open | OWN_PERSON.approved
    return session.scalars(
        sa.select(OwnPerson)
        .join(OwnPerson.client)
        .where(
            Client.organisation_key == organisation,
            OwnPerson.state.in_(states),
            OwnPerson.erased_at.is_(None),
        )
        .order_by(OwnPerson.id)
    ).all()


def is_agreed_with(session: Session, own: OwnPerson) -> bool:
    """Whether the client has, or had, an agreement with the person."""
    agreements = agreements_of(session, own.client.organisation_key, own.client.number)
    return own.offer_id is not None and own.offer_id in {each.offer_id for each in agreements}


def is_paid(session: Session, client: Client, name: str, email: str, today: date) -> bool:
    """Whether this is somebody near to the client who is paid or proposed; for the slot `clients.is_paid`."""
    return any(
        is_person(each.facts, name, email) for each in of_client(session, client.id) if stays(each, today)
    )


def stays(own: OwnPerson, today: date) -> bool:
    """Whether the person is proposed, or is or will be paid for support up to a day that has not gone by."""
    return own.state in OWN_PERSON.open or (own.ends_on is not None and own.ends_on >= today)


def data_of(own: OwnPerson) -> dict[str, Any]:
    """Everything that is kept of a person: for the person's own copy, and for that of the client."""
    provider = None if own.offer is None else own.offer.provider
    return {
        "name": own.name,
        "relation": own.relation,
        "phone": own.phone,
        "email": own.email,
        "address": ", ".join(part for part in (own.street, f"{own.postal_code} {own.city}".strip()) if part),
        "account": own.iban if provider is None else provider.iban,
        "pilot": own.pilot_key,
        "service": own.service_key,
        "price_cents": own.price.cents,
        "unit": own.unit,
        "state": own.state,
        "proposed_at": own.proposed_at.isoformat(),
        "looked_at": own.checked,
        "decision": own.number,
        "reason": own.reason,
        "last_day": None if own.ends_on is None else own.ends_on.isoformat(),
    }


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """What is kept of people near to a client, for a copy of the client's data; for the slot `clients.kept_data`. The
    account of a person is that person's own.
    """
    people = [data_of(each) for each in of_client(session, client.id)]
    return "own_people", [
        {name: value for name, value in each.items() if name != "account"} for each in people
    ]


def still_needs_client(session: Session, client: Client, today: date) -> bool:
    """Whether somebody near to the client is proposed, or approved and not at the last day, or not yet paid; for the
    slot `clients.must_stay`.
    """
    return any(stays(each, today) or is_owed(session, each) for each in of_client(session, client.id))


def is_owed(session: Session, own: OwnPerson) -> bool:
    """Whether the person is to be paid, or may still be: the books owe something, or hold it for what can be recorded.

    A payment needs the name and the account.
    """
    if own.offer is None:
        return False
    organisation, provider = own.client.organisation_key, own.offer.provider_id
    units = {provider_key(provider, unit, organisation=organisation): unit for unit in Unit}
    opened = ledger.accounts(session, units)
    sums = ledger.sums(session, [each.id for each in opened.values()])
    return any(each.expected for each in sums.values()) or any(
        sums[account.id].left for key, account in opened.items() if units[key] is Unit.CENTS
    )
