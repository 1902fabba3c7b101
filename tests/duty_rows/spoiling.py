"""Spoiling rows, counting what has been done, and when a duty has something to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from marketplace.db import Database, Json
from marketplace.i18n import helsinki_date
from tests.factories import (
    NOW,
)

TODAY: Final = helsinki_date(NOW)
JSON: Final = {"title", "municipalities"}
"""Columns that are spoilt and hold JSON."""

WHEN: Final = {
    "let requests lapse that nobody answers": timedelta(days=8),
    "remind of requests that wait": timedelta(days=6),
    "tell of keys that expire": timedelta(days=340),
    "let go of budgets of months that are over": timedelta(days=80),
    "settle budgets that are over": timedelta(days=150),
    "write summaries to clients": timedelta(days=14),
    "write the letters of the morning": timedelta(hours=20),
    "make reports": timedelta(days=100),
}
"""How long after NOW a duty has something to do."""


def spoil(session: sa.orm.Session, table: str, row: int, **values: Any) -> None:
    """Put into a row what no form would let through: what an older version or a hand may have left there."""
    columns = [sa.column(name, Json) if name in JSON else sa.column(name) for name in values]
    session.flush()
    target = sa.table(table, sa.column("id"), *columns)
    session.execute(sa.update(target).where(target.c.id == row).values(**values))


def count(database: Database, model: type[Any], *where: Any) -> int:
    """How many rows of a table there are, of those that are meant."""
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0
