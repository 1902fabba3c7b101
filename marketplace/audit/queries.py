"""Reading the audit trail: an organisation's own events, narrowed and in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.i18n import HELSINKI
from marketplace.paging import Page, page_of

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What the list is narrowed to; an empty text does not narrow. `who` is part of a name; both days are included."""

    who: str = ""
    action: str = ""
    subject_type: str = ""
    subject_id: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1


def events(session: Session, organisation: str, wanted: TrailFilter) -> Page[AuditEvent]:
    """The organisation's events, the newest first; a page beyond the last gives the last."""
    query = sa.select(AuditEvent).where(AuditEvent.organisation_key == organisation, *_narrowed(wanted))
    return page_of(session, query.order_by(AuditEvent.id.desc()), wanted.page, PER_PAGE)


def _narrowed(wanted: TrailFilter) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if wanted.who:
        conditions.append(AuditEvent.actor_name.icontains(wanted.who, autoescape=True))
    if wanted.action:
        conditions.append(AuditEvent.action == wanted.action)
    if wanted.subject_type:
        conditions.append(sa.func.lower(AuditEvent.subject_type) == wanted.subject_type.lower())
    if wanted.subject_id:
        conditions.append(AuditEvent.subject_id == wanted.subject_id)
    if wanted.first is not None:
        conditions.append(AuditEvent.at >= _midnight(wanted.first))
    if wanted.last is not None and wanted.last < date.max:
        conditions.append(AuditEvent.at < _midnight(wanted.last + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> datetime:
    """The moment at which a Finnish day begins."""
    return datetime.combine(day, time(), HELSINKI)


def actions(session: Session, organisation: str) -> Sequence[str]:
    """The actions that the organisation's events have, in order."""
    return session.scalars(
        sa.select(AuditEvent.action)
        .where(AuditEvent.organisation_key == organisation)
        .distinct()
        .order_by(AuditEvent.action)
    ).all()
