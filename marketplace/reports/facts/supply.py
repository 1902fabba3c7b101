"""Supply: who was invited, applied, was refused and is approved, and what is offered at what price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, ApplicationLine
from marketplace.applications.rules import Outcome
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots.definition import PilotDefinition
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.reports.facts.clients import Keys
from marketplace.reports.facts.span import Span
from marketplace.reports.rules import Dimension, Fact, Measure, Quarter


def supply(
    session: Session, definition: PilotDefinition, span: Span, quarters: Iterable[Quarter]
) -> Iterator[Fact]:
    """Everything that the report on supply tells of a pilot; what stands is told as on the last day of quarters."""
    yield from _invited(session, definition.key, span)
    yield from _applied(session, definition.key, span)
    for quarter in quarters:
        yield from _approved(session, definition.key, quarter.last)
        yield from _offered(session, definition, quarter.last)


def _invited(session: Session, pilot_key: str, span: Span) -> Iterator[Fact]:
    """Each addressee once, when the first letter was written."""
    first = sa.func.min(InvitationLetter.written_at)
    query = (
        sa.select(Invitation.id, sa.type_coerce(first, InvitationLetter.written_at.type))
        .join(InvitationLetter, InvitationLetter.invitation_id == Invitation.id)
        .where(Invitation.pilot_key == pilot_key, InvitationLetter.written_at.is_not(None))
        .group_by(Invitation.id)
        .having(span.holds_moment(first))
    )
    for invitation_id, at in session.execute(query):
        yield Fact(Measure.INVITED, helsinki_date(at), invitation_id)


def _applied(session: Session, pilot_key: str, span: Span) -> Iterator[Fact]:
    """What was applied for, service by service, and what became of it."""
    query = (
        sa.select(
            Application.provider_id,
            Application.submitted_at,
            ApplicationLine.service_key,
            ApplicationLine.outcome,
            ApplicationLine.decided_at,
        )
        .join(ApplicationLine, ApplicationLine.application_id == Application.id)
        .where(Application.pilot_key == pilot_key, Application.submitted_at.is_not(None))
    )
    for provider_id, submitted_at, service, outcome, decided_at in session.execute(query):
        if submitted_at is None:
            continue
        keys: Keys = {Dimension.SERVICE: service}
        sent = helsinki_date(submitted_at)
        if span.first <= sent <= span.last:
            yield Fact(Measure.APPLIED, sent, provider_id, keys=keys)
        if decided_at is None:
            continue
        decided = helsinki_date(decided_at)
        if span.first <= decided <= span.last:
            if outcome is Outcome.REJECTED:
                yield Fact(Measure.REFUSED, decided, provider_id, keys=keys)
            yield Fact(Measure.DAYS_TO_DECISION, decided, provider_id, (decided - sent).days, keys=keys)


def _approved(session: Session, pilot_key: str, day: date) -> Iterator[Fact]:
    query = sa.select(
        ServiceApproval.provider_id, ServiceApproval.service_key, ServiceApproval.municipalities
    ).where(
        ServiceApproval.pilot_key == pilot_key,
        ServiceApproval.state == ApprovalState.APPROVED,
        ServiceApproval.approved_on <= day,
    )
    for provider_id, service, municipalities in session.execute(query):
        keys: Keys = {Dimension.SERVICE: service, Dimension.MUNICIPALITY: tuple(municipalities)}
        yield Fact(Measure.APPROVED, day, provider_id, keys=keys)


def _offered(session: Session, definition: PilotDefinition, day: date) -> Iterator[Fact]:
    """Each offer that had a version in force on a day: where, in which languages, at which prices."""
    latest = (
        sa.select(OfferVersion.offer_id, sa.func.max(OfferVersion.valid_from).label("since"))
        .where(OfferVersion.state == VersionState.PUBLISHED, OfferVersion.valid_from <= day)
        .group_by(OfferVersion.offer_id)
        .subquery()
    )
    query = (
        sa.select(
            OfferVersion.id,
            OfferVersion.offer_id,
            OfferVersion.municipalities,
            OfferVersion.languages,
            Offer.service_key,
        )
        .join(latest, sa.and_(latest.c.offer_id == OfferVersion.offer_id, latest.c.since == OfferVersion.valid_from))
        .join(Offer, Offer.id == OfferVersion.offer_id)
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .where(
            Offer.pilot_key == definition.key,
            Offer.state == OfferState.PUBLISHED,
            sa.or_(Offer.ends_on.is_(None), Offer.ends_on >= day),
            OfferVersion.state == VersionState.PUBLISHED,
            ServiceApproval.state == ApprovalState.APPROVED,
            ServiceApproval.approved_on <= day,
        )
    )  # fmt: skip
    services: dict[int, str] = {}
    for version_id, offer_id, municipalities, languages, service in session.execute(query):
        services[version_id] = service
        keys: Keys = {
            Dimension.SERVICE: service,
            Dimension.MUNICIPALITY: tuple(municipalities),
            Dimension.LANGUAGE: tuple(languages),
        }
        yield Fact(Measure.OFFERS, day, offer_id, keys=keys)
    ceilings = {
        (service.key, row.band): row.ceiling.cents
        for service in definition.services
        for row in service.bands_on(day)
    }
    for version_id, band, amount in session.execute(
        sa.select(OfferPrice.version_id, OfferPrice.band, OfferPrice.amount).where(
            OfferPrice.version_id.in_(services)
        )
    ):
        service = services[version_id]
        if ceiling := ceilings.get((service, band)):
            share = (amount.cents * 200 + ceiling) // (2 * ceiling)
            keys = {Dimension.SERVICE: service}
            yield Fact(Measure.PRICE_OF_CEILING, day, version_id, share, keys=keys)
