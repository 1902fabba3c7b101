"""The office's queue: what waits in the organisation's pilots, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import User
from marketplace.accounts.queries import staff
from marketplace.approvals.models import Application
from marketplace.approvals.rules import WORKFLOW
from marketplace.permissions import Role
from marketplace.pilots.models import Pilot

PER_PAGE: Final = 25
WAITING_STATES: Final = ("submitted", "in_review", "completion_requested", "proposed")
QUEUE_STATES: Final = tuple(state for state in WORKFLOW.states if state != "draft")
NOBODY: Final = "none"
"""The handler filter's value for applications that nobody has taken."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue is narrowed to. `state` empty: everything that waits; `handler`: a person's id or NOBODY."""

    state: str = ""
    pilot: str = ""
    handler: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue and how many applications there are in all."""

    applications: Sequence[Application]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(-(-self.total // PER_PAGE), 1)


def organisation_pilots(session: Session, organisation: str) -> Sequence[Pilot]:
    """The pilots of an organisation, by key."""
    return session.scalars(
        sa.select(Pilot).where(Pilot.organisation_key == organisation).order_by(Pilot.key)
    ).all()


def handlers(session: Session, organisation: str) -> Sequence[User]:
    """The people of the organisation who may handle applications, by name."""
    return staff(session, organisation, frozenset({Role.COORDINATOR, Role.REVIEWER}))


def queue(session: Session, organisation: str, wanted: QueueFilter) -> QueuePage:
    """The applications sent to the organisation's pilots, the oldest first; a page beyond the last gives the last."""
    chosen = (
        sa.select(Application.id)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(Pilot.organisation_key == organisation, Application.submitted_at.is_not(None))
    )
    states = (wanted.state,) if wanted.state else WAITING_STATES
    chosen = chosen.where(Application.state.in_(states))
    if wanted.pilot:
        chosen = chosen.where(Application.pilot_key == wanted.pilot)
    if wanted.handler == NOBODY:
        chosen = chosen.where(Application.handler_id.is_(None))
    elif wanted.handler:
        chosen = chosen.where(Application.handler_id == int(wanted.handler))
    total = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    page = min(max(wanted.page, 1), max(-(-total // PER_PAGE), 1))
    applications = session.scalars(
        sa.select(Application)
        .where(Application.id.in_(chosen.scalar_subquery()))
        .options(
            joinedload(Application.provider),
            joinedload(Application.handler),
            joinedload(Application.pilot),
            selectinload(Application.lines),
            selectinload(Application.evidence),
        )
        .order_by(Application.submitted_at, Application.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return QueuePage(applications, total, page)
