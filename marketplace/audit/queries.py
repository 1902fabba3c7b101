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


_NARROWING: Final = ("id", "organisation_key", "at", "actor_name", "action", "subject_type", "subject_id")
"""The columns by which events are narrowed and ordered."""


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
    query, of = _asked_of(session, organisation, wanted)
    query = query.where(of.organisation_key == organisation, *_narrowed(session, organisation, wanted, of))
    counted = query.with_only_columns(sa.literal(1)).limit(MOST + 1).subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    kept = min(total, MOST)
    number = min(max(wanted.page, 1), pages_of(kept, size))
    rows = session.scalars(
        query.order_by(of.at.desc(), of.id.desc())
        .limit(min(size, MOST - (number - 1) * size))
        .offset((number - 1) * size)
    ).all()
    return FoundEvents(Page(rows, kept, number, size), total > MOST)


def _asked_of(session: Session, organisation: str, wanted: TrailFilter) -> tuple[sa.Select[AuditEvent], Any]:
    """What is narrowed, and where its columns stand: all events, or those of the things of a company or a client.

    Where these are few, they are gathered first, along the index of subjects: else the whole trail may be walked for
    them. Where they are many, they are soon met on a walk from the newest on, and gathering them would take long.
    """
    things = []
    if wanted.company:
        things.append(subjects.of_company(wanted.company))
    if wanted.client:
        things.append(subjects.of_client(organisation, wanted.client))
    if not things:
        return sa.select(AuditEvent), AuditEvent
    theirs = sa.select(*(AuditEvent.__table__.c[name] for name in _NARROWING))
    for number, each in enumerate(things):
        of = _gathered(f"things_{number}", each)
        same = sa.and_(AuditEvent.subject_type == of.c.kind, AuditEvent.subject_id == of.c.number)
        theirs = theirs.join(of, same)
    some = theirs.with_only_columns(sa.literal(1), maintain_column_froms=True).limit(MOST + 1).subquery()
    if (session.scalar(sa.select(sa.func.count()).select_from(some)) or 0) > MOST:
        named = sa.tuple_(AuditEvent.subject_type, AuditEvent.subject_id)
        return sa.select(AuditEvent).where(*(named.in_(each) for each in things)), AuditEvent
    events_of = _gathered("events_of", theirs)
    return sa.select(AuditEvent).join(events_of, events_of.c.id == AuditEvent.id), events_of.c


def _gathered(name: str, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> sa.CTE:
    """The rows of a query, made before anything is done with them."""
    return query.cte(name).prefix_with("MATERIALIZED")


def _narrowed(
    session: Session, organisation: str, wanted: TrailFilter, of: Any
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.who:
        conditions.append(of.actor_name.in_(_called(session, organisation, wanted.who)))
    if wanted.action:
        conditions.append(of.action == wanted.action)
    if wanted.subject_type:
        conditions.append(of.subject_type == wanted.subject_type)
    if wanted.subject_id:
        conditions.append(of.subject_id == wanted.subject_id)
    return [*conditions, *_within(wanted, of)]


def _within(wanted: TrailFilter, of: Any) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if wanted.first is not None:
        conditions.append(of.at >= _midnight(wanted.first))
    if wanted.last is not None and wanted.last < date.max:
        conditions.append(of.at < _midnight(wanted.last + timedelta(days=1)))
    return conditions


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
