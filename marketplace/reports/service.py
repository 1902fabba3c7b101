"""Making editions: the figures of a quarter, once. A quarter that has been told stays as it was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application
from marketplace.clients.models import Client, Participation
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, pilots
from marketplace.providers.models import ServiceApproval
from marketplace.reports.facts.choice import choice
from marketplace.reports.facts.demand import demand
from marketplace.reports.facts.effects import effects
from marketplace.reports.facts.money import money
from marketplace.reports.facts.span import Span
from marketplace.reports.facts.supply import supply
from marketplace.reports.hiding import hidden_places
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.queries import quarters_of
from marketplace.reports.rules import SPECS, Fact, Quarter, cells_of, told_quarters
from marketplace.work import UnitOfWork


def make_due(database: Database, *, now: datetime) -> int:
    """What the worker does: the editions of every pilot that are due and not made yet; how many were made."""
    today = helsinki_date(now)
    with database.read() as session:
        due = [pilot.key for pilot in pilots(session) if _missing(session, pilot.key, today)]

    def do(pilot_key: str) -> int:
        with database.transaction() as session:
            return make_editions(session, pilot_key, now=now)

    return sum(each_by_itself(database, "make reports", due, do, now=now))


def rebuild(work: UnitOfWork, *, told: bool) -> int:
    """Make what is missing of every pilot, and with `told` also anew what has been told; how many were made.

    Whoever has kept the former figures can subtract those that are made anew from them. So `told` is for editions
    that were wrong, and for after a loss.
    """
    if told:
        work.session.execute(sa.delete(ReportCell))
        work.session.execute(sa.delete(ReportEdition))
    return sum(make_editions(work.session, pilot.key, now=work.now) for pilot in pilots(work.session))


def hide_more(work: UnitOfWork) -> int:
    """Hide in what has been told what is hidden by now; how many numbers. None changes, and none is shown again."""
    return sum(_hide_more(work.session, pilot.key) for pilot in pilots(work.session))


def _hide_more(session: Session, pilot_key: str) -> int:
    told = quarters_of(session, pilot_key)
    if not told:
        return 0
    facts = _by_quarter(session, pilot_key, told.values())
    number = 0
    for edition_id, quarter in told.items():
        hidden = hidden_places(cells_of(facts[quarter]))
        for cell in session.scalars(
            sa.select(ReportCell).where(ReportCell.edition_id == edition_id, ReportCell.hidden.is_(False))
        ):
            if (cell.dimension, cell.key) in hidden.get(SPECS[cell.measure].block, frozenset()):
                cell.hidden = True
                number += 1
    session.flush()
    return number


def make_editions(session: Session, pilot_key: str, *, now: datetime) -> int:
    """Make the editions of a pilot that are missing; how many there were."""
    quarters = _missing(session, pilot_key, helsinki_date(now))
    if not quarters:
        return 0
    sorted_facts = _by_quarter(session, pilot_key, quarters)
    for quarter in quarters:
        edition = ReportEdition(pilot_key=pilot_key, first_on=quarter.first, made_at=now)
        session.add(edition)
        session.flush()
        rows = list(_rows(edition.id, sorted_facts[quarter]))
        if rows:
            session.execute(sa.insert(ReportCell), rows)
    return len(quarters)


def _by_quarter(
    session: Session, pilot_key: str, quarters: Iterable[Quarter]
) -> defaultdict[Quarter, list[Fact]]:
    found: defaultdict[Quarter, list[Fact]] = defaultdict(list)
    for fact in facts_of(session, pilot_key, quarters):
        found[Quarter.of(fact.day)].append(fact)
    return found


def facts_of(session: Session, pilot_key: str, quarters: Iterable[Quarter]) -> Iterator[Fact]:
    """Everything that counts for a pilot in some quarters."""
    told = sorted(quarters)
    span = Span(told[0].first, told[-1].last)
    pilot = session.get_one(Pilot, pilot_key)
    definition = current_definition(session, pilot_key)
    yield from supply(session, definition, span, told)
    yield from demand(session, definition.municipalities, span)
    yield from choice(session, pilot, span)
    yield from money(session, pilot, span)
    yield from effects(session, pilot_key, span)


def _rows(edition_id: int, facts: Iterable[Fact]) -> Iterator[dict[str, object]]:
    cells = cells_of(facts)
    hidden = hidden_places(cells)
    for measure, numbers in cells.items():
        for place, number in numbers.items():
            weight, (largest, second) = number.weight, number.weight.largest
            yield {
                "edition_id": edition_id,
                "measure": measure,
                "dimension": place[0],
                "key": place[1],
                "value": number.value,
                "contributors": weight.contributors,
                "size": weight.size,
                "largest": largest,
                "second": second,
                "hidden": place in hidden.get(SPECS[measure].block, frozenset()),
            }


def _missing(session: Session, pilot_key: str, today: date) -> list[Quarter]:
    """The quarters that are due and have no edition, from the pilot's first day in the portal on."""
    since = _first_day(session, pilot_key)
    if since is None:
        return []
    made = set(session.scalars(sa.select(ReportEdition.first_on).where(ReportEdition.pilot_key == pilot_key)))
    return [quarter for quarter in told_quarters(since, today) if quarter.first not in made]


def _first_day(session: Session, pilot_key: str) -> date | None:
    """The first day on which anything happened in a pilot."""
    applied = session.scalar(
        sa.select(sa.func.min(Application.created_at)).where(Application.pilot_key == pilot_key)
    )
    approved = session.scalar(
        sa.select(sa.func.min(ServiceApproval.approved_on)).where(ServiceApproval.pilot_key == pilot_key)
    )
    joined = session.scalar(
        sa.select(sa.func.min(Participation.joined_on))
        .join(Client, Client.id == Participation.client_id)
        .where(Participation.pilot_key == pilot_key)
    )
    days = (applied and helsinki_date(applied), approved, joined)
    return min((day for day in days if day), default=None)
