"""Reading service decisions, their budgets, and the hourly prices that clients can choose among."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from marketplace.clients.models import Client, Participation
from marketplace.clients.plans.models import SupportPlan
from marketplace.clients.plans.queries import plan_for_decision
from marketplace.clients.queries import client_for_staff
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.ledger.models import Account
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import Availability, OfferState, version_in_force
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import BANDS
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import EFFECTIVE, DecisionKind, DecisionState, Prices
from marketplace.work import UnitOfWork

_whole = selectinload(ServiceDecision.lines).selectinload(DecisionLine.budgets)


def decision_for_staff(
    work: UnitOfWork,
    decision_id: int,
    *,
    permission: Permission = Permission.VIEW_CLIENTS,
    lock: bool = False,
) -> ServiceDecision:
    """A decision on a client of the actor's organisation; `lock` for a change. Raises NotFound for any other.

    The client is locked first, as for everything that takes the client's budget, then the decision that it replaces.
    What is to be locked is not read before: what it was then would count as changed by another.
    """
    known = work.session.execute(
        sa.select(ServiceDecision.client_id, ServiceDecision.replaces_id).where(
            ServiceDecision.id == decision_id
        )
    ).one_or_none()
    if known is None:
        raise NotFound()
    client_for_staff(work, known.client_id, permission=permission, lock=lock)
    for each in sorted(filter(None, {decision_id, known.replaces_id})) if lock else ():
        work.session.get(ServiceDecision, each, options=[_whole], with_for_update=for_change(ServiceDecision))
    return work.session.get_one(ServiceDecision, decision_id, options=[_whole])


def plan_in(session: Session, decision: ServiceDecision) -> SupportPlan | None:
    """The version of the client's support plan that is a part of the decision; of one that has not been made yet the
    version that would be, when the client wants it. A decision that ends the budget has none.
    """
    if decision.number is not None:
        return decision.plan
    return None if decision.kind is DecisionKind.END else plan_for_decision(session, decision.client_id)


def decisions_of(session: Session, client_id: int) -> Sequence[ServiceDecision]:
    """The decisions on a client with their lines and budgets, the newest first; discarded drafts are left out."""
    return session.scalars(
        sa.select(ServiceDecision)
        .where(ServiceDecision.client_id == client_id, ServiceDecision.state != DecisionState.DISCARDED)
        .options(_whole)
        .order_by(ServiceDecision.id.desc())
    ).all()


def made_for(session: Session, client_id: int) -> Sequence[ServiceDecision]:
    """The decisions that have been made on a client, with their lines, the newest first: what the client sees."""
    return session.scalars(
        sa.select(ServiceDecision)
        .where(ServiceDecision.client_id == client_id, ServiceDecision.state.in_(sorted(EFFECTIVE)))
        .options(selectinload(ServiceDecision.lines), joinedload(ServiceDecision.file))
        .order_by(ServiceDecision.starts_on.desc(), ServiceDecision.id.desc())
    ).all()


def line_of(decision: ServiceDecision, line_id: int) -> DecisionLine:
    """A line of the decision. Raises NotFound."""
    for line in decision.lines:
        if line.id == line_id:
            return line
    raise NotFound()


def _not_over(day: date) -> sa.ColumnElement[bool]:
    """Decisions that have been made and are not over on a day. One that another replaces holds until that one begins:
    it is replaced from the day on which the other is made, often months before.
    """
    later = aliased(ServiceDecision)
    begun = sa.exists().where(
        later.replaces_id == ServiceDecision.id, later.state.in_(EFFECTIVE), later.starts_on <= day
    )
    return sa.and_(ServiceDecision.state.in_(EFFECTIVE), ServiceDecision.ends_on >= day, ~begun)


def line_for(
    session: Session, organisation: str, client_number: str, pilot_key: str, service_key: str, day: date
) -> DecisionLine | None:
    """The line from which a client's agreement on a service is paid on a day: the oldest one that is in force."""
    return session.scalars(
        sa.select(DecisionLine)
        .join(DecisionLine.decision)
        .join(ServiceDecision.client)
        .where(
            Client.organisation_key == organisation,
            Client.number == client_number,
            ServiceDecision.pilot_key == pilot_key,
            ServiceDecision.starts_on <= day,
            _not_over(day),
            DecisionLine.service_key == service_key,
        )
        .options(selectinload(DecisionLine.budgets))
        .order_by(DecisionLine.id)
        .limit(1)
    ).one_or_none()


def has_decision_on(session: Session, client_id: int, pilot_key: str, service_key: str, today: date) -> bool:
    """Whether a decision that has been made gives the client a service in a pilot, now or later."""
    return (
        session.scalar(
            sa.select(
                sa.exists()
                .where(
                    ServiceDecision.id == DecisionLine.decision_id,
                    ServiceDecision.client_id == client_id,
                    ServiceDecision.pilot_key == pilot_key,
                    _not_over(today),
                    DecisionLine.service_key == service_key,
                )
                .select_from(DecisionLine)
            )
        )
        is True
    )


def waiting(session: Session, organisation: str) -> Sequence[ServiceDecision]:
    """The decisions of the organisation's clients that are proposed and not made, the oldest application first."""
    return session.scalars(
        sa.select(ServiceDecision)
        .join(Client)
        .where(Client.organisation_key == organisation, ServiceDecision.state == DecisionState.PROPOSED)
        .options(_whole, joinedload(ServiceDecision.client), joinedload(ServiceDecision.proposed_by))
        .order_by(ServiceDecision.applied_on.is_(None), ServiceDecision.applied_on, ServiceDecision.id)
    ).all()


def waiting_count(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts the decisions that `waiting` gives."""
    return (
        sa.select(sa.func.count(ServiceDecision.id))
        .join(Client)
        .where(Client.organisation_key == organisation, ServiceDecision.state == DecisionState.PROPOSED)
        .scalar_subquery()
    )


def _returned_to(organisation: str, person: int) -> sa.ColumnElement[bool]:
    """Drafts that a decider has returned, of who proposed them or has the client now."""
    return sa.and_(
        Client.organisation_key == organisation,
        ServiceDecision.state == DecisionState.DRAFT,
        ServiceDecision.return_reason != "",
        sa.or_(ServiceDecision.proposed_by_id == person, Client.counsellor_id == person),
    )


def returned(session: Session, organisation: str, person: int) -> Sequence[ServiceDecision]:
    """The decisions that have come back to a person to be written again, the oldest application first."""
    return session.scalars(
        sa.select(ServiceDecision)
        .join(Client)
        .where(_returned_to(organisation, person))
        .options(_whole, joinedload(ServiceDecision.client))
        .order_by(ServiceDecision.applied_on.is_(None), ServiceDecision.applied_on, ServiceDecision.id)
    ).all()


def returned_count(session: Session, organisation: str, person: int) -> int:
    """How many decisions `returned` gives."""
    query = (
        sa.select(sa.func.count(ServiceDecision.id)).join(Client).where(_returned_to(organisation, person))
    )
    return session.scalar(query) or 0


def takes_part(session: Session, client_id: int, pilot_key: str, day: date) -> bool:
    """Whether the client takes part in the pilot on a day."""
    return (
        session.scalar(
            sa.select(
                sa.exists().where(
                    Participation.client_id == client_id,
                    Participation.pilot_key == pilot_key,
                    Participation.joined_on <= day,
                    sa.or_(Participation.ended_on.is_(None), Participation.ended_on >= day),
                )
            )
        )
        is True
    )


def hold_budgets(session: Session, decision: ServiceDecision) -> None:
    """Let nobody else settle or end the budgets of a decision until the transaction ends."""
    query = sa.select(Budget).where(Budget.line_id.in_([line.id for line in decision.lines]))
    session.scalars(query.order_by(Budget.id).with_for_update(**for_change(Budget))).all()


def unsettled(session: Session, today: date) -> Sequence[int]:
    """The budgets whose period is over and in whose account something is left, by id; also one that has been settled
    before, when something that was held or used has come back to it.
    """
    return session.scalars(
        sa.select(Budget.id)
        .join(Account, Account.id == Budget.account_id)
        .where(
            Budget.last_on < today,
            Account.granted - Account.reserved - Account.used > 0,
        )
        .order_by(Budget.id)
    ).all()


def budget_after(session: Session, budget: Budget) -> Budget | None:
    """The line's next budget, unless it has been settled already."""
    return session.scalars(
        sa.select(Budget)
        .where(
            Budget.line_id == budget.line_id,
            Budget.first_on > budget.last_on,
            Budget.settled_at.is_(None),
        )
        .order_by(Budget.first_on)
        .limit(1)
    ).one_or_none()


def prices_by_band(
    session: Session, pilot_key: str, service_key: str, municipality: str | None, day: date
) -> Mapping[str, Prices]:
    """What a service costs by band: for each provider of the pilot the lowest price, in a municipality or, when that is
    not known, in the whole area. Only offers that are in force on the day; who has said to be full is counted apart.
    Bands are in the order of every price table.
    """
    offers = session.scalars(
        sa.select(Offer)
        .join(Offer.approval)
        .join(ServiceApproval.provider)
        .where(
            Offer.pilot_key == pilot_key,
            Offer.service_key == service_key,
            Offer.state == OfferState.PUBLISHED,
            sa.or_(Offer.ends_on.is_(None), Offer.ends_on >= day),
            ServiceApproval.state == ApprovalState.APPROVED,
            Provider.state == ProviderState.ACTIVE,
        )
        .options(selectinload(Offer.versions).selectinload(OfferVersion.prices))
    )
    found: defaultdict[tuple[str, str], dict[int, Money]] = defaultdict(dict)
    full: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for offer in offers:
        version = version_in_force(offer.versions, day)
        if version is None or (municipality is not None and municipality not in version.municipalities):
            continue
        for price in version.prices:
            lowest = found[price.band, price.unit]
            if offer.availability_state is Availability.FULL:
                full[price.band, price.unit].add(offer.provider_id)
                continue
            lowest[offer.provider_id] = min(lowest.get(offer.provider_id, price.amount), price.amount)
    return {
        band: Prices(
            unit, tuple(sorted(found[band, unit].values())), len(full[band, unit] - found[band, unit].keys())
        )
        for band, unit in sorted(found, key=lambda each: list(BANDS).index(each[0]))
    }


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """The decisions on a client with what each line gave, for a copy of the client's data; for the slot
    `clients.kept_data`. A draft is not a decision yet, and so is told as what it is.
    """
    return "service_decisions", [
        {
            "number": each.number,
            "kind": each.kind,
            "state": each.state,
            "pilot": each.pilot_key,
            "from": each.starts_on.isoformat(),
            "to": each.ends_on.isoformat(),
            "applied": each.applied_on.isoformat() if each.applied_on else None,
            "voucher_accepted": each.voucher_accepted_on.isoformat() if each.voucher_accepted_on else None,
            "acting_as_a_consumer": each.consumer,
            "with_whose_support": each.supporter or None,
            "arranged_by_the_organisation": each.municipal or None,
            "grounds": each.grounds or None,
            "returned_because": each.return_reason or None,
            "posted": each.posted_on.isoformat() if each.posted_on else None,
            "support_plan_version": each.plan.number if each.plan else None,
            "lines": [_line_told(line) for line in each.lines],
        }
        for each in decisions_of(session, client.id)
    ]


def _line_told(line: DecisionLine) -> dict[str, Any]:
    return {
        "service": line.service_key,
        "unit": line.unit,
        "amount": line.amount,
        "every": line.every,
        "fee": line.fee_ground,
        "legal_basis": line.legal_basis or None,
        "budgets": [
            {
                "from": budget.first_on.isoformat(),
                "to": budget.last_on.isoformat(),
                "granted": budget.account.granted,
                "reserved": budget.account.reserved,
                "used": budget.account.used,
            }
            for budget in line.budgets
        ],
    }
