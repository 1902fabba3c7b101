"""What has changed in a database, told so that two runs of the same verb on equal databases tell the same.

Numbers, days and states are told as they are; of texts, moments and references it is told that they were set, for
keys are random, and numbers of rows are left out when a transaction is undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa

from marketplace.db import Base
from marketplace.money import Money

Row = dict[str, Any]
Tables = dict[str, dict[tuple[Any, ...], Row]]
Change = tuple[str, ...]
"""A line for each row that was added, removed or changed, in order."""

TOLD: Final = {"action", "template"}
"""Columns whose text says what happened."""

PLACES: Final = {"audit_chains", "audit_seals"}
"""Tables that count places in the chains of the trail: a killed request that only looked has taken some of them. That
the chains are whole is looked at in the end (`lives.faults_of`).
"""


def tables_of(engine: sa.Engine) -> Tables:
    """Every row of every table, by its primary key."""
    with engine.connect() as connection:
        return {
            table.name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in connection.execute(sa.select(table)).mappings()
            }
            for table in Base.metadata.sorted_tables
        }


def change(before: Tables, after: Tables) -> Change:
    """What was done to the first to make the second."""
    return tuple(sorted(line for name in after for line in _of_table(name, before[name], after[name])))


def _of_table(
    name: str, before: dict[tuple[Any, ...], Row], after: dict[tuple[Any, ...], Row]
) -> Iterator[str]:
    table = Base.metadata.tables[name]
    for key in after.keys() - before.keys():
        yield f"{name} +1 " + " ".join(
            f"{each}={_told(table.c[each], value)}" for each, value in after[key].items()
        )
    for _key in before.keys() - after.keys():
        yield f"{name} -1"
    for key in after.keys() & before.keys():
        different = [each for each, value in after[key].items() if value != before[key][each]]
        if different:
            yield f"{name} {_plain(table, key)} " + " ".join(
                f"{each}={_told(table.c[each], before[key][each])}→{_told(table.c[each], after[key][each])}"
                for each in different
            )


def _plain(table: sa.Table, key: tuple[Any, ...]) -> str:
    """The key of a row, but for what is random."""
    return ",".join(str(each) if isinstance(each, int) else "…" for each in key)


def _told(column: sa.Column[Any], value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, Enum) or column.name in TOLD:
        return str(value)
    if (
        column.primary_key
        or column.foreign_keys
        or column.name.endswith("_id")
        or column.table.name in PLACES
        or isinstance(value, datetime)
    ):
        return "…"
    return str(value) if isinstance(value, int | date | Money) else "…"
