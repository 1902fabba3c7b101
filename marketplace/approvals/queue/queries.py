"""The office's queue, in a constant number of queries, and what the office keeps beside an application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, lazyload, load_only, selectinload

from marketplace.accounts.models import User
from marketplace.accounts.queries import staff
from marketplace.applications.models import (
    Application,
    ApplicationLine,
    CompletionRequest,
    Decision,
    Hearing,
)
from marketplace.applications.rules import APPLICATION, ApplicationState
from marketplace.files.models import StoredFile
from marketplace.i18n import HELSINKI
from marketplace.paging import Page, contains, page_of
from marketplace.permissions import Role
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import hold_versions, pilots
from marketplace.providers.models import Evidence, Provider
from marketplace.providers.queries import called
from marketplace.sorting import by_name

NOBODY: Final = "none"
"""The handler filter's value for applications that nobody has taken."""

MOST_IN_FILE: Final = 5_000
"""How many applications a file of the queue holds at most."""

_LONGEST_NUMBER: Final = 10
"""Digits that a number of a row never has."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue is narrowed to and how it is ordered.

    `words`: a part of the company's name, its business ID, or the number of an application or decision. `state` empty:
    everything that waits. `handler`: a person's id or NOBODY. `sort`: a key of ORDERS.
    """

    words: str = ""
    state: str = ""
    pilot: str = ""
    service: str = ""
    municipality: str = ""
    handler: str = ""
    late: bool = False
    sort: str = ""
    page: int = 1


_NAME: Final = sa.func.coalesce(sa.func.nullif(Provider.trade_name, ""), Provider.official_name)

ORDERS: Final[dict[str, tuple[Any, ...]]] = {
    "": (Application.submitted_at, Application.id),
    "newest": (Application.submitted_at.desc(), Application.id.desc()),
    "name": (by_name(_NAME), Application.id),
    "handler": (
        Application.handler_id.is_(None),
        by_name(User.name),
        Application.submitted_at,
        Application.id,
    ),
}
"""How the queue can be ordered; empty: the oldest first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of being overdue: sent before `sent_before[pilot key]`, or waited for since before `today`."""

    sent_before: Mapping[str, datetime]
    today: date


def limits(known: Mapping[str, PilotDefinition], today: date) -> Limits:
    """The moments before which an application must have been sent to be late, pilot by pilot."""
    days = {key: today - timedelta(days=definition.handling_days) for key, definition in known.items()}
    return Limits({key: datetime.combine(day, time(0), HELSINKI) for key, day in days.items()}, today)


def organisation_pilots(session: Session, organisation: str) -> Sequence[Pilot]:
    """The pilots of an organisation, by key."""
    return pilots(session, organisation)


def handlers(session: Session, organisation: str) -> Sequence[User]:
    """The people of the organisation who may handle applications, by name."""
    return staff(session, organisation, frozenset({Role.COORDINATOR, Role.REVIEWER}))


def queue(session: Session, organisation: str, wanted: QueueFilter, limits: Limits) -> Page[Application]:
    """The applications sent to the organisation's pilots in their order; a page beyond the last gives the last."""
    return _with_versions(session, page_of(session, _found(organisation, wanted, limits), wanted.page))


def whole_queue(
    session: Session, organisation: str, wanted: QueueFilter, limits: Limits
) -> Page[Application]:
    """All that the filter leaves, MOST_IN_FILE at most, as one page."""
    return _with_versions(session, page_of(session, _found(organisation, wanted, limits), 1, MOST_IN_FILE))


def _with_versions(session: Session, page: Page[Application]) -> Page[Application]:
    """The page, after the versions of pilots that its applications were sent and accepted under have been read."""
    hold_versions(
        session,
        (each for row in page.rows for each in (row.definition_version_id, row.pilot_version_id)),
    )
    return page


def _found(organisation: str, wanted: QueueFilter, limits: Limits) -> sa.Select[Application]:
    """The applications with no more of what hangs on them than a row shows and the automatic checks look at."""
    chosen = _chosen(organisation, wanted, limits)
    return (
        sa.select(Application)
        .join(Provider, Provider.id == Application.provider_id)
        .outerjoin(User, User.id == Application.handler_id)
        .where(Application.id.in_(chosen.scalar_subquery()))
        .options(
            contains_eager(Application.provider).load_only(
                Provider.official_name, Provider.trade_name, Provider.business_id
            ),
            contains_eager(Application.handler).options(load_only(User.name), lazyload(User.grants)),
            selectinload(Application.lines).load_only(
                ApplicationLine.service_key, ApplicationLine.municipalities, ApplicationLine.outcome
            ),
            selectinload(Application.evidence).options(
                load_only(Evidence.kind, Evidence.issued_on, Evidence.valid_until),
                joinedload(Evidence.file).load_only(StoredFile.state),
            ),
            selectinload(Application.decisions).load_only(Decision.number, Decision.decided_on),
        )
        .order_by(*ORDERS.get(wanted.sort, ORDERS[""]))
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many applications wait, and for whom: new ones, a person's own, those to decide, those that are late."""

    submitted: int
    own: int
    proposed: int
    late: int


def waiting(session: Session, organisation: str, user_id: int | None, limits: Limits) -> Waiting:
    """What waits in the organisation's pilots, counted in one query."""

    def number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    row = session.execute(
        sa.select(
            number(Application.state == ApplicationState.SUBMITTED),
            number(Application.handler_id == user_id),
            number(Application.state == ApplicationState.PROPOSED),
            number(_is_late(limits)),
        )
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(
            Pilot.organisation_key == organisation,
            Application.submitted_at.is_not(None),
            Application.state.in_(APPLICATION.waiting),
        )
    ).one()
    return Waiting(*row)


def with_office_count(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts the applications of the organisation's pilots whose turn is the office's."""
    return (
        sa.select(sa.func.count(Application.id))
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(
            Pilot.organisation_key == organisation,
            Application.submitted_at.is_not(None),
            Application.state.in_(APPLICATION.with_office),
        )
        .scalar_subquery()
    )


def _chosen(organisation: str, wanted: QueueFilter, limits: Limits) -> sa.Select[int]:
    """The ids of the applications that the filter leaves."""
    chosen = (
        sa.select(Application.id)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(Pilot.organisation_key == organisation, Application.submitted_at.is_not(None))
    )
    states = (wanted.state,) if wanted.state else APPLICATION.waiting
    chosen = chosen.where(Application.state.in_(states))
    if wanted.pilot:
        chosen = chosen.where(Application.pilot_key == wanted.pilot)
    if wanted.words:
        chosen = chosen.where(_is_named(wanted.words))
    if wanted.service or wanted.municipality:
        chosen = chosen.where(_has_line(wanted))
    if wanted.handler == NOBODY:
        chosen = chosen.where(Application.handler_id.is_(None))
    elif wanted.handler:
        chosen = chosen.where(Application.handler_id == int(wanted.handler))
    return chosen.where(_is_late(limits)) if wanted.late else chosen


def _is_named(words: str) -> sa.ColumnElement[bool]:
    """Whether the words name the application: its company, its own number or that of its decision."""
    decided = sa.select(Decision.application_id).where(contains(Decision.number, words))
    named: list[sa.ColumnElement[bool]] = [
        Application.provider_id.in_(called(words)),
        Application.id.in_(decided),
    ]
    if words.isascii() and words.isdigit() and len(words) < _LONGEST_NUMBER:
        named.append(Application.id == int(words))
    return sa.or_(*named)


def _has_line(wanted: QueueFilter) -> sa.ColumnElement[bool]:
    """Whether one and the same line is about the service and the municipality that the filter names."""
    line = sa.select(ApplicationLine.id).where(ApplicationLine.application_id == Application.id)
    if wanted.service:
        line = line.where(ApplicationLine.service_key == wanted.service)
    if wanted.municipality:
        codes = sa.cast(ApplicationLine.municipalities, sa.Text)
        line = line.where(codes.contains(f'"{wanted.municipality}"', autoescape=True))
    return line.exists()


def _is_late(limits: Limits) -> sa.ColumnElement[bool]:
    """The office has had it longer than its pilot allows, or the provider's answer has not come in time."""
    too_long = (
        sa.and_(Application.pilot_key == key, Application.submitted_at < moment)
        for key, moment in limits.sent_before.items()
    )
    awaited = _awaited().subquery()
    missed = sa.select(awaited.c.application_id).where(awaited.c.due_on < limits.today)
    return sa.or_(
        sa.and_(Application.state.in_(APPLICATION.with_office), sa.or_(sa.false(), *too_long)),
        sa.and_(Application.state.in_(APPLICATION.answerable), Application.id.in_(missed)),
    )


def _awaited() -> sa.CompoundSelect[tuple[int, date]]:
    """The completions and hearings that wait for an answer, with their due dates."""
    return sa.union_all(
        sa.select(CompletionRequest.application_id, CompletionRequest.due_on).where(
            CompletionRequest.answered_at.is_(None), CompletionRequest.lapsed_at.is_(None)
        ),
        sa.select(Hearing.application_id, Hearing.due_on).where(Hearing.closed_at.is_(None)),
    )


def due_dates(session: Session, applications: Sequence[int]) -> dict[int, date]:
    """The day by which the provider's answer is awaited, by the id of the application; only where it is."""
    awaited = _awaited().subquery()
    rows = session.execute(
        sa.select(awaited.c.application_id, awaited.c.due_on).where(
            awaited.c.application_id.in_(applications)
        )
    )
    return {row.application_id: row.due_on for row in rows}
