"""Reading a client's budgets: the lines that count, what is objected to in them, and the prices that were agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.clients.models import Client
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.ledger.models import Account
from marketplace.ledger.rules import Sums, Unit
from marketplace.offers.models import Offer, OfferVersion
from marketplace.providers.models import ServiceApproval
from marketplace.vouchers.granting.balance import PeriodSums, ProviderPrices
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import DecisionState
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import not_over

Disputed = Mapping[int, Mapping[date, int]]
"""Line → first day of the budget → how much of it is objected to, in the line's unit."""


@dataclass(frozen=True, slots=True)
class Held:
    """A client's decisions that opened budgets, the newest first, with the periods of each line, what is objected to in
    them, and what the client's own providers ask.
    """

    decisions: Sequence[ServiceDecision]
    periods: Mapping[int, Sequence[PeriodSums]] = field(default_factory=dict)
    disputed: Disputed = field(default_factory=dict)
    providers: Mapping[int, Sequence[ProviderPrices]] = field(default_factory=dict)


def budgets_of(session: Session, client: Client, today: date) -> Held:
    """What a client has been granted and what has become of it. The number of queries does not depend on how much."""
    decisions = session.scalars(
        sa.select(ServiceDecision)
        .where(
            ServiceDecision.client_id == client.id,
            ServiceDecision.state.in_((DecisionState.MADE, DecisionState.REPLACED)),
        )
        .options(selectinload(ServiceDecision.lines))
        .order_by(ServiceDecision.id.desc())
    ).all()
    lines = {line.id: line for decision in decisions for line in decision.lines}
    if not lines:
        return Held(decisions)
    periods = _periods(session, lines)
    return Held(
        decisions, periods, _disputed(session, client, lines, periods), _providers(session, lines, today)
    )


def _periods(session: Session, lines: Iterable[int]) -> Mapping[int, Sequence[PeriodSums]]:
    found: defaultdict[int, list[PeriodSums]] = defaultdict(list)
    rows = session.execute(
        sa.select(
            Budget.line_id,
            Budget.first_on,
            Budget.last_on,
            Budget.settled_at,
            Account.granted,
            Account.reserved,
            Account.used,
        )
        .join(Account, Account.id == Budget.account_id)
        .where(Budget.line_id.in_(list(lines)))
        .order_by(Budget.line_id, Budget.first_on)
    )
    for line_id, first, last, settled_at, granted, reserved, used in rows:
        found[line_id].append(PeriodSums(first, last, Sums(granted, reserved, used), settled_at is not None))
    return found


def _disputed(
    session: Session,
    client: Client,
    lines: Mapping[int, DecisionLine],
    periods: Mapping[int, Sequence[PeriodSums]],
) -> Disputed:
    rows = session.execute(
        sa.select(Delivery, DecisionLine.id)
        .join(Delivery.agreement)
        .join(Agreement.line)
        .where(
            Delivery.organisation_key == client.organisation_key,
            Delivery.client_number == client.number,
            Delivery.state == DeliveryState.DISPUTED,
            DecisionLine.id.in_(lines),
        )
    )
    found: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for delivery, line_id in rows:
        for period in periods.get(line_id, ()):
            if period.holds(delivery.day):
                found[line_id][period.first] += amount_in(delivery, lines[line_id].unit)
    return found


def amount_in(delivery: Delivery, unit: Unit) -> int:
    """How much of a budget in a unit a delivery takes: its price in cents, or its time in minutes."""
    if unit is Unit.CENTS:
        return delivery.amount.cents
    return sum(line.minutes or 0 for line in delivery.priced)


def _providers(session: Session, lines: Iterable[int], today: date) -> Mapping[int, Sequence[ProviderPrices]]:
    """By line the prices of those with whom the client has an agreement that runs today."""
    found: defaultdict[int, list[ProviderPrices]] = defaultdict(list)
    agreements = session.scalars(
        sa.select(Agreement)
        .where(Agreement.line_id.in_(list(lines)), Agreement.starts_on <= today, not_over(today))
        .options(
            joinedload(Agreement.offer).joinedload(Offer.approval).joinedload(ServiceApproval.provider),
            joinedload(Agreement.version).selectinload(OfferVersion.prices),
        )
        .order_by(Agreement.id)
    )
    for each in agreements:
        assert each.line_id is not None  # noqa: S101 - the query asks for it
        found[each.line_id].append(
            ProviderPrices(
                each.offer.approval.provider.name,
                {price.band: (price.unit, price.amount) for price in each.version.prices},
            )
        )
    return found
