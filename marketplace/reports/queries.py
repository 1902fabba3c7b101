"""What may be told of the editions. A hidden number does not leave here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.pilots.models import Pilot
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.rules import Dimension, Measure, Place, Quarter


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

    def number(self, measure: Measure, place: Place) -> int | None:
        """The number of a measure in a place: nothing where nothing happened, None where it is hidden."""
        return self.numbers.get(measure, {}).get(place, 0)


def editions(session: Session, pilot_key: str, measures: Sequence[Measure]) -> list[Edition]:
    """The editions of a pilot with some measures, the first quarter first."""
    numbers: dict[int, dict[Measure, dict[Place, int | None]]] = {}
    quarters = {
        edition_id: Quarter(first_on)
        for edition_id, first_on in session.execute(
            sa.select(ReportEdition.id, ReportEdition.first_on)
            .where(ReportEdition.pilot_key == pilot_key)
            .order_by(ReportEdition.first_on)
        )
    }
    query = sa.select(
        ReportCell.edition_id,
        ReportCell.measure,
        ReportCell.dimension,
        ReportCell.key,
        sa.case((ReportCell.hidden, None), else_=ReportCell.value),
    ).where(ReportCell.edition_id.in_(quarters), ReportCell.measure.in_(measures))
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
