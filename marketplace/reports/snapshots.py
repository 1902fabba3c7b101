"""The sets of open data as they were on a day: made daily by the worker, the same from every process and machine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database, insert_missing
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.reports.models import OpenDataSnapshot
from marketplace.reports.opendata import SETS
from marketplace.search.openapi import LICENCE_OF_DATA
from marketplace.sheets import as_csv
from marketplace.slow_work import Busy, Slow

SOURCE: Final = "Palvelutori – Servicetorget"

WAIT: Final = 60
"""Seconds after which somebody asks again before the first snapshot has been made."""


def make_due(database: Database, *, now: datetime) -> int:
    """What the worker does: the snapshots of this day that are not made yet; how many were made."""
    today = helsinki_date(now)

    def do(name: str) -> int:
        return _make(database, name, today)

    return sum(each_by_itself(database, "make open data", SETS, do, now=now))


def _make(database: Database, name: str, today: date) -> int:
    with database.read() as session:
        kept = session.get(OpenDataSnapshot, name)
        if kept is not None and kept.day >= today:
            return 0
        whole = {
            "day": today.isoformat(),
            "licence": LICENCE_OF_DATA["url"],
            "source": SOURCE,
            "rows": list(SETS[name].rows(session, today)),
        }
    content = gzip.compress(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode())
    with database.transaction() as session:
        session.execute(
            sa.delete(OpenDataSnapshot).where(OpenDataSnapshot.name == name, OpenDataSnapshot.day < today)
        )
        return insert_missing(session, OpenDataSnapshot, {"name": name, "day": today, "content": content})


def made_on(session: Session, name: str) -> str:
    """The day of the latest snapshot of a set. Raises Busy before the first one."""
    day = session.scalar(sa.select(OpenDataSnapshot.day).where(OpenDataSnapshot.name == name))
    if day is None:
        raise Busy(Slow.LIST, WAIT)
    return day.isoformat()


def file_of(session: Session, name: str, kind: str) -> bytes:
    """The latest snapshot of a set as a file, `json` or `csv`."""
    content = gzip.decompress(session.get_one(OpenDataSnapshot, name).content)
    if kind == "json":
        return content
    told: Mapping[str, Any] = json.loads(content)
    return as_csv(list(SETS[name].columns), [list(row.values()) for row in told["rows"]])
