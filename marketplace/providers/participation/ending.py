"""An approval that is ending: until when clients are served after the provider has left, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.permissions import SYSTEM
from marketplace.providers.approved_services.service import end_when_served
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.queries import PlaceInPilot
from marketplace.providers.rules import ApprovalState, bound_until
from marketplace.slots import Answer
from marketplace.work import UnitOfWork


class AgreementsUnder(Protocol):
    """What a feature above this one knows of the agreements with a provider's clients."""

    def __call__(self, session: Session, approval: int, *, today: date) -> Sequence[date | None]:
        """The last days of the agreements that go on under an approval; None: one without a last day."""


agreements_under: Final = Answer[AgreementsUnder](
    "providers.agreements_under",
    "The last days of the agreements that go on under an approval: until when its provider is bound.",
)


@dataclass(frozen=True, slots=True)
class Bond:
    """What a provider that leaves a pilot now is still bound to: how many agreements, and until when."""

    agreements: int
    until: date | None


def bond_of(session: Session, place: PlaceInPilot, today: date) -> Bond:
    """What leaving this pilot today leaves to be done."""
    days = [day for approval in place.approvals for day in last_days(session, approval.id, today)]
    return Bond(len(days), bound_until(days, today, place.definition.notice.provider_days))


def last_days(session: Session, approval: int, today: date) -> list[date | None]:
    """The last days of the agreements that go on under an approval."""
    return [day for source in agreements_under for day in source(session, approval, today=today)]


def end_served(database: Database, *, now: datetime) -> int:
    """End every approval whose clients are served no more, each by itself; how many there were."""
    with database.read() as session:
        ending = session.scalars(
            sa.select(ServiceApproval.id).where(ServiceApproval.state == ApprovalState.ENDING)
        ).all()

    def do(approval: int) -> bool:
        with database.transaction() as session:
            return end_if_served(UnitOfWork(session, SYSTEM, now), approval)

    return sum(each_by_itself(database, "end an approval", ending, do, now=now))


def end_if_served(work: UnitOfWork, approval_id: int) -> bool:
    """End an approval that is ending, once its day or its last agreement has passed; whether it did."""
    approval = work.session.get_one(ServiceApproval, approval_id, with_for_update=for_change(ServiceApproval))
    if approval.state != ApprovalState.ENDING or approval.ends_on is None:
        return False
    if approval.ends_on >= work.today and last_days(work.session, approval.id, work.today):
        return False
    end_when_served(work, approval)
    return True
