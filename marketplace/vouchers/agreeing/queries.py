"""Finding requests and agreements for those whose they are, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from marketplace.clients.mandates.queries import in_force, mandates_of
from marketplace.clients.models import Client
from marketplace.clients.queries import client_of_number
from marketplace.errors import NotFound
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.queries import hold_approvals, offer_to_change
from marketplace.offers.rules import OfferState
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.providers.models import ServiceApproval
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people.queries import is_for
from marketplace.vouchers.queries import held
from marketplace.vouchers.rules import AGREEMENT, REMINDED_BEFORE, AgreementParty, AgreementState
from marketplace.work import UnitOfWork


def for_client(session: Session, client: Client, agreement_id: int, *, lock: bool = False) -> Agreement:
    """An agreement or a request of the client's; `lock` for a change. Raises NotFound for another's."""
    agreement = _one(session, agreement_id, lock=lock)
    if (agreement.organisation_key, agreement.client_number) != (client.organisation_key, client.number):
        raise NotFound()
    return agreement


def for_provider(work: UnitOfWork, provider_id: int, agreement_id: int, *, lock: bool = False) -> Agreement:
    """An agreement or a request of a provider for which the actor works; `lock` for a change. Raises NotFound."""
    agreement = _one(work.session, agreement_id, lock=lock)
    if agreement.offer.provider_id != provider_id or not work.may(
        Permission.EDIT_PROVIDER, provider=provider_id
    ):
        raise NotFound()
    return agreement


def for_change(session: Session, agreement_id: int) -> Agreement:
    """An agreement for a change by the portal itself, or by who has been let in already. Raises NotFound."""
    return held(session, agreement_id)


def hold_approval_of(session: Session, agreement_id: int) -> None:
    """Let the approval under which an agreement is made stay as it is; before the client is locked."""
    asked_for = sa.select(Agreement.offer_id).where(Agreement.id == agreement_id).scalar_subquery()
    hold_approvals(session, Offer.id == asked_for)


def _one(session: Session, agreement_id: int, *, lock: bool) -> Agreement:
    found = held(session, agreement_id) if lock else session.get(Agreement, agreement_id)
    if found is None:
        raise NotFound()
    return found


def client_of(session: Session, agreement: Agreement) -> Client | None:
    """The client of an agreement; None when the register does not have one with the number."""
    return client_of_number(session, agreement.organisation_key, agreement.client_number)


def clients_of(session: Session, agreements: Sequence[Agreement]) -> dict[tuple[str, str], Client]:
    """The clients of agreements by organisation and number."""
    keys = {(each.organisation_key, each.client_number) for each in agreements}
    found = session.scalars(
        sa.select(Client).where(
            sa.tuple_(Client.organisation_key, Client.number).in_(keys), Client.erased_at.is_(None)
        )
    )
    return {(each.organisation_key, each.number): each for each in found}


def offer_for_client(session: Session, client: Client, offer_id: int, *, lock: bool = False) -> Offer:
    """An offer in a pilot of the client's organisation; `lock`: its free places and texts stay as they are until the
    transaction ends. Raises NotFound for any other.
    """
    offer = offer_to_change(session, offer_id) if lock else session.get(Offer, offer_id)
    if offer is None or offer.approval.pilot.organisation_key != client.organisation_key:
        raise NotFound()
    if offer.state is OfferState.PRIVATE and not is_for(
        session, offer, client.organisation_key, client.number
    ):
        raise NotFound()
    return offer


def requested_instead(session: Session, agreement: Agreement) -> Agreement | None:
    """The request that would take the place of an agreement, if one waits."""
    return session.scalars(
        sa.select(Agreement).where(
            Agreement.replaces_id == agreement.id, Agreement.state == AgreementState.REQUESTED
        )
    ).one_or_none()


def requests_of(session: Session, client: Client, pilot_key: str) -> Sequence[int]:
    """The requests of a client in a pilot that wait for an answer, by id."""
    return session.scalars(
        sa.select(Agreement.id)
        .join(Agreement.offer)
        .where(
            Agreement.organisation_key == client.organisation_key,
            Agreement.client_number == client.number,
            Agreement.state == AgreementState.REQUESTED,
            Offer.pilot_key == pilot_key,
        )
        .order_by(Agreement.id)
    ).all()


def of_provider(session: Session, provider_id: int) -> Sequence[Agreement]:
    """A provider's agreements and requests: those that wait by their last day, the others by their first, latest first.

    What came to nothing is not among them.
    """
    return (
        session.scalars(
            sa.select(Agreement)
            .join(Agreement.offer)
            .join(Offer.approval)
            .where(Offer.provider_id == provider_id, Agreement.state.in_(AGREEMENT.taking))
            .options(
                contains_eager(Agreement.offer).contains_eager(Offer.approval),
                joinedload(Agreement.version).selectinload(OfferVersion.prices),
            )
            .order_by(Agreement.answer_until, Agreement.starts_on.desc(), Agreement.id.desc())
        )
        .unique()
        .all()
    )


def waiting_for(session: Session, provider_id: int) -> Sequence[date]:
    """The last days for an answer to the requests that wait for a provider, the soonest first."""
    days = session.scalars(
        sa.select(Agreement.answer_until)
        .join(Agreement.offer)
        .where(Offer.provider_id == provider_id, Agreement.state == AgreementState.REQUESTED)
        .order_by(Agreement.answer_until)
    )
    return [day for day in days if day is not None]


def unanswered(session: Session, today: date) -> Sequence[int]:
    """The requests whose time for an answer is over, by id."""
    return session.scalars(
        sa.select(Agreement.id)
        .where(Agreement.state == AgreementState.REQUESTED, Agreement.answer_until < today)
        .order_by(Agreement.id)
    ).all()


def to_remind(session: Session, today: date) -> Sequence[int]:
    """The requests whose provider has little time left to answer and has not been reminded, by id."""
    return session.scalars(
        sa.select(Agreement.id)
        .where(
            Agreement.state == AgreementState.REQUESTED,
            Agreement.reminded_at.is_(None),
            Agreement.answer_until.between(today, today + REMINDED_BEFORE),
        )
        .order_by(Agreement.id)
    ).all()


def still_helps(session: Session, agreement: Agreement, client: Client, today: date) -> bool:
    """Whether the helper who asked for an agreement may still see the client's pages."""
    return agreement.asked_by is AgreementParty.HELPER and any(
        each.helper_id == agreement.recorded_by_id and in_force(each, today)
        for each in mandates_of(session, client.id)
    )


def offers_like(session: Session, agreement: Agreement) -> Sequence[Offer]:
    """The published offers of other providers in the agreement's pilot and service, with versions and prices."""
    offer = agreement.offer
    return session.scalars(
        sa.select(Offer)
        .join(Pilot, Pilot.key == Offer.pilot_key)
        .where(
            Offer.pilot_key == offer.pilot_key,
            Offer.service_key == offer.service_key,
            Offer.provider_id != offer.provider_id,
            Offer.state == OfferState.PUBLISHED,
        )
        .options(
            joinedload(Offer.approval).joinedload(ServiceApproval.provider),
            selectinload(Offer.versions).selectinload(OfferVersion.prices),
        )
        .order_by(Offer.id)
    ).all()
