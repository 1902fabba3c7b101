"""What may be told of the editions. A hidden number does not leave here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.pilots.models import Pilot
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.rules import SPECS, Absent, Dimension, Measure, Place, Quarter, Sort, Told
from marketplace.reports.searched import Area, ToldSearches


@dataclass(frozen=True, slots=True)
class Edition:
    """The figures of a quarter: a number, or None where it is hidden. What nothing happened in is not in it."""

    quarter: Quarter
    numbers: Mapping[Measure, Mapping[Place, int | None]]

    def keys(self, dimension: Dimension, measures: Sequence[Measure]) -> set[str]:
        """The rows that any of the measures has by a dimension."""
        return {
            key
            for measure in measures
            for own, key in self.numbers.get(measure, {})
            if own is dimension
        }  # fmt: skip

    def number(self, measure: Measure, place: Place) -> Told:
        """The number of a measure in a place, None where it is hidden. Where nothing happened a count is 0, and of
        what is a middle or a mean there is none.
        """
        nothing = 0 if SPECS[measure].sort in (Sort.SUM, Sort.DISTINCT) else Absent.NOTHING
        return self.numbers.get(measure, {}).get(place, nothing)


def quarters_of(session: Session, pilot_key: str) -> dict[int, Quarter]:
    """The quarters of which a pilot has editions, by the number of the edition, the first one first."""
    return {
        edition_id: Quarter(first_on)
        for edition_id, first_on in session.execute(
            sa.select(ReportEdition.id, ReportEdition.first_on)
            .where(ReportEdition.pilot_key == pilot_key)
            .order_by(ReportEdition.first_on)
        )
    }


def told_places(session: Session, edition_id: int) -> dict[str, set[Place]]:
    """Where an edition tells a number: block of measures → its places."""
    found: dict[str, set[Place]] = {}
    for measure, dimension, key in session.execute(
        sa.select(ReportCell.measure, ReportCell.dimension, ReportCell.key).where(
            ReportCell.edition_id == edition_id, ReportCell.hidden.is_(False)
        )
    ):
        found.setdefault(SPECS[measure].block, set()).add((dimension, key))
    return found


def told_searches(session: Session, areas: Mapping[str, Area]) -> Mapping[Quarter, list[ToldSearches]]:
    """What some pilots (key → area) have told of searches, and hidden, by quarter."""
    places: defaultdict[tuple[str, date], dict[Place, bool]] = defaultdict(dict)
    query = (
        sa.select(
            ReportEdition.pilot_key,
            ReportEdition.first_on,
            ReportCell.dimension,
            ReportCell.key,
            ReportCell.hidden,
        )
        .join(ReportCell, ReportCell.edition_id == ReportEdition.id)
        .where(ReportEdition.pilot_key.in_(areas), ReportCell.measure == Measure.SEARCHES)
    )
    for pilot_key, first_on, dimension, key, is_hidden in session.execute(query):
        places[pilot_key, first_on][dimension, key] = is_hidden
    found: defaultdict[Quarter, list[ToldSearches]] = defaultdict(list)
    for (pilot_key, first_on), own in sorted(places.items()):
        hidden = frozenset(place for place, is_hidden in own.items() if is_hidden)
        found[Quarter(first_on)].append(ToldSearches(areas[pilot_key], frozenset(own) - hidden, hidden))
    return found


def editions(session: Session, pilot_key: str, measures: Sequence[Measure]) -> list[Edition]:
    """The editions of a pilot with some measures, the first quarter first."""
    quarters = quarters_of(session, pilot_key)
    return _editions(session, quarters, ReportCell.measure.in_(measures))


def editions_for_page(
    session: Session, quarters: Mapping[int, Quarter], measures: Sequence[Measure], number: int | None
) -> tuple[list[Edition], Edition | None]:
    """The editions as a page needs them, and the chosen one; `number` is None where there are none.

    Of all quarters that is what follows time, the rest of the chosen one only, and of prices of a year before it. So a
    page reads little more when a pilot has gone on for years.
    """
    if number is None:
        return [], None
    chosen = quarters[number]
    before = chosen.first.replace(year=chosen.first.year - 1)
    wanted = sa.or_(
        ReportCell.dimension.in_((Dimension.ALL, Dimension.MONTH)),
        ReportCell.edition_id == number,
        sa.and_(
            ReportCell.dimension == Dimension.BAND,
            ReportCell.edition_id.in_(
                [each for each, quarter in quarters.items() if quarter.first == before]
            ),
        ),
    )
    told = _editions(session, quarters, sa.and_(ReportCell.measure.in_(measures), wanted))
    return told, next(each for each in told if each.quarter == chosen)


def _editions(
    session: Session, quarters: Mapping[int, Quarter], wanted: sa.ColumnElement[bool]
) -> list[Edition]:
    numbers: dict[int, dict[Measure, dict[Place, int | None]]] = {}
    query = sa.select(
        ReportCell.edition_id,
        ReportCell.measure,
        ReportCell.dimension,
        ReportCell.key,
        sa.case((ReportCell.hidden, None), else_=ReportCell.value),
    ).where(ReportCell.edition_id.in_(quarters), wanted)
    for edition_id, measure, dimension, key, value in session.execute(query):
        numbers.setdefault(edition_id, {}).setdefault(measure, {})[dimension, key] = value
    return [
        Edition(quarter, numbers.get(edition_id, {}))
        for edition_id, quarter in quarters.items()
    ]  # fmt: skip


def own_pilot(session: Session, organisation: str | None, key: str) -> Pilot:
    """A pilot of the organisation; another one's is NotFound."""
    pilot = session.get(Pilot, key)
    if pilot is None or pilot.organisation_key != organisation:
        raise NotFound()
    return pilot
