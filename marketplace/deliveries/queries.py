"""Reading deliveries: a provider's, an organisation's, and what overlaps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.approvals.standing.queries import measures_of
from marketplace.approvals.standing.rules import MEASURE
from marketplace.clients.models import Client
from marketplace.clients.queries import client_of_number
from marketplace.db import for_change
from marketplace.deliveries.models import Delivery, DeliveryMessage
from marketplace.deliveries.rules import DELIVERY, DeliveryKind, DeliveryState
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.ledger.models import Account
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import OfferState
from marketplace.paging import Page, page_of
from marketplace.permissions import Permission
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL, ApprovalAction
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people.rules import same_words
from marketplace.vouchers.queries import held_with_client, is_agreed
from marketplace.vouchers.rules import AGREEMENT
from marketplace.work import UnitOfWork


def agreements_of(session: Session, provider_id: int, *, since: date, today: date) -> Sequence[Agreement]:
    """The agreements of a provider under which a delivery of a day from `since` to today can be recorded, by client."""
    query = (
        sa.select(Agreement)
        .join(Agreement.offer)
        .join(Offer.approval)
        .where(
            Offer.provider_id == provider_id,
            is_agreed(),
            Agreement.starts_on <= today,
            sa.or_(Agreement.ends_on.is_(None), Agreement.ends_on >= since),
        )
        .options(
            contains_eager(Agreement.offer).contains_eager(Offer.approval),
            joinedload(Agreement.version).selectinload(OfferVersion.prices),
        )
        .order_by(Agreement.client_number, Agreement.id)
    )
    return session.scalars(query).unique().all()


_PRICED: Final = (
    joinedload(Agreement.offer).joinedload(Offer.approval),
    joinedload(Agreement.version).selectinload(OfferVersion.prices),
)


def agreement_of(session: Session, provider_id: int, agreement_id: int) -> Agreement:
    """An agreement of the provider's, with its offer, approval and prices. Raises NotFound for another's, and for a
    request.
    """
    return _agreed(session.get(Agreement, agreement_id, options=_PRICED), provider_id)


def agreement_to_deliver(
    session: Session, provider_id: int, agreement_id: int
) -> tuple[Agreement, Client | None]:
    """As `agreement_of`, with the client, if the register knows one; both stay until the transaction ends."""
    agreement, client = held_with_client(session, agreement_id, _PRICED)
    return _agreed(agreement, provider_id), client


def _agreed(agreement: Agreement | None, provider_id: int) -> Agreement:
    if (
        agreement is None
        or agreement.offer.provider_id != provider_id
        or agreement.state not in AGREEMENT.agreed
    ):
        raise NotFound()
    return agreement


def delivered_until(session: Session, agreement: Agreement) -> date | None:
    """The last day of which something has been recorded under an agreement; for the slot `vouchers.settled_until`."""
    return session.scalar(
        sa.select(sa.func.max(Delivery.day)).where(
            Delivery.agreement_id == agreement.id, Delivery.state.in_(DELIVERY.counting)
        )
    )


def approval_held(session: Session, approval: ServiceApproval, day: date) -> bool:
    """Whether the service was approved on a day: a measure holds from the day of its decision.

    What has ended because the provider left is not looked at here; the agreements end with it. The approval of a person
    near to a client holds until its last day.
    """
    if approval.state in APPROVAL.private:
        return approval.approved_on <= day and (approval.ends_on is None or day <= approval.ends_on)
    decided = [
        each
        for each in measures_of(session, approval)
        if each.decided_at is not None
        and each.kind in MEASURE.moving
        and helsinki_date(each.decided_at) <= day
    ]
    last = max(decided, key=lambda each: (each.decided_at, each.id), default=None)
    return approval.approved_on <= day and (last is None or last.kind == ApprovalAction.REINSTATE)


def agreements_with_own_people(session: Session, client: Client, today: date) -> Sequence[Agreement]:
    """The client's agreements with people near to the client that have begun, under which the client's side records."""
    query = (
        sa.select(Agreement)
        .join(Agreement.offer)
        .where(
            Offer.state == OfferState.PRIVATE,
            Agreement.organisation_key == client.organisation_key,
            Agreement.client_number == client.number,
            is_agreed(),
            Agreement.starts_on <= today,
        )
        .options(
            contains_eager(Agreement.offer).joinedload(Offer.approval),
            joinedload(Agreement.version).selectinload(OfferVersion.prices),
        )
        .order_by(Agreement.starts_on.desc(), Agreement.id.desc())
    )
    return session.scalars(query).unique().all()


def own_agreement(session: Session, client: Client, agreement_id: int) -> Agreement:
    """The client's agreement with a person near to the client. Raises NotFound for any other."""
    found = session.get(Agreement, agreement_id, options=_PRICED)
    if (
        found is None
        or found.offer.state is not OfferState.PRIVATE
        or found.state not in AGREEMENT.agreed
        or (found.organisation_key, found.client_number) != (client.organisation_key, client.number)
    ):
        raise NotFound()
    return found


def for_provider(work: UnitOfWork, provider_id: int, delivery_id: int, *, lock: bool = False) -> Delivery:
    """A delivery of a provider for which the actor works; `lock` for a change. Raises NotFound for another's."""
    delivery = _one(work.session, delivery_id, lock=lock)
    if delivery.provider_id != provider_id or not work.may(Permission.EDIT_PROVIDER, provider=provider_id):
        raise NotFound()
    return delivery


def for_staff(
    work: UnitOfWork,
    delivery_id: int,
    *,
    permission: Permission = Permission.VIEW_AGREEMENTS,
    lock: bool = False,
) -> Delivery:
    """A delivery to a client of the actor's organisation; `lock` for a change. Raises NotFound for any other."""
    delivery = _one(work.session, delivery_id, lock=lock)
    if not work.may(permission, organisation=delivery.organisation_key):
        raise NotFound()
    demand_impartial(work.actor, delivery.provider_id)
    return delivery


def for_counsellor(work: UnitOfWork, delivery_id: int) -> Delivery:
    """A delivery to a client of the actor's organisation, for a change. Raises NotFound for any other."""
    return for_staff(work, delivery_id, permission=Permission.RECORD_AGREEMENTS, lock=True)


def for_client(session: Session, client: Client, delivery_id: int, *, lock: bool = False) -> Delivery:
    """A delivery to the client; `lock` for a change. Raises NotFound for another's."""
    delivery = _one(session, delivery_id, lock=lock)
    if (delivery.organisation_key, delivery.client_number) != (client.organisation_key, client.number):
        raise NotFound()
    return delivery


def _one(session: Session, delivery_id: int, *, lock: bool) -> Delivery:
    delivery = session.get(Delivery, delivery_id, with_for_update=for_change(Delivery) if lock else None)
    if delivery is None:
        raise NotFound()
    return delivery


def _listed() -> sa.Select[Delivery]:
    return sa.select(Delivery).options(
        joinedload(Delivery.agreement).joinedload(Agreement.version), joinedload(Delivery.provider)
    )


def of_provider(session: Session, provider_id: int, *, first: date, last: date, page: int) -> Page[Delivery]:
    """The deliveries of a provider between two days, the latest first."""
    query = _listed().where(Delivery.provider_id == provider_id, Delivery.day.between(first, last))
    return page_of(session, query.order_by(Delivery.day.desc(), Delivery.id.desc()), page)


def sums(session: Session, provider_id: int, *, first: date, last: date) -> dict[DeliveryState, Money]:
    """What a provider's deliveries between two days amount to, by state."""
    query = (
        sa.select(Delivery.state, sa.func.sum(sa.type_coerce(Delivery.amount, sa.BigInteger)))
        .where(Delivery.provider_id == provider_id, Delivery.day.between(first, last))
        .group_by(Delivery.state)
    )
    return {state: Money(int(cents)) for state, cents in session.execute(query)}


def of_organisation(
    session: Session, organisation: str, states: Collection[DeliveryState], page: int
) -> Page[Delivery]:
    """The deliveries to an organisation's clients in these states: those due first, then the latest."""
    query = _listed().where(Delivery.organisation_key == organisation, Delivery.state.in_(states))
    return page_of(session, query.order_by(Delivery.due_on, Delivery.day.desc(), Delivery.id.desc()), page)


def of_client(session: Session, client: Client, page: int) -> Page[Delivery]:
    """The deliveries to a client, the latest first; what a provider has withdrawn is not among them."""
    query = _listed().where(
        Delivery.organisation_key == client.organisation_key,
        Delivery.client_number == client.number,
        Delivery.state != DeliveryState.WITHDRAWN,
    )
    return page_of(session, query.order_by(Delivery.day.desc(), Delivery.id.desc()), page)


def disputed_count(session: Session, organisation: str) -> int:
    """How many deliveries of the organisation's clients are disputed."""
    query = sa.select(sa.func.count()).where(
        Delivery.organisation_key == organisation, Delivery.state == DeliveryState.DISPUTED
    )
    return session.scalar(query) or 0


def may_confirm(work: UnitOfWork, delivery: Delivery) -> bool:
    """Whether the actor may say for the client that what a person near to the client gave is right.

    The client may always. Nobody else confirms what they have recorded themselves, and the person nothing at all.
    """
    if not delivery.provider.is_private:
        return True
    client = client_of_number(work.session, delivery.organisation_key, delivery.client_number)
    if client is not None and client.user_id is not None and client.user_id == work.actor.user_id:
        return True
    given_by, actor = delivery.provider, work.actor
    is_person = same_words(given_by.official_name, actor.name) or same_words(given_by.email, actor.email)
    return delivery.recorded_by_id != actor.user_id and not is_person


def demand_may_confirm(work: UnitOfWork, delivery: Delivery) -> None:
    """Raises NotAllowed for who may not say that it is right (`may_confirm`)."""
    if not may_confirm(work, delivery):
        raise NotAllowed(
            _l(
                "Nobody confirms what they have recorded for a person near to the client, or have given themselves. "
                "The client confirms it, or somebody else for the client."
            )
        )


def messages_of(session: Session, delivery_id: int) -> Sequence[DeliveryMessage]:
    """What has been said about a delivery, the first first."""
    return session.scalars(
        sa.select(DeliveryMessage)
        .where(DeliveryMessage.delivery_id == delivery_id)
        .options(joinedload(DeliveryMessage.author))
        .order_by(DeliveryMessage.id)
    ).all()


def not_booked(session: Session, agreement_id: int) -> dict[int, int]:
    """What deliveries under an agreement take that are recorded or disputed, and so not booked yet, by budget."""
    query = (
        sa.select(Delivery.budget_id, sa.func.sum(Delivery.takes))
        .where(
            Delivery.agreement_id == agreement_id,
            Delivery.budget_id.is_not(None),
            Delivery.state.in_((DeliveryState.RECORDED, DeliveryState.DISPUTED)),
        )
        .group_by(Delivery.budget_id)
    )
    return {budget: int(taken) for budget, taken in session.execute(query) if budget is not None}


def holding_past(session: Session, today: date) -> Sequence[tuple[int, int, date]]:
    """Agreements whose line has something reserved in a budget that is over: the agreement, the version of the pilot
    under which it is, and the last day of the earliest such budget.
    """
    query = (
        sa.select(Agreement.id, ServiceApproval.pilot_version_id, sa.func.min(Budget.last_on))
        .join(Agreement.offer)
        .join(Offer.approval)
        .join(Budget, Budget.line_id == Agreement.line_id)
        .join(Account, Account.id == Budget.account_id)
        .where(Budget.last_on < today, Account.reserved > 0)
        .group_by(Agreement.id, ServiceApproval.pilot_version_id)
        .order_by(Agreement.id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def by_reference(session: Session, provider_id: int, reference: str) -> Delivery | None:
    """The provider's delivery with this number of its own, or None."""
    return session.scalar(
        sa.select(Delivery).where(Delivery.provider_id == provider_id, Delivery.reference == reference)
    )


def client_is_elsewhere(
    session: Session, agreement: Agreement, kind: DeliveryKind, start: datetime, end: datetime
) -> bool:
    """Whether the client has another visit at that time, whoever gives it.

    A visit that was cancelled keeps nobody else from giving one, but under one agreement a time is paid once.
    """
    same = Delivery.agreement_id == agreement.id
    return _overlaps(
        session,
        start,
        end,
        Delivery.organisation_key == agreement.organisation_key,
        Delivery.client_number == agreement.client_number,
        sa.or_(same, Delivery.kind == kind) if kind == DeliveryKind.GIVEN else same,
    )


def worker_is_elsewhere(
    session: Session, provider_id: int, worker: str, start: datetime, end: datetime
) -> bool:
    """Whether the provider has recorded the same worker at that time; never without a worker's name."""
    return bool(worker) and _overlaps(
        session,
        start,
        end,
        Delivery.provider_id == provider_id,
        Delivery.worker == worker,
        Delivery.kind == DeliveryKind.GIVEN,
    )


def _overlaps(session: Session, start: datetime, end: datetime, *where: sa.ColumnElement[bool]) -> bool:
    query = sa.select(sa.literal(1)).where(
        *where,
        Delivery.state.in_(DELIVERY.counting),
        Delivery.starts_at < end,
        Delivery.ends_at > start,
    )
    return session.scalar(query.limit(1)) is not None


def lapsed(session: Session, today: date, *, after: int, most: int) -> Sequence[int]:
    """Deliveries to which the client could have objected until a day that has passed: the next ones after an id."""
    return session.scalars(
        sa.select(Delivery.id)
        .where(
            Delivery.id > after, Delivery.state == DeliveryState.RECORDED, Delivery.objection_until < today
        )
        .order_by(Delivery.id)
        .limit(most)
    ).all()


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """Every delivery with what was said of it, for a copy of the client's data; for the slot `clients.kept_data`."""
    query = (
        sa.select(Delivery)
        .where(*to_client(client))
        .options(
            selectinload(Delivery.messages).joinedload(DeliveryMessage.author),
            joinedload(Delivery.agreement)
            .joinedload(Agreement.offer)
            .joinedload(Offer.approval)
            .joinedload(ServiceApproval.provider),
        )
        .order_by(Delivery.day, Delivery.id)
    )
    return "deliveries", [_told(each) for each in session.scalars(query)]


def _told(delivery: Delivery) -> dict[str, Any]:
    offer = delivery.agreement.offer
    return {
        "day": delivery.day.isoformat(),
        "from": delivery.starts_at.isoformat() if delivery.starts_at else None,
        "to": delivery.ends_at.isoformat() if delivery.ends_at else None,
        "provider": offer.approval.provider.name,
        "service": offer.service_key,
        "kind": delivery.kind,
        "what_was_done": delivery.activity,
        "state": delivery.state,
        "paid_by_the_organisation_cents": delivery.amount.cents,
        "own_share_cents": delivery.own_share.cents,
        "objection": delivery.dispute_reason or None,
        "said": [
            {"at": each.at.isoformat(), "by": each.author.name, "text": each.text}
            for each in delivery.messages
        ],
    }


def still_needs_client(session: Session, client: Client, _today: date) -> bool:
    """Whether something given to the client waits to be confirmed or settled; for the slot `clients.must_stay`."""
    open_ones = sa.exists().where(*to_client(client), Delivery.state.in_(sorted(DELIVERY.waiting)))
    return bool(session.scalar(sa.select(open_ones)))


def to_client(client: Client) -> tuple[sa.ColumnElement[bool], ...]:
    """Deliveries to one client."""
    return Delivery.organisation_key == client.organisation_key, Delivery.client_number == client.number
