"""What the worker does: months are frozen by themselves on the day that the pilot names."""

from __future__ import annotations

from datetime import datetime

from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.payments.statements import service
from marketplace.payments.statements.rules import month_before
from marketplace.permissions import SYSTEM
from marketplace.pilots.queries import current_definition, pilots
from marketplace.work import UnitOfWork


def freeze_due(database: Database, *, now: datetime) -> int:
    """Freeze the last month of every pilot whose day has come, each by itself; how many statements."""
    today = helsinki_date(now)
    with database.read() as session:
        due = [
            each.key
            for each in pilots(session)
            if current_definition(session, each.key).statements.freeze_day <= today.day
        ]
        organisations = {each.key: each.organisation_key for each in pilots(session)}

    def do(pilot_key: str) -> int:
        with database.transaction() as session:
            work = UnitOfWork(session, SYSTEM, now)
            return service.freeze(
                work, organisations[pilot_key], month_before(today), pilots=[pilot_key]
            ).statements

    return sum(each_by_itself(database, "freeze statements", due, do, now=now))
