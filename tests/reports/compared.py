"""The kept figures against those that are counted again."""

from __future__ import annotations

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.pilots.queries import current_definition, definition_on, pilots
from marketplace.reports import service
from marketplace.reports.models import ReportCell, ReportEdition
from tests.factories import NOW
from tests.reports.recount import Recount, Told


def make(session: Session, *, now: datetime = NOW) -> int:
    """Make the editions that are missing, in the transaction of the test; how many there were."""
    today = helsinki_date(now)
    return sum(
        service.keep(session, service.missing_editions(session, pilot.key, today), now=now)
        for pilot in pilots(session)
    )


def hide_more(session: Session) -> int:
    """Hide in what has been told what is hidden by now, in the transaction of the test; how many numbers."""
    found = [place for pilot in pilots(session) for place in service.hidden_by_now(session, pilot.key)]
    return service.hide(session, found)


def kept(session: Session) -> dict[Told, int]:
    """Every number that is kept, hidden or not."""
    query = sa.select(ReportEdition, ReportCell).join(ReportCell, ReportCell.edition_id == ReportEdition.id)
    return {
        (edition.pilot_key, edition.first_on, cell.measure.value, cell.dimension.value, cell.key): cell.value
        for edition, cell in session.execute(query)
    }


def recounted(session: Session) -> dict[Told, int]:
    """The same from the raw rows, for the quarters that have been told."""
    keys = [pilot.key for pilot in pilots(session)]
    areas = {key: set(current_definition(session, key).municipalities) for key in keys}
    told = {(edition.pilot_key, edition.first_on) for edition in session.scalars(sa.select(ReportEdition))}
    ends = sorted({_last_day(first) for _pilot, first in told})
    definitions = {
        (key, end): definition_on(session, key, datetime.combine(end, time(23, 59), HELSINKI))
        for key in keys
        for end in ends
    }
    numbers = Recount(session, areas, definitions).numbers(ends)
    return {place: number for place, number in numbers.items() if place[:2] in told}


def _last_day(first: date) -> date:
    month = first.month + 2
    return date(first.year, month, {3: 31, 6: 30, 9: 30, 12: 31}[month])
