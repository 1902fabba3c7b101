"""Money: what was granted, held, used and left of budgets, what was given for it, and how soon it was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.clients.models import Client
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.ledger.models import Entry, Posting
from marketplace.ledger.rules import EntryKind, Flow, Unit
from marketplace.offers.models import Offer
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.rules import StatementRowKind
from marketplace.pilots.models import Pilot
from marketplace.reports.facts.clients import clients_of
from marketplace.reports.facts.returned import returned
from marketplace.reports.facts.span import Span, month_of
from marketplace.reports.rules import Dimension, Fact, Measure
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.models import Agreement

_MOVES: Final = {
    (Flow.GRANTED, EntryKind.GRANT, 1): "granted",
    (Flow.GRANTED, EntryKind.CARRY, -1): "carried",
}
"""Flow, kind of entry and sign of what is granted → the measure; what was carried to a budget was granted before. What
returned is told with why (`returned.py`).
"""


def money(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """Everything that the report on money tells of a pilot."""
    yield from _given(session, pilot, span)
    yield from _booked(session, pilot, span)
    yield from returned(session, pilot, span)
    yield from _paid(session, pilot, span)


def _given(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """What confirmed deliveries cost the organisation, by client, service and month."""
    keys = clients_of(session, pilot.organisation_key)
    months = month_of(Delivery.day)
    query = (
        sa.select(
            Delivery.client_number,
            Offer.service_key,
            *months,
            sa.func.sum(sa.type_coerce(Delivery.amount, sa.BigInteger)),
        )
        .join(Agreement, Agreement.id == Delivery.agreement_id)
        .join(Offer, Offer.id == Agreement.offer_id)
        .where(
            Offer.pilot_key == pilot.key, Delivery.state == DeliveryState.CONFIRMED, span.holds(Delivery.day)
        )
        .group_by(Delivery.client_number, Offer.service_key, *months)
    )
    for number, service, year, month, cents in session.execute(query):
        first = date(int(year), int(month), 1)
        for measure, value in (
            (Measure.CLIENTS, 1),
            (Measure.SPENT, int(cents)),
            (Measure.PER_MONTH, int(cents)),
        ):
            yield Fact(measure, first, number, value, keys=keys(number, service), per=(number, first))


def _booked(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """What the books moved on the budgets of clients, by client, service and month; hours and euros apart.

    What releases a reservation counts on the day of the reservation, so what is told as reserved is what is still held
    of it: in no month less than nothing.
    """
    keys = clients_of(session, pilot.organisation_key)
    held = aliased(Entry)
    day: Any = sa.case(
        (Posting.flow == Flow.RESERVED, sa.func.coalesce(held.effective_on, Entry.effective_on)),
        else_=Entry.effective_on,
    )
    months = month_of(day)
    sign = sa.case((Posting.amount > 0, 1), else_=-1)
    what = (Client.number, DecisionLine.service_key, Posting.unit, Posting.flow, Entry.kind)
    query = (
        sa.select(*what, sign, *months, sa.func.sum(Posting.amount))
        .join(Entry, Entry.id == Posting.entry_id)
        .outerjoin(held, held.id == Entry.resolves_id)
        .join(Budget, Budget.account_id == Posting.account_id)
        .join(DecisionLine, DecisionLine.id == Budget.line_id)
        .join(ServiceDecision, ServiceDecision.id == DecisionLine.decision_id)
        .join(Client, Client.id == ServiceDecision.client_id)
        .where(ServiceDecision.pilot_key == pilot.key, span.holds(day))
        .group_by(*what, sign, *months)
    )
    for number, service, unit, flow, kind, signed, year, month, amount in session.execute(query):
        name = _name(flow, kind, signed)
        if name:
            measure = Measure(f"{name}_{'cents' if unit is Unit.CENTS else 'minutes'}")
            value = int(amount) if name == "granted" else -int(amount)
            yield Fact(measure, date(int(year), int(month), 1), number, value, keys=keys(number, service))


def _name(flow: Flow, kind: EntryKind, sign: int) -> str:
    if flow is Flow.GRANTED:
        return _MOVES.get((flow, kind, sign), "")
    return {Flow.RESERVED: "reserved", Flow.USED: "used"}.get(flow, "")


def _paid(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """The days from each stated delivery until it was paid, by the day of payment."""
    query = (
        sa.select(
            PaymentRow.paid_on, StatementRow.day, StatementRow.service_key, Statement.provider_id, sa.func.count()
        )
        .join(Statement, Statement.id == PaymentRow.statement_id)
        .join(StatementRow, StatementRow.statement_id == Statement.id)
        .where(
            Statement.pilot_key == pilot.key,
            PaymentRow.state == PaymentState.PAID,
            span.holds(PaymentRow.paid_on),
            StatementRow.kind == StatementRowKind.DELIVERY,
        )
        .group_by(PaymentRow.paid_on, StatementRow.day, StatementRow.service_key, Statement.provider_id)
    )  # fmt: skip
    for paid_on, day, service, provider_id, times in session.execute(query):
        if paid_on is not None:
            days = (paid_on - day).days
            keys = {Dimension.SERVICE: service}
            yield Fact(Measure.DAYS_TO_PAID, paid_on, provider_id, days, times, keys)
