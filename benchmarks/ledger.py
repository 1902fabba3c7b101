"""How many postings a second the books take from several writers at once, and how the pace holds as they grow.

python -m scripts.postgres -- python -m benchmarks.ledger                 on a PostgreSQL of its own, 8 writers
python -m scripts.postgres -- python -m benchmarks.ledger --postings 10000000
python -m benchmarks.ledger --database sqlite:////tmp/books.sqlite --writers 1

Each writer is a process with clients of its own: it reserves a month, uses it delivery by delivery, corrects one
delivery and lets the rest go, each entry in a transaction of its own, as the portal does it. A row is printed whenever
another part of the postings has been written, with the size of the tables and the time it takes to read a client's
balances of three years.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command

from marketplace.cli import alembic_config
from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.ledger import proof, service
from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.permissions import SYSTEM
from marketplace.pilots.models import Organisation
from marketplace.work import UnitOfWork

NOW: Final = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MONTH: Final = 30 * 60
DELIVERIES: Final = 20
HISTORY_MONTHS: Final = 36
ROWS: Final = 10
"""Rows that are printed."""


def minutes(number: int) -> Amount:
    """So many minutes."""
    return Amount(Unit.MINUTES, number)


def open_books(work: UnitOfWork, writer: int, month: int) -> tuple[Account, Account, Account]:
    """Funds, a budget and a provider of the writer's own."""
    names = (
        (f"funds:{writer}", AccountKind.FUNDS),
        (f"line:{writer}:{month}", AccountKind.BUDGET),
        (f"provider:{writer}", AccountKind.PROVIDER),
    )
    funds, budget, provider = (
        service.open_account(work, key, kind, Unit.MINUTES, organisation="bench") for key, kind in names
    )
    return funds, budget, provider


def write(url: str, writer: int, first: int, wanted: int) -> int:
    """Write at least `wanted` postings, months from `first` on; the next month."""
    database, written, month = Database(url), 0, first

    def once(verb: Any, *arguments: Any) -> Any:
        with database.transaction() as session:
            return verb(UnitOfWork(session, SYSTEM, NOW), *arguments)

    while written < wanted:
        name = f"{writer}:{month}"
        funds, budget, provider = once(open_books, writer, month)
        once(service.grant, funds, budget, minutes(MONTH), Cause(f"g:{name}"))
        held = once(service.reserve, budget, provider, minutes(MONTH), Cause(f"r:{name}", name))
        written += 4
        for number in range(DELIVERIES):
            _used, held = once(service.draw, held, minutes(60), Cause(f"d:{name}:{number}", name))
            written += 6
        once(service.correct, budget, provider, minutes(-30), Cause(f"c:{name}", name))
        once(service.void, held, Cause(f"v:{name}", name))
        written += 4
        month += 1
    database.dispose()
    return month


def prepare(url: str) -> Database:
    """The tables and one organisation in an empty database."""
    command.upgrade(alembic_config(url), "head")
    database = Database(url)
    with database.transaction() as session:
        name = LocalizedText(fi="Mittaus", sv="M\u00e4tning")
        session.add(
            Organisation(key="bench", name=name, short_name=name, theme="", email="", phone="", website="")
        )
    return database


def reading(database: Database) -> float:
    """Median milliseconds to read the balances of three years of one client."""
    keys = [f"line:0:{month}" for month in range(HISTORY_MONTHS)]
    taken = []
    for _turn in range(20):
        start = time.perf_counter()
        with database.read() as session:
            session.scalars(sa.select(Account).where(Account.key.in_(keys))).all()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def size(database: Database) -> float:
    """Megabytes of the books with their indexes."""
    with database.read() as session:
        if database.url.get_backend_name() == "sqlite":
            return Path(str(database.url.database)).stat().st_size / 1e6
        tables = ("ledger_postings", "ledger_entries", "ledger_accounts")
        return (
            sum(session.scalar(sa.text(f"SELECT pg_total_relation_size('{name}')")) or 0 for name in tables)
            / 1e6
        )


def main() -> None:
    """Print how the books grow, and prove them at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default=os.environ.get("TEST_POSTGRES_URL"), help="an empty database")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--postings", type=int, default=100_000)
    given = parser.parse_args()
    if given.database is None:
        sys.exit("give --database, or run it under scripts.postgres")
    database, months = prepare(given.database), [0] * given.writers
    share = given.postings // ROWS // given.writers
    print(f"{given.writers} writers on {given.database.partition(':')[0]}\n")
    print("| postings | postings/s | entries/s | MB | bytes a posting | balances of 3 years, ms |")
    print("|---|---|---|---|---|---|")
    before, entries = 0, 0
    with multiprocessing.get_context("spawn").Pool(given.writers) as pool:
        for _row in range(ROWS):
            start = time.perf_counter()
            months = pool.starmap(
                write, [(given.database, writer, months[writer], share) for writer in range(given.writers)]
            )
            took = time.perf_counter() - start
            with database.read() as session:
                count = session.scalar(sa.select(sa.func.count()).select_from(Posting)) or 0
                booked = session.scalar(sa.select(sa.func.count()).select_from(Entry)) or 0
            pace, megabytes = (count - before) / took, size(database)
            bytes_each = megabytes * 1e6 / count
            print(
                f"| {count} | {pace:.0f} | {(booked - entries) / took:.0f} | {megabytes:.0f} | {bytes_each:.0f} "
                f"| {reading(database):.1f} |",
                flush=True,
            )
            before, entries = count, booked
    start = time.perf_counter()
    with database.read() as session:
        problems = list(proof.problems(session))
    print(f"\nproved in {time.perf_counter() - start:.1f} s: {len(problems)} problems")
    database.dispose()


if __name__ == "__main__":
    main()
