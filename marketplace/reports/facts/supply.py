"""Supply: who was invited, applied, was refused and is approved, and what is offered at what price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, ApplicationLine
from marketplace.applications.rules import Outcome
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import definition_on
from marketplace.providers.approved_services.queries import approved_at_the_end_of
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.reports.facts.clients import Keys
from marketplace.reports.facts.span import Span, end_of
from marketplace.reports.rules import Dimension, Fact, Measure, Quarter

Versions: TypeAlias = sa.Select[int, int, list[str], list[str], str]
"""Versions of offers with their offer, municipalities, languages and service."""

NO_GROUNDS: Final = frozenset({"heard"})
"""Phrases of a refusal that say how it came about, and not why."""


def supply(session: Session, pilot_key: str, span: Span, quarters: Iterable[Quarter]) -> Iterator[Fact]:
    """Everything that the report on supply tells of a pilot; what stands is told as on the last day of quarters."""
    yield from _invited(session, pilot_key, span)
    yield from _applied(session, pilot_key, span)
    for quarter in quarters:
        definition = definition_on(session, pilot_key, end_of(quarter.last))
        yield from _approved(session, pilot_key, quarter.last)
        yield from _offered(session, definition, quarter.last)
        yield from _priced(session, definition, quarter.last)


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
            ApplicationLine.proposed_phrases,
        )
        .join(ApplicationLine, ApplicationLine.application_id == Application.id)
        .where(Application.pilot_key == pilot_key, Application.submitted_at.is_not(None))
    )
    for provider_id, submitted_at, service, outcome, decided_at, phrases in session.execute(query):
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
                ground = {**keys, Dimension.GROUND: _ground(phrases)}
                yield Fact(Measure.REFUSED, decided, provider_id, keys=ground)
            yield Fact(Measure.DAYS_TO_DECISION, decided, provider_id, (decided - sent).days, keys=keys)


def _ground(phrases: Sequence[str]) -> str:
    """The first ground that the decision states; nothing when it stands in its writer's own words alone."""
    return next((phrase for phrase in phrases if phrase not in NO_GROUNDS), "")


def _approved(session: Session, pilot_key: str, day: date) -> Iterator[Fact]:
    for _id, provider_id, service, municipalities in session.execute(approved_at_the_end_of(pilot_key, day)):
        keys: Keys = {Dimension.SERVICE: service, Dimension.MUNICIPALITY: tuple(municipalities)}
        yield Fact(Measure.APPROVED, day, provider_id, keys=keys)


def _offered(session: Session, definition: PilotDefinition, day: date) -> Iterator[Fact]:
    """Each offer that had a version in force on a day: where, in which languages; and where there was none."""
    taken: set[tuple[str, str]] = set()
    for _version_id, offer_id, municipalities, languages, service in session.execute(
        _standing(definition.key, day)
    ):
        keys: Keys = {
            Dimension.SERVICE: service,
            Dimension.MUNICIPALITY: tuple(municipalities),
            Dimension.LANGUAGE: tuple(languages),
        }
        taken |= {(municipality, service) for municipality in municipalities}
        yield Fact(Measure.OFFERS, day, offer_id, keys=keys)
    for municipality in sorted(definition.municipalities):
        for service in definition.service_keys:
            if (municipality, service) not in taken:
                keys = {
                    Dimension.SERVICE: service,
                    Dimension.MUNICIPALITY: municipality,
                    Dimension.PLACE: f"{municipality}:{service}",
                }
                yield Fact(Measure.WITHOUT_OFFERS, day, (municipality, service), keys=keys)


def _priced(session: Session, definition: PilotDefinition, day: date) -> Iterator[Fact]:
    """The prices that held on a day, beside the highest ones and beside those of the same offers a year before."""
    ceilings = {
        (service.key, row.band): row.ceiling.cents
        for service in definition.services
        for row in service.bands_on(day)
    }
    before = {
        (offer_id, band): cents
        for offer_id, _service, _version_id, band, cents in _prices(
            session, _begun(definition.key, day.replace(year=day.year - 1))
        )
    }
    for offer_id, service, version_id, band, cents in _prices(session, _standing(definition.key, day)):
        keys: Keys = {Dimension.SERVICE: service}
        yield Fact(Measure.PRICE, day, version_id, cents, keys={Dimension.BAND: f"{service}:{band}"})
        for measure, other in (
            (Measure.PRICE_OF_CEILING, ceilings.get((service, band))),
            (Measure.PRICE_OF_YEAR, before.get((offer_id, band))),
        ):
            if other:
                yield Fact(measure, day, version_id, (cents * 200 + other) // (2 * other), keys=keys)


def _prices(session: Session, versions: Versions) -> Iterator[tuple[int, str, int, str, int]]:
    """Offer, service, version, row of the price table and cents of every price of some versions."""
    own = versions.subquery()
    query = sa.select(
        own.c.offer_id, own.c.service_key, OfferPrice.version_id, OfferPrice.band, OfferPrice.amount
    ).join(own, own.c.id == OfferPrice.version_id)
    for offer_id, service, version_id, band, amount in session.execute(query):
        yield offer_id, service, version_id, band, amount.cents


def _begun(pilot_key: str, day: date) -> Versions:
    """The version that every offer of a pilot had in force on a day."""
    latest = (
        sa.select(OfferVersion.offer_id, sa.func.max(OfferVersion.valid_from).label("since"))
        .where(OfferVersion.state == VersionState.PUBLISHED, OfferVersion.valid_from <= day)
        .group_by(OfferVersion.offer_id)
        .subquery()
    )
    return (
        sa.select(
            OfferVersion.id,
            OfferVersion.offer_id,
            OfferVersion.municipalities,
            OfferVersion.languages,
            Offer.service_key,
        )
        .join(latest, sa.and_(latest.c.offer_id == OfferVersion.offer_id, latest.c.since == OfferVersion.valid_from))
        .join(Offer, Offer.id == OfferVersion.offer_id)
        .where(Offer.pilot_key == pilot_key, OfferVersion.state == VersionState.PUBLISHED)
    )  # fmt: skip


def _standing(pilot_key: str, day: date) -> Versions:
    """The same of the offers that clients could choose on the day."""
    approved = approved_at_the_end_of(pilot_key, day).subquery()
    return (
        _begun(pilot_key, day)
        .join(approved, approved.c.id == Offer.approval_id)
        .where(
            sa.or_(
                Offer.ends_on >= day,
                sa.and_(Offer.ends_on.is_(None), Offer.state == OfferState.PUBLISHED),
            )
        )
    )
