"""Reading a client's budgets: the lines that count, what is objected to in them, and the prices that were agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from marketplace.clients.models import Client
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.ledger.models import Account
from marketplace.ledger.rules import Sums
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice
from marketplace.pilots.models import in_order_of_bands
from marketplace.providers.models import Provider
from marketplace.vouchers.granting.balance import PeriodSums, ProviderPrices
from marketplace.vouchers.granting.models import Budget, ServiceDecision
from marketplace.vouchers.granting.rules import DecisionState
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import not_over


@dataclass(frozen=True, slots=True)
class Held:
    """A client's decisions that opened budgets, the newest first, with the periods of each line, and what the client's
    own providers ask.
    """

    decisions: Sequence[ServiceDecision]
    periods: Mapping[int, Sequence[PeriodSums]] = field(default_factory=dict)
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
    lines = [line.id for decision in decisions for line in decision.lines]
    if not lines:
        return Held(decisions)
    return Held(decisions, _periods(session, lines), _providers(session, lines, today))


def _periods(session: Session, lines: Iterable[int]) -> Mapping[int, Sequence[PeriodSums]]:
    """The budgets of each line in the order of their days. What is objected to is summed where it is kept."""
    disputed = (
        sa.select(sa.func.coalesce(sa.func.sum(Delivery.takes), 0))
        .where(Delivery.budget_id == Budget.id, Delivery.state == DeliveryState.DISPUTED)
        .scalar_subquery()
    )
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
            disputed,
        )
        .join(Account, Account.id == Budget.account_id)
        .where(Budget.line_id.in_(list(lines)))
        .order_by(Budget.line_id, Budget.first_on)
    )
    for line_id, first, last, settled_at, granted, reserved, used, objected_to in rows:
        sums = Sums(granted, reserved, used)
        found[line_id].append(PeriodSums(first, last, sums, settled_at is not None, int(objected_to)))
    return found


def _providers(session: Session, lines: Iterable[int], today: date) -> Mapping[int, Sequence[ProviderPrices]]:
    """By line the prices of those with whom the client has an agreement that runs today."""
    rows = session.execute(
        sa.select(
            Agreement.line_id,
            Agreement.id,
            Provider.trade_name,
            Provider.official_name,
            OfferPrice.band,
            OfferPrice.unit,
            OfferPrice.amount,
        )
        .join(Offer, Offer.id == Agreement.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .outerjoin(OfferPrice, OfferPrice.version_id == Agreement.version_id)
        .where(Agreement.line_id.in_(list(lines)), Agreement.starts_on <= today, not_over(today))
        .order_by(Agreement.id, in_order_of_bands(OfferPrice.band))
    )
    found: defaultdict[int, dict[int, ProviderPrices]] = defaultdict(dict)
    prices: defaultdict[int, dict[str, tuple[str, Money]]] = defaultdict(dict)
    for line_id, agreement, trade_name, official_name, band, unit, amount in rows:
        assert line_id is not None  # noqa: S101 - the query asks for it
        found[line_id].setdefault(agreement, ProviderPrices(trade_name or official_name, prices[agreement]))
        if band is not None:
            prices[agreement][band] = (unit, amount)
    return {line_id: list(agreements.values()) for line_id, agreements in found.items()}
