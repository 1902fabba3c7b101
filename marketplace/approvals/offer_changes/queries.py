"""Reading what waits for the office among the offers of its pilots, and what went live without it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.audit.models import AuditEvent
from marketplace.errors import NotFound
from marketplace.i18n import LocalizedText
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.queries import offer_to_change, offers_to_change
from marketplace.offers.rules import OfferState, VersionState
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.providers.audit_actions import ProviderAudit
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.queries import called
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork

LIVE_AT_ONCE: Final = (
    OfferAudit.PUBLISH,
    OfferAudit.WITHDRAW,
    OfferAudit.AVAILABILITY,
    OfferAudit.END,
    OfferAudit.KEEP,
    OfferAudit.PHOTO_ADD,
    OfferAudit.PHOTO_TEXT,
    OfferAudit.PHOTO_REMOVE,
    ProviderAudit.UPDATE,
)
"""Steps in the audit trail by which a provider changes at once what clients see."""

MOST_WAITING: Final = 200
MOST_EVENTS: Final = 50

_whole = (
    joinedload(OfferVersion.offer).joinedload(Offer.approval),
    joinedload(OfferVersion.offer).selectinload(Offer.versions).selectinload(OfferVersion.prices),
)


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A change that clients saw at once: what was done, to which offer (none: the company's own facts), and whose."""

    event: AuditEvent
    provider: Provider
    offer: Offer | None

    @property
    def title(self) -> LocalizedText | None:
        """What the offer is called now."""
        if self.offer is None:
            return None
        return max(self.offer.versions, key=lambda version: version.number).title


def waiting_count(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts the versions that wait in the organisation's pilots."""
    return (
        sa.select(sa.func.count(OfferVersion.id))
        .join(Offer, Offer.id == OfferVersion.offer_id)
        .join(Pilot, Pilot.key == Offer.pilot_key)
        .where(
            OfferVersion.state == VersionState.WAITING,
            Pilot.organisation_key == organisation,
            Offer.state != OfferState.ENDED,
        )
        .scalar_subquery()
    )


def waiting(
    session: Session, organisation: str, *, words: str = "", service: str = "", municipality: str = ""
) -> Sequence[OfferVersion]:
    """The versions that wait in the organisation's pilots, the longest waiting first.

    `words` stand in the name or the business ID of the company; `service` is a key, `municipality` a code.
    """
    query = (
        sa.select(OfferVersion)
        .join(Offer, Offer.id == OfferVersion.offer_id)
        .join(Pilot, Pilot.key == Offer.pilot_key)
        .where(
            OfferVersion.state == VersionState.WAITING,
            Pilot.organisation_key == organisation,
            Offer.state != OfferState.ENDED,
        )
    )
    if service:
        query = query.where(Offer.service_key == service)
    if words:
        query = query.where(Offer.provider_id.in_(called(words)))
    if municipality:
        query = query.where(sa.cast(OfferVersion.municipalities, sa.Text).contains(f'"{municipality}"'))
    return session.scalars(
        query.options(*_whole)
        .order_by(sa.func.coalesce(OfferVersion.submitted_at, OfferVersion.created_at), OfferVersion.id)
        .limit(MOST_WAITING)
    ).all()


def neighbours(session: Session, organisation: str, version_id: int) -> tuple[int | None, int | None]:
    """The versions that wait before and after one, in the order of the list; for one that waits no more, the first."""
    ids = [version.id for version in waiting(session, organisation)]
    if version_id not in ids:
        return None, next(iter(ids), None)
    place = ids.index(version_id)
    return (ids[place - 1] if place else None), next(iter(ids[place + 1 :]), None)


def for_office(work: UnitOfWork, version_id: int, *, lock: bool = False) -> OfferVersion:
    """A version that has been given to the actor's organisation; `lock`, its offer, for a change.

    Raises NotFound otherwise.

    A draft is the provider's own until it is given to the office.
    """
    if lock:
        offer_id = work.session.scalar(sa.select(OfferVersion.offer_id).where(OfferVersion.id == version_id))
        if offer_id is not None:
            offer_to_change(work.session, offer_id)
    version = work.session.get(OfferVersion, version_id, options=_whole, populate_existing=lock)
    if version is None or version.state == VersionState.DRAFT or version.offer.state == OfferState.PRIVATE:
        raise NotFound()
    if not work.actor.may(Permission.VIEW_APPLICATIONS, organisation=version.offer.pilot.organisation_key):
        raise NotFound()
    demand_impartial(work.actor, version.offer.provider_id)
    return version


def hold_offers_of(session: Session, versions: Collection[int]) -> None:
    """Lock the offers of several versions that are going to be decided on one by one."""
    offers = session.scalars(sa.select(OfferVersion.offer_id).where(OfferVersion.id.in_(versions)))
    offers_to_change(session, set(offers))


def last_return(session: Session, version: OfferVersion) -> AuditEvent | None:
    """The step by which this version was returned to the provider the last time; None when it never was."""
    steps = session.scalars(
        sa.select(AuditEvent)
        .where(
            AuditEvent.action == OfferAudit.RETURN_CHANGE,
            AuditEvent.subject_type == Offer.__audit_name__,
            AuditEvent.subject_id == str(version.offer_id),
        )
        .order_by(AuditEvent.id.desc())
    )
    return next((each for each in steps if each.after.get("version") == version.number), None)


def went_live(session: Session, organisation: str) -> Sequence[LiveChange]:
    """What providers have lately changed without needing the office, the newest first."""
    own_pilots = sa.select(Pilot.key).where(Pilot.organisation_key == organisation)
    companies = sa.select(sa.cast(ServiceApproval.provider_id, sa.Text)).where(
        ServiceApproval.pilot_key.in_(own_pilots), ServiceApproval.state.not_in(APPROVAL.private)
    )
    events = session.scalars(
        sa.select(AuditEvent)
        .where(
            AuditEvent.action.in_(LIVE_AT_ONCE),
            sa.or_(
                AuditEvent.organisation_key == organisation,
                sa.and_(
                    AuditEvent.subject_type == Provider.__audit_name__, AuditEvent.subject_id.in_(companies)
                ),
            ),
        )
        .order_by(AuditEvent.id.desc())
        .limit(MOST_EVENTS)
    ).all()
    changed = (
        sa.select(Offer)
        .where(Offer.id.in_(_ids(events, Offer.__audit_name__)))
        .options(joinedload(Offer.provider), selectinload(Offer.versions))
    )
    companies_changed = sa.select(Provider).where(Provider.id.in_(_ids(events, Provider.__audit_name__)))
    offers = {str(offer.id): offer for offer in session.scalars(changed)}
    providers = {str(provider.id): provider for provider in session.scalars(companies_changed)}
    found = []
    for event in events:
        offer = offers.get(event.subject_id) if event.subject_type == Offer.__audit_name__ else None
        provider = offer.provider if offer is not None else providers.get(event.subject_id)
        if provider is not None:
            found.append(LiveChange(event, provider, offer))
    return found


def _ids(events: Sequence[AuditEvent], subject: str) -> list[int]:
    return [int(event.subject_id) for event in events if event.subject_type == subject]
