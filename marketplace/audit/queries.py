"""Reading the audit trail: an organisation's own events, narrowed and in pages.

A trail has millions of rows: every list goes along an index, and no more than MOST are counted, shown or put into a
file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit import subjects
from marketplace.audit.models import AuditEvent
from marketplace.i18n import HELSINKI
from marketplace.paging import Page, pages_of

PER_PAGE: Final = 50
MOST: Final = 10_000
"""How many events a list has at most, the newest ones; earlier ones are found by their days."""


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What the list is narrowed to; an empty text does not narrow. `who` is part of a name; both days are included.

    `company` is part of a company's name, or its business ID; `client` the whole number of a client.
    """

    who: str = ""
    action: str = ""
    subject_type: str = ""
    subject_id: str = ""
    company: str = ""
    client: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """A page of events; `more`: there are earlier ones than the MOST that the list has."""

    page: Page[AuditEvent]
    more: bool


def events(session: Session, organisation: str, wanted: TrailFilter, *, size: int = PER_PAGE) -> FoundEvents:
    """The organisation's events, the newest first; a page beyond the last gives the last."""
    query = sa.select(AuditEvent).where(
        AuditEvent.organisation_key == organisation, *_narrowed(session, organisation, wanted)
    )
    counted = query.with_only_columns(sa.literal(1)).limit(MOST + 1).subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    kept = min(total, MOST)
    number = min(max(wanted.page, 1), pages_of(kept, size))
    rows = session.scalars(
        query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(min(size, MOST - (number - 1) * size))
        .offset((number - 1) * size)
    ).all()
    return FoundEvents(Page(rows, kept, number, size), total > MOST)


def _narrowed(session: Session, organisation: str, wanted: TrailFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.who:
        conditions.append(AuditEvent.actor_name.in_(_called(session, organisation, wanted.who)))
    if wanted.action:
        conditions.append(AuditEvent.action == wanted.action)
    if wanted.subject_type:
        conditions.append(AuditEvent.subject_type == wanted.subject_type)
    if wanted.subject_id:
        conditions.append(AuditEvent.subject_id == wanted.subject_id)
    if wanted.company:
        conditions.append(_among(subjects.of_company(wanted.company)))
    if wanted.client:
        conditions.append(_among(subjects.of_client(organisation, wanted.client)))
    return [*conditions, *_within(wanted)]


def _within(wanted: TrailFilter) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if wanted.first is not None:
        conditions.append(AuditEvent.at >= _midnight(wanted.first))
    if wanted.last is not None and wanted.last < date.max:
        conditions.append(AuditEvent.at < _midnight(wanted.last + timedelta(days=1)))
    return conditions


def _among(pairs: sa.CompoundSelect[Any]) -> sa.ColumnElement[bool]:
    return sa.tuple_(AuditEvent.subject_type, AuditEvent.subject_id).in_(pairs)


def _midnight(day: date) -> datetime:
    """The moment at which a Finnish day begins."""
    return datetime.combine(day, time(), HELSINKI)


def actions(session: Session, organisation: str) -> Sequence[str]:
    """The actions that the organisation's events have, in order."""
    return _different(session, organisation, AuditEvent.action)


def _called(session: Session, organisation: str, words: str) -> list[str]:
    """The names, of those who have done something in the organisation's matters, that hold the words."""
    asked = words.casefold()
    return [
        name for name in _different(session, organisation, AuditEvent.actor_name) if asked in name.casefold()
    ]


def _different(session: Session, organisation: str, column: Any) -> list[str]:
    """The different values of an indexed column, in order: one step along the index for each of them."""
    own = AuditEvent.organisation_key == organisation
    steps = sa.select(sa.func.min(column).label("value")).where(own).cte("steps", recursive=True)
    following = (
        sa.select(sa.func.min(column)).where(own, column > steps.c.value).correlate(steps).scalar_subquery()
    )
    steps = steps.union_all(sa.select(following).where(steps.c.value.is_not(None)))
    values = session.scalars(sa.select(steps.c.value).where(steps.c.value.is_not(None)))
    return [str(value) for value in values]
