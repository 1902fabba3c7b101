"""Reading the lists that an office has sent, and the companies in them that nobody takes care of yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import pilots
from marketplace.providers.company.models import PersonInvitation
from marketplace.providers.company.queries import invitations_of, lacks_admin
from marketplace.providers.models import Provider
from marketplace.recruiting.importing.models import SentList
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CompanyWithoutAdmin:
    """A company of a list for which nobody acts; `invited` is the invitation that waits, if there is one."""

    provider: Provider
    invited: PersonInvitation | None


def pilots_to_import(work: UnitOfWork) -> Sequence[Pilot]:
    """The pilots into which the actor may bring approved providers, by key."""
    return [
        pilot
        for pilot in pilots(work.session)
        if work.may(Permission.INVITE_PROVIDERS, organisation=pilot.organisation_key)
    ]


def sent_list(work: UnitOfWork, list_id: int, *, lock: bool = False) -> SentList:
    """A list of the actor's organisation; `lock` for a change. Raises NotFound for any other."""
    found = work.session.get(SentList, list_id, with_for_update=for_change(SentList) if lock else None)
    if found is None or not work.may(Permission.INVITE_PROVIDERS, organisation=found.pilot.organisation_key):
        raise NotFound()
    return found


def sent_lists(work: UnitOfWork) -> Sequence[SentList]:
    """The lists of the actor's pilots, the newest first, without their rows."""
    keys = [pilot.key for pilot in pilots_to_import(work)]
    return work.session.scalars(
        sa.select(SentList)
        .where(SentList.pilot_key.in_(keys))
        .options(defer(SentList.content), joinedload(SentList.sent_by))
        .order_by(SentList.id.desc())
    ).all()


def without_admin(session: Session, business_ids: Collection[str]) -> list[CompanyWithoutAdmin]:
    """Those of the companies that have nobody to act for them, in the order of the business IDs given."""
    found = {
        each.business_id: each
        for each in session.scalars(sa.select(Provider).where(Provider.business_id.in_(business_ids)))
        if lacks_admin(session, each.id)
    }
    return [
        CompanyWithoutAdmin(found[number], next(iter(invitations_of(session, found[number].id)), None))
        for number in dict.fromkeys(business_ids)
        if number in found
    ]


def drop_older(session: Session, *, before: datetime) -> int:
    """Drop the lists that were sent before a moment; how many."""
    result = session.execute(sa.delete(SentList).where(SentList.sent_at < before))
    return int(getattr(result, "rowcount", 0))
