"""Reading agreements: the register of an organisation, those that an approval touches, those new to a provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.clients.models import Client
from marketplace.clients.queries import client_of_number
from marketplace.clients.rules import client_number
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.offers.models import Offer
from marketplace.offers.queries import offer_to_change
from marketplace.paging import Page, contains, page_of
from marketplace.permissions import Permission
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL, ProviderState
from marketplace.vouchers.granting.models import DecisionLine
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AGREEMENT, NEW_FOR, AgreementState, AgreementTerms, is_over
from marketplace.work import UnitOfWork


def is_agreed() -> sa.ColumnElement[bool]:
    """Agreements that the two have made, whether they run, are to begin or are over; no requests."""
    return Agreement.state.in_(AGREEMENT.agreed)


def not_over(today: date) -> sa.ColumnElement[bool]:
    """Agreements that run or are to begin."""
    return sa.and_(is_agreed(), sa.or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today))


def is_touched() -> sa.ColumnElement[bool]:
    """The approval does not hold, or the provider has paused or left; needs both in the query."""
    return sa.or_(ServiceApproval.state.not_in(APPROVAL.holding), Provider.state != ProviderState.ACTIVE)


def _whole() -> sa.Select[Agreement]:
    """Agreements as the office sees them: with who wrote them down."""
    return _plain().options(joinedload(Agreement.recorded_by))


def _plain() -> sa.Select[Agreement]:
    """Agreements with their offer, version, approval and provider at hand."""
    return (
        sa.select(Agreement)
        .join(Agreement.offer)
        .join(Offer.approval)
        .join(ServiceApproval.provider)
        .options(
            contains_eager(Agreement.offer)
            .contains_eager(Offer.approval)
            .contains_eager(ServiceApproval.provider),
            joinedload(Agreement.version),
            joinedload(Agreement.line),
        )
    )


class Narrowed(StrEnum):
    """What the register can be narrowed to. `TOUCHED`: the client may soon need another provider. `ENDED`: also what
    has come to nothing.
    """

    OPEN = "open"
    REQUESTED = "requested"
    TOUCHED = "touched"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    """What the register is narrowed to: the beginning of a client number or a part of a provider's name; a state."""

    words: str = ""
    state: Narrowed = Narrowed.OPEN
    page: int = 1


def of_organisation(
    session: Session, organisation: str, wanted: AgreementFilter, *, today: date
) -> Page[Agreement]:
    """The agreements of an organisation's clients, those that began last first."""
    query = _whole().where(Agreement.organisation_key == organisation, _narrowed(wanted.state, today))
    if wanted.state == Narrowed.TOUCHED:
        query = query.where(is_touched())
    if wanted.words:
        query = query.where(
            sa.or_(
                Agreement.client_number.startswith(client_number(wanted.words), autoescape=True),
                contains(Provider.official_name, wanted.words),
                contains(Provider.trade_name, wanted.words),
            )
        )
    return page_of(session, query.order_by(Agreement.starts_on.desc(), Agreement.id.desc()), wanted.page)


def _narrowed(state: Narrowed, today: date) -> sa.ColumnElement[bool]:
    if state == Narrowed.REQUESTED:
        return Agreement.state == AgreementState.REQUESTED
    if state == Narrowed.ENDED:
        over = sa.and_(is_agreed(), Agreement.ends_on < today)
        return sa.or_(over, Agreement.state.not_in(AGREEMENT.taking))
    return not_over(today)


def for_staff(
    work: UnitOfWork,
    agreement_id: int,
    *,
    permission: Permission = Permission.VIEW_AGREEMENTS,
    lock: bool = False,
) -> Agreement:
    """An agreement of the actor's organisation; `lock` for a change. Raises NotFound for any other."""
    agreement = held(work.session, agreement_id) if lock else work.session.get(Agreement, agreement_id)
    if agreement is None or not work.actor.may(permission, organisation=agreement.organisation_key):
        raise NotFound()
    demand_impartial(work.actor, agreement.offer.provider_id)
    return agreement


def held(session: Session, agreement_id: int) -> Agreement:
    """An agreement for a change: nobody else changes it, records a delivery under it, or uses its client's budget.

    Raises NotFound.
    """
    return held_with_client(session, agreement_id)[0]


def held_with_client(
    session: Session, agreement_id: int, options: Sequence[ORMOption] = ()
) -> tuple[Agreement, Client | None]:
    """As `held`, with the client, if the register knows one. `options` say what is read with the agreement.

    The client is locked first, so that what takes a client's budget goes one after another; then the agreement that it
    replaces and itself, by number. Nothing of it is read before. Raises NotFound.
    """
    known = session.execute(
        sa.select(Agreement.organisation_key, Agreement.client_number, Agreement.replaces_id).where(
            Agreement.id == agreement_id
        )
    ).one_or_none()
    if known is None:
        raise NotFound()
    client = hold_client(session, known.organisation_key, known.client_number)
    for each in sorted(filter(None, {agreement_id, known.replaces_id})):
        session.get(Agreement, each, options=options, with_for_update=for_change(Agreement))
    return session.get_one(Agreement, agreement_id), client


def hold_client(session: Session, organisation: str, number: str) -> Client | None:
    """Let nobody else use the budget of the client with this number until the transaction ends; the client, if the
    register knows one.
    """
    return client_of_number(session, organisation, number, lock=True)


def offer_for_staff(work: UnitOfWork, offer_id: int, *, lock: bool = False) -> Offer:
    """An offer in a pilot of the organisation for which the actor records agreements. Raises NotFound for any other.

    `lock`: nobody else records an agreement in the offer until the transaction ends, and its approval stays as it is.
    """
    offer = offer_to_change(work.session, offer_id) if lock else work.session.get(Offer, offer_id)
    if offer is None or not work.actor.may(
        Permission.RECORD_AGREEMENTS, organisation=offer.approval.pilot.organisation_key
    ):
        raise NotFound()
    demand_impartial(work.actor, offer.provider_id)
    return offer


def goes_on_under(session: Session, line: DecisionLine, day: date) -> bool:
    """Whether an agreement that is paid from a line goes on on a day or begins later; for the slot
    `vouchers.goes_on_under`.
    """
    return (
        session.scalar(
            sa.select(
                sa.exists().where(
                    Agreement.line_id == line.id,
                    Agreement.state.in_(AGREEMENT.taking),
                    sa.or_(Agreement.ends_on.is_(None), Agreement.ends_on >= day),
                )
            )
        )
        is True
    )


def offers_taken(
    session: Session,
    organisation: str,
    offers: Collection[int],
    terms: AgreementTerms,
    *,
    besides: int | None = None,
) -> set[int]:
    """Those of the offers in which the client has an agreement, or a request for one, that shares a day with `terms`.

    `besides`: one that does not count, because it is to be replaced.
    """
    query = sa.select(Agreement.offer_id).where(
        Agreement.state.in_(AGREEMENT.taking),
        Agreement.organisation_key == organisation,
        Agreement.client_number == terms.client_number,
        Agreement.offer_id.in_(offers),
        sa.or_(Agreement.ends_on.is_(None), Agreement.ends_on >= terms.starts_on),
    )
    if terms.ends_on is not None:
        query = query.where(Agreement.starts_on <= terms.ends_on)
    if besides is not None:
        query = query.where(Agreement.id != besides)
    return set(session.scalars(query))


def under_approvals(session: Session, approvals: Sequence[int], *, today: date) -> Sequence[Agreement]:
    """The agreements that run or are to begin under the approvals, by client number."""
    query = _whole().where(Offer.approval_id.in_(approvals), not_over(today))
    return session.scalars(query.order_by(Agreement.client_number, Agreement.id)).unique().all()


def last_days_under(session: Session, approval: int, *, today: date) -> Sequence[date | None]:
    """The last days of the agreements that run or are to begin under an approval, for `providers.agreements_under`."""
    return session.scalars(
        sa.select(Agreement.ends_on)
        .join(Agreement.offer)
        .where(Offer.approval_id == approval, not_over(today))
    ).all()


def clients_under(session: Session, approvals: Sequence[int], *, today: date) -> int:
    """How many clients have agreements that run or are to begin under the approvals."""
    clients = (
        sa.select(Agreement.organisation_key, Agreement.client_number)
        .join(Agreement.offer)
        .where(Offer.approval_id.in_(approvals), not_over(today))
        .distinct()
    )
    return session.scalar(sa.select(sa.func.count()).select_from(clients.subquery())) or 0


def touched_count(session: Session, organisation: str, *, today: date) -> int:
    """How many of the organisation's agreements go on although the approval does not hold or the provider is away."""
    query = _whole().where(Agreement.organisation_key == organisation, not_over(today), is_touched())
    return session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def new_to_provider(session: Session, provider_id: int, *, today: date) -> int:
    """How many of a provider's agreements have begun lately (`NEW_FOR`) or are to begin."""
    query = (
        sa.select(sa.func.count(Agreement.id))
        .join(Agreement.offer)
        .where(Offer.provider_id == provider_id, Agreement.starts_on >= today - NEW_FOR, not_over(today))
    )
    return session.scalar(query) or 0


def of_client(session: Session, organisation: str, number: str) -> Sequence[Agreement]:
    """All agreements of the organisation's client with this number, and requests, the latest first day first."""
    query = _plain().where(Agreement.organisation_key == organisation, Agreement.client_number == number)
    return session.scalars(query.order_by(Agreement.starts_on.desc(), Agreement.id.desc())).unique().all()


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """What agreements keep of a client, for a copy of the client's data; for the slot `clients.kept_data`."""
    rows = [
        {
            "provider": each.offer.approval.provider.name,
            "service": each.offer.service_key,
            "from": each.starts_on.isoformat(),
            "to": each.ends_on.isoformat() if each.ends_on else None,
            "state": each.state.value,
            "wanted": each.wanted,
            "reason": each.reason,
            "change_reason": each.change_reason,
        }
        for each in of_client(session, client.organisation_key, client.number)
    ]
    return "agreements", rows


def still_needs_client(session: Session, client: Client, today: date) -> bool:
    """Whether the client has agreements that run, are to begin or wait for an answer; for the slot
    `clients.must_stay`.
    """
    return any(
        each.state in AGREEMENT.taking and not is_over(each.ends_on, today)
        for each in of_client(session, client.organisation_key, client.number)
    )
