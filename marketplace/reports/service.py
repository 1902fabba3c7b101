"""Making editions: the figures of a quarter, once. A quarter that has been told stays as it was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application
from marketplace.clients.models import Client, Participation
from marketplace.db import Database, insert_missing
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, pilots
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.reports.facts.choice import choice
from marketplace.reports.facts.demand import demand
from marketplace.reports.facts.effects import effects
from marketplace.reports.facts.money import money
from marketplace.reports.facts.span import Span
from marketplace.reports.facts.supply import supply
from marketplace.reports.hiding import hidden_places
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.queries import quarters_of, told_searches
from marketplace.reports.rules import (
    SPECS,
    Cells,
    Dimension,
    Fact,
    Measure,
    Place,
    Quarter,
    cells_of,
    told_quarters,
)
from marketplace.reports.searched import ToldSearches, areas_beside, hidden_searches


def make_due(database: Database, *, now: datetime) -> int:
    """What the worker does: the editions of every pilot that are due and not made yet; how many were made.

    They are counted while others write, which takes a while, and then written at once.
    """
    today = helsinki_date(now)
    with database.read() as session:
        due = [pilot.key for pilot in pilots(session) if _missing(session, pilot.key, today)]

    def do(pilot_key: str) -> int:
        return make_of(database, pilot_key, now=now)

    return sum(each_by_itself(database, "make reports", due, do, now=now))


def make_of(database: Database, pilot_key: str, *, now: datetime) -> int:
    """Make the editions of a pilot that are due and not made yet; how many were made."""
    with database.read() as session:
        made = missing_editions(session, pilot_key, helsinki_date(now))
    if not made:
        return 0
    with database.transaction() as session:
        return keep(session, made, now=now)


def rebuild(database: Database, *, now: datetime, told: bool) -> int:
    """Make what is missing of every pilot, and with `told` also anew what has been told; how many were made.

    Whoever has kept the former figures can subtract those that are made anew from them. So `told` is for editions
    that were wrong, and for after a loss.
    """
    quarters_due, today = (_due if told else _missing), helsinki_date(now)
    with database.read() as session:
        made = [
            edition
            for pilot in pilots(session)
            for edition in counted(session, pilot.key, quarters_due(session, pilot.key, today), anew=told)
        ]
    with database.transaction() as session:
        if told:
            session.execute(sa.delete(ReportCell))
            session.execute(sa.delete(ReportEdition))
        return keep(session, made, now=now)


def hide_more(database: Database) -> int:
    """Hide in what has been told what is hidden by now; how many numbers. None changes, and none is shown again."""
    with database.read() as session:
        found = [place for pilot in pilots(session) for place in hidden_by_now(session, pilot.key)]
    with database.transaction() as session:
        return hide(session, found)


CellKey = tuple[int, Measure, Dimension, str]
"""Where a number stands: its edition, what it counts, by what, and which."""


def hidden_by_now(session: Session, pilot_key: str) -> Iterator[CellKey]:
    """The numbers of a pilot that are told and would not be by the rules of today."""
    told = quarters_of(session, pilot_key)
    facts = _by_quarter(session, pilot_key, told.values())
    searched = _Searched(session, pilot_key, told.values(), anew=True)
    for edition_id, quarter in told.items():
        hidden = _hidden(cells_of(facts[quarter]), searched.hidden(quarter))
        for measure, dimension, key in session.execute(
            sa.select(ReportCell.measure, ReportCell.dimension, ReportCell.key).where(
                ReportCell.edition_id == edition_id, ReportCell.hidden.is_(False)
            )
        ):
            if (dimension, key) in hidden.get(SPECS[measure].block, frozenset()):
                yield edition_id, measure, dimension, key


def hide(session: Session, places: Collection[CellKey]) -> int:
    """Tell these numbers no more; how many they are."""
    for place in places:
        session.get_one(ReportCell, place).hidden = True
    session.flush()
    return len(places)


@dataclass(frozen=True, slots=True)
class CountedEdition:
    """The figures of a pilot in a quarter before they are kept: the rows of its cells."""

    pilot_key: str
    quarter: Quarter
    rows: Sequence[Mapping[str, object]]


def missing_editions(session: Session, pilot_key: str, today: date) -> list[CountedEdition]:
    """The editions of a pilot that are due and not made."""
    return counted(session, pilot_key, _missing(session, pilot_key, today))


def counted(
    session: Session, pilot_key: str, quarters: Sequence[Quarter], *, anew: bool = False
) -> list[CountedEdition]:
    """Count the figures of a pilot in some quarters; `anew`: those of all pilots are made again. Nothing is written."""
    facts = _by_quarter(session, pilot_key, quarters)
    searched = _Searched(session, pilot_key, quarters, anew=anew)
    return [
        CountedEdition(pilot_key, quarter, list(_rows(facts[quarter], searched.hidden(quarter))))
        for quarter in quarters
    ]


def keep(session: Session, made: Iterable[CountedEdition], *, now: datetime) -> int:
    """Keep editions that nobody else has made meanwhile; how many."""
    number = 0
    for each in made:
        own = {"pilot_key": each.pilot_key, "first_on": each.quarter.first}
        if not insert_missing(session, ReportEdition, {**own, "made_at": now}):
            continue
        number += 1
        edition_id = session.scalars(sa.select(ReportEdition.id).filter_by(**own)).one()
        if each.rows:
            session.execute(sa.insert(ReportCell), [{"edition_id": edition_id, **row} for row in each.rows])
    return number


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
    if not told:
        return
    span = Span(told[0].first, told[-1].last)
    pilot = session.get_one(Pilot, pilot_key)
    definition = current_definition(session, pilot_key)
    yield from supply(session, pilot_key, span, told)
    yield from demand(session, definition.municipalities, span)
    yield from choice(session, pilot, span)
    yield from money(session, pilot, span)
    yield from effects(session, pilot_key, span)


class _Searched:
    """The searches of some quarters for a pilot and for those that have municipalities in common with it.

    What these have told already stays told, unless all is made `anew`.
    """

    def __init__(
        self, session: Session, pilot_key: str, quarters: Iterable[Quarter], *, anew: bool = False
    ) -> None:
        areas = {
            pilot.key: current_definition(session, pilot.key).municipalities for pilot in pilots(session)
        }
        self._own = areas[pilot_key]
        self._areas = areas_beside(self._own, areas.values())
        self._before: Mapping[Quarter, Sequence[ToldSearches]] = {}
        if not anew:
            beside = {
                key: own
                for key, area in areas.items()
                if key != pilot_key and (own := tuple(sorted(area))) in self._areas
            }
            self._before = told_searches(session, beside)
        self._facts: defaultdict[Quarter, list[Fact]] = defaultdict(list)
        if told := sorted(quarters):
            span = Span(told[0].first, told[-1].last)
            for fact in demand(session, {each for area in self._areas for each in area}, span):
                self._facts[Quarter.of(fact.day)].append(fact)

    def hidden(self, quarter: Quarter) -> frozenset[Place]:
        """Where the pilot tells no searches of a quarter."""
        before = self._before.get(quarter, ())
        return hidden_searches(self._facts[quarter], self._own, self._areas, before)


def _hidden(cells: Cells, searched: frozenset[Place]) -> Mapping[str, frozenset[Place]]:
    """Block of measures → the places in which it stays hidden; `searched` are those of the searches."""
    own: Cells = {measure: cells[measure] for measure in cells if measure != Measure.SEARCHES}
    return {**hidden_places(own), SPECS[Measure.SEARCHES].block: searched}


def _rows(facts: Iterable[Fact], searched: frozenset[Place]) -> Iterator[dict[str, object]]:
    cells = cells_of(facts)
    hidden = _hidden(cells, searched)
    for measure, numbers in cells.items():
        for place, number in numbers.items():
            weight, (largest, second) = number.weight, number.weight.largest
            yield {
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


def _due(session: Session, pilot_key: str, today: date) -> list[Quarter]:
    """The quarters that are told by now, from the pilot's first day in the portal on."""
    since = _first_day(session, pilot_key)
    return [] if since is None else told_quarters(since, today)


def _missing(session: Session, pilot_key: str, today: date) -> list[Quarter]:
    """Those of them that have no edition."""
    made = set(session.scalars(sa.select(ReportEdition.first_on).where(ReportEdition.pilot_key == pilot_key)))
    return [quarter for quarter in _due(session, pilot_key, today) if quarter.first not in made]


def _first_day(session: Session, pilot_key: str) -> date | None:
    """The first day on which anything happened in a pilot."""
    applied = session.scalar(
        sa.select(sa.func.min(Application.created_at)).where(Application.pilot_key == pilot_key)
    )
    approved = session.scalar(
        sa.select(sa.func.min(ServiceApproval.approved_on)).where(
            ServiceApproval.pilot_key == pilot_key, ServiceApproval.state.not_in(APPROVAL.private)
        )
    )
    joined = session.scalar(
        sa.select(sa.func.min(Participation.joined_on))
        .join(Client, Client.id == Participation.client_id)
        .where(Participation.pilot_key == pilot_key)
    )
    days = (applied and helsinki_date(applied), approved, joined)
    return min((day for day in days if day), default=None)
