"""Choice: agreements that began, changes of provider, endings, refusals, and how soon a decision became a service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.clients.models import Client
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer
from marketplace.pilots.models import Pilot
from marketplace.reports.facts.clients import Keys, clients_of
from marketplace.reports.facts.span import Span
from marketplace.reports.rules import ChangeCause, Dimension, Fact, Measure
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import DecisionKind
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AGREEMENT, AgreementParty, AgreementState

_ENDED_BY: Final = {
    AgreementParty.CLIENT: Measure.ENDED_BY_CLIENT,
    AgreementParty.HELPER: Measure.ENDED_BY_CLIENT,
    AgreementParty.PROVIDER: Measure.ENDED_BY_PROVIDER,
}
"""Who ended an agreement with notice → the measure; what the office ends is an end by time or by law."""


def choice(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """Everything that the report on choice tells of a pilot."""
    keys = clients_of(session, pilot.organisation_key)
    former, former_offer = aliased(Agreement), aliased(Offer)
    query = (
        sa.select(Agreement, Offer.service_key, Offer.provider_id, former, former_offer.provider_id)
        .join(Offer, Offer.id == Agreement.offer_id)
        .outerjoin(former, former.id == Agreement.replaces_id)
        .outerjoin(former_offer, former_offer.id == former.offer_id)
        .where(Offer.pilot_key == pilot.key)
    )
    for agreement, service, provider_id, before, former_id in session.execute(query):
        own = {**keys(agreement.client_number, service), Dimension.CAUSE: _cause(agreement, before)}
        for measure, day in _happened(agreement, provider_id, former_id):
            if day is not None and span.first <= day <= span.last:
                yield Fact(measure, day, agreement.client_number, keys=own)
    yield from _first_deliveries(session, pilot, span)


def _happened(
    agreement: Agreement, provider_id: int, former_id: int | None
) -> Iterator[tuple[Measure, date | None]]:
    """What happened to an agreement, each with its day. Other hours with the same provider are no choice anew."""
    if agreement.state in AGREEMENT.agreed and former_id != provider_id:
        yield Measure.AGREEMENTS if former_id is None else Measure.CHANGES, agreement.starts_on
    if agreement.state is AgreementState.STOPPED:
        yield Measure.ENDED_AT_ONCE, agreement.ends_on
    elif agreement.state is AgreementState.ENDING and agreement.ended_by in _ENDED_BY:
        yield _ENDED_BY[agreement.ended_by], agreement.ends_on
    elif agreement.state is AgreementState.DECLINED and agreement.answered_at is not None:
        yield Measure.DECLINED, helsinki_date(agreement.answered_at)
    elif agreement.state is AgreementState.LAPSED:
        yield Measure.UNANSWERED, agreement.answer_until


def _cause(agreement: Agreement, former: Agreement | None) -> str:
    """Why a client left the provider of a former agreement: what the client said, or else how that one ended."""
    if former is None:
        return ""
    if agreement.change_reason is not None:
        return f"{ChangeCause.OWN}:{agreement.change_reason}"
    if former.state is AgreementState.STOPPED:
        return ChangeCause.STOPPED
    others = {AgreementParty.PROVIDER: ChangeCause.PROVIDER, AgreementParty.OFFICE: ChangeCause.OFFICE}
    return others.get(former.ended_by, ChangeCause.OWN) if former.ended_by else ChangeCause.OWN


def _first_deliveries(session: Session, pilot: Pilot, span: Span) -> Iterator[Fact]:
    """The days from a first decision to the first delivery out of each of its lines, by the day of that delivery.

    What was given on the day of the decision or before it, because it was decided afterwards, took no days.
    """
    keys = clients_of(session, pilot.organisation_key)
    first_day = sa.func.min(Delivery.day)
    query = (
        sa.select(Client.number, DecisionLine.service_key, ServiceDecision.decided_at, first_day)
        .join(DecisionLine, DecisionLine.decision_id == ServiceDecision.id)
        .join(Budget, Budget.line_id == DecisionLine.id)
        .join(Delivery, Delivery.budget_id == Budget.id)
        .join(Client, Client.id == ServiceDecision.client_id)
        .where(
            ServiceDecision.pilot_key == pilot.key,
            ServiceDecision.kind == DecisionKind.GRANT,
            Delivery.state == DeliveryState.CONFIRMED,
        )
        .group_by(Client.number, DecisionLine.id, DecisionLine.service_key, ServiceDecision.decided_at)
        .having(span.holds(first_day))
    )
    for number, service, decided_at, day in session.execute(query):
        if decided_at is None:
            continue
        own: Keys = keys(number, service)
        days = max((day - helsinki_date(decided_at)).days, 0)
        yield Fact(Measure.DAYS_TO_FIRST, day, number, days, keys=own)
