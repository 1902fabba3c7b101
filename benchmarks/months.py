"""What monthly partitions of the deliveries would give at ten million rows, and what else does.

python -m scripts.postgres -- python -m benchmarks.months                      10,000,000 rows, a table at a time
python -m scripts.postgres -- python -m benchmarks.months --rows 1000000 --months 12

Three tables with the columns and checks of `deliveries`, filled with the same rows month by month: one as the portal
has it, one whose indexes on what is past are small (BRIN, partial), one in partitions by month. The partitioned one has
the day in its unique keys, as PostgreSQL demands: it takes a reference twice when the day differs, which is told too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from alembic import command

from marketplace.cli import alembic_config

FIRST_YEAR: Final = 2026
PROVIDERS, CLIENTS, ORGANISATIONS = 8_000, 60_000, 21
ASKED: Final = 40
"""How often each question is asked."""

OPEN: Final = "state IN ('recorded', 'disputed')"

COPIED: Final = "(LIKE deliveries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"

ROWS: Final = """
INSERT INTO {table} (id, agreement_id, provider_id, organisation_key, client_number, kind, state, day, activity, worker,
    reference, amount, own_share, lines, takes, recorded_by_id, recorded_at, dispute_reason, revision)
SELECT n, n % {clients}, n % {providers}, 'county-' || n % {organisations}, 'C-' || n % {clients}, 'given',
    CASE WHEN %(month)s::date < %(last)s::date THEN 'confirmed' ELSE 'recorded' END,
    %(month)s::date + (n %% 28)::int, 'Siivous ja kauppa-asiat', '', 'R-' || n, 3900, 0,
    '[{{"band":"weekday","unit":"hour","quantity":"1","minutes":60,"unit_price":3900,"amount":3900}}]', 60, 1,
    %(month)s::date, '', 1
FROM generate_series(%(begin)s::bigint, %(end)s::bigint) AS n
"""


@dataclass(frozen=True)
class Kind:
    """A way to keep the rows: how the table is made, and what is done when a month begins."""

    name: str
    table: str
    made: Sequence[str]
    month: Callable[[date, date], str] = lambda _begin, _end: ""


def _indexes(table: str, *, unique_by_day: bool = False, small: bool = False) -> list[str]:
    """The indexes of `deliveries`; `small` keeps only what is open under the state, and the days as ranges of pages."""
    day = ", day" if unique_by_day else ""
    plain = [
        f"CREATE UNIQUE INDEX ON {table} (id{day})",
        f"CREATE UNIQUE INDEX ON {table} (provider_id, reference{day}) WHERE reference <> ''",
        f"CREATE INDEX ON {table} (agreement_id)",
        f"CREATE INDEX ON {table} (provider_id, day)",
        f"CREATE INDEX ON {table} (organisation_key, client_number, day)",
    ]
    if small:
        return [
            *plain,
            f"CREATE INDEX ON {table} (organisation_key, state) WHERE {OPEN}",
            f"CREATE INDEX ON {table} (objection_until) WHERE {OPEN}",
            f"CREATE INDEX ON {table} USING brin (day) WITH (pages_per_range = 32)",
        ]
    return [
        *plain,
        f"CREATE INDEX ON {table} (organisation_key, state)",
        f"CREATE INDEX ON {table} (objection_until)",
        f"CREATE INDEX ON {table} (budget_id)",
    ]


KINDS: Final = (
    Kind("as the portal has it", "plain", [f"CREATE TABLE plain {COPIED}", *_indexes("plain")]),
    Kind("small indexes", "small", [f"CREATE TABLE small {COPIED}", *_indexes("small", small=True)]),
    Kind(
        "a partition a month",
        "parted",
        [f"CREATE TABLE parted {COPIED} PARTITION BY RANGE (day)", *_indexes("parted", unique_by_day=True)],
        lambda begin, end: (
            f"CREATE TABLE parted_{begin:%Y_%m} PARTITION OF parted FOR VALUES FROM ('{begin}') TO ('{end}')"
        ),
    ),
)


def months(count: int) -> Iterator[tuple[date, date]]:
    """The first days of so many months, each with that of the next."""
    for number in range(count):
        year, month = divmod(number, 12)
        after_year, after = divmod(number + 1, 12)
        yield date(FIRST_YEAR + year, month + 1, 1), date(FIRST_YEAR + after_year, after + 1, 1)


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    """Add the seconds of the block."""
    began = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - began)


def questions(table: str, begin: date, end: date) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is asked most: name → statement and values; `{n}` in a value becomes another number each time."""
    among = {"begin": begin, "end": end}
    return {
        "a county's month by provider": (
            (
                f"SELECT provider_id, sum(amount) FROM {table} WHERE organisation_key = 'county-7' "  # noqa: S608
                "AND day >= %(begin)s AND day < %(end)s GROUP BY provider_id"
            ),
            among,
        ),
        "a client's month": (
            (
                f"SELECT * FROM {table} WHERE organisation_key = 'county-7' AND client_number = %(client)s "  # noqa: S608
                "AND day >= %(begin)s AND day < %(end)s"
            ),
            among | {"client": "C-{n}"},
        ),
        "the reference of a row sent again": (
            f"SELECT id FROM {table} WHERE provider_id = 5 AND reference = %(reference)s",  # noqa: S608
            {"reference": "R-{n}"},
        ),
        "what waits in a county": (
            f"SELECT count(*) FROM {table} WHERE organisation_key = 'county-7' AND {OPEN}",  # noqa: S608
            {},
        ),
        "a row by its number": (f"SELECT * FROM {table} WHERE id = %(id)s", {"id": "{n}"}),  # noqa: S608
    }


def _value(given: Any, turn: int) -> Any:
    return given.format(n=7 + turn * 1_260) if isinstance(given, str) else given


def measured(connection: psycopg.Connection[Any], kind: Kind, rows: int, count: int) -> list[str]:
    """Fill the table, ask, and take it away again; what is printed of it."""
    spans = list(months(count))
    a_month = rows // count
    pace: list[float] = []
    for statement in kind.made:
        connection.execute(statement.encode())
    sizes = {"clients": CLIENTS, "providers": PROVIDERS, "organisations": ORGANISATIONS}
    filling = ROWS.replace(" % {", " %% {").format(table=kind.table, **sizes)
    for number, (begin, end) in enumerate(spans):
        if made := kind.month(begin, end):
            connection.execute(made.encode())
        bounds = {"begin": number * a_month + 1, "end": (number + 1) * a_month}
        with timed(pace):
            connection.execute(filling.encode(), {"month": begin, "last": spans[-1][0], **bounds})
        sys.stderr.write(f"{kind.name}: {bounds['end']:,} rows\n")
    connection.execute(f"VACUUM ANALYZE {kind.table}".encode())
    begin, end = spans[count // 2]
    told = [
        f"{a_month / pace[0]:,.0f}",
        f"{a_month / pace[-1]:,.0f}",
        *(f"{size / rows:.0f}" for size in _sizes(connection, kind)),
    ]
    for statement, values in questions(kind.table, begin, end).values():
        taken: list[float] = []
        for turn in range(ASKED):
            with timed(taken):
                connection.execute(
                    statement.encode(), {name: _value(each, turn) for name, each in values.items()}
                ).fetchall()
        told.append(f"{statistics.median(taken) * 1000:.2f}")
    return [*told, _taken_twice(connection, kind), _first_month_away(connection, kind, *spans[0])]


def _sizes(connection: psycopg.Connection[Any], kind: Kind) -> tuple[int, int]:
    """Bytes of the rows and of the indexes."""
    row = connection.execute(
        "SELECT sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid)) FROM pg_class c "
        "WHERE c.relkind = 'r' AND c.relname LIKE %s",
        [f"{kind.table}%"],
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _taken_twice(connection: psycopg.Connection[Any], kind: Kind) -> str:
    """Whether the database takes a provider's row a second time under another day."""
    sizes = {"clients": CLIENTS, "providers": PROVIDERS, "organisations": ORGANISATIONS}
    again = ROWS.replace(" % {", " %% {").format(table=kind.table, **sizes)
    moved = again.replace("SELECT n,", "SELECT -n,").replace("(n %% 28)::int", "((n + 1) %% 28)::int")
    values = {"month": date(FIRST_YEAR, 1, 1), "last": date(FIRST_YEAR, 1, 1), "begin": 1, "end": 1}
    try:
        connection.execute(moved.encode(), values)
    except psycopg.errors.UniqueViolation:
        return "refused"
    return "**taken**"


def _first_month_away(connection: psycopg.Connection[Any], kind: Kind, begin: date, end: date) -> str:
    """Seconds to take the first month out of the table."""
    taken: list[float] = []
    with timed(taken):
        if kind.month(begin, end):
            connection.execute(
                f"ALTER TABLE {kind.table} DETACH PARTITION {kind.table}_{begin:%Y_%m}".encode()
            )
        else:
            connection.execute(
                f"DELETE FROM {kind.table} WHERE day >= %s AND day < %s".encode(),  # noqa: S608
                [begin, end],
            )
            connection.execute(f"VACUUM {kind.table}".encode())
    connection.execute(f"DROP TABLE {kind.table}".encode())
    return f"{taken[0]:.2f}"


def main() -> None:
    """Print a row for each way to keep deliveries."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=36)
    given = parser.parse_args()
    if "TEST_POSTGRES_URL" not in os.environ:
        sys.exit("python -m scripts.postgres -- python -m benchmarks.months")
    url = sa.make_url(os.environ["TEST_POSTGRES_URL"])
    command.upgrade(alembic_config(url.render_as_string(hide_password=False)), "head")
    names = list(questions("", date.min, date.min))
    print(f"{given.rows:,} rows in {given.months} months; milliseconds where nothing else is said\n")
    heads = [
        "kept",
        "rows/s, first month",
        "rows/s, last month",
        "bytes a row",
        "bytes a row in indexes",
        *names,
        "the same reference on another day",
        "a month taken away, s",
    ]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for kind in KINDS:
            row = measured(connection, kind, given.rows, given.months)
            print(f"| {kind.name} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
