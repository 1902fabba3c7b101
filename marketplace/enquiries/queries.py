"""Reading questions: a provider its own, an office only how many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.db import for_change
from marketplace.enquiries.models import Enquiry
from marketplace.enquiries.rules import LATE, EnquiryState
from marketplace.errors import NotFound
from marketplace.offers.models import Offer
from marketplace.pilots.models import Pilot
from marketplace.providers.queries import my_provider
from marketplace.work import UnitOfWork


def of_provider(session: Session, provider_id: int) -> Sequence[Enquiry]:
    """The questions to a provider, those that wait first and the oldest of them first."""
    return session.scalars(
        sa.select(Enquiry)
        .where(Enquiry.provider_id == provider_id)
        .order_by(Enquiry.state == EnquiryState.ANSWERED, Enquiry.asked_at, Enquiry.id)
        .options(joinedload(Enquiry.offer).selectinload(Offer.versions))
    ).all()


def waiting_count(session: Session, provider_id: int) -> int:
    """How many questions wait for an answer of a provider."""
    query = sa.select(sa.func.count()).where(
        Enquiry.provider_id == provider_id, Enquiry.state == EnquiryState.WAITING
    )
    return session.scalar(query) or 0


def my_enquiry(work: UnitOfWork, provider_id: int, enquiry_id: int, *, lock: bool = False) -> Enquiry:
    """A question to a provider for which the actor works. Raises NotFound for any other, and for one dropped."""
    my_provider(work, provider_id)
    found = work.session.get(Enquiry, enquiry_id, with_for_update=for_change(Enquiry) if lock else None)
    if found is None or found.provider_id != provider_id:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class CountedEnquiries:
    """The questions of the kept time in a pilot: how many there were, how many wait, and how many of these too long."""

    pilot_key: str
    asked: int
    waiting: int
    late: int


def counted_of(session: Session, provider_id: int, pilot_keys: Collection[str]) -> tuple[int, int]:
    """How many questions of the kept time a provider has had in the pilots, and how many of them wait for an answer."""
    row = session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(Enquiry.state == EnquiryState.WAITING)).where(
            Enquiry.provider_id == provider_id, Enquiry.pilot_key.in_(pilot_keys)
        )
    ).one()
    return int(row[0]), int(row[1])


def counted(session: Session, organisation: str, now: datetime) -> Sequence[CountedEnquiries]:
    """How many questions there are in each pilot of an organisation that has any."""
    waits = Enquiry.state == EnquiryState.WAITING
    query = (
        sa.select(
            Enquiry.pilot_key,
            sa.func.count(),
            sa.func.count().filter(waits),
            sa.func.count().filter(waits, Enquiry.asked_at < now - LATE),
        )
        .join(Pilot, Pilot.key == Enquiry.pilot_key)
        .where(Pilot.organisation_key == organisation)
        .group_by(Enquiry.pilot_key)
        .order_by(Enquiry.pilot_key)
    )
    return [CountedEnquiries(*row) for row in session.execute(query)]
