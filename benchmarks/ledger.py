"""How many postings a second the books take from several writers at once, and how the pace holds as they grow.

python -m scripts.postgres -- python -m benchmarks.ledger                 on a PostgreSQL of its own, 8 writers
python -m scripts.postgres -- python -m benchmarks.ledger --postings 10000000 --written 200000
python -m benchmarks.ledger --database sqlite:////tmp/books.sqlite --writers 1

Each writer is a process with clients of its own: it reserves a month, uses it delivery by delivery, corrects one
delivery and lets the rest go, each entry in a transaction of its own, as the portal does it. A row is printed whenever
another part of the postings is there, with the size of the tables and the time it takes to read a client's balances of
three years. With `--written` the writers write only so many, and the rest are copies of the first of them under other
names, laid between the parts on PostgreSQL by one statement a table; the proof at the end goes over all of them.
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
from sqlalchemy.orm import Session

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


_LAID: Final = (
    """INSERT INTO ledger_accounts
           (id, key, organisation_key, kind, unit, granted, reserved, used, expected)
       SELECT id + :account_step + :account_count * copy, key || ':' || :account_step || ':' || copy,
              organisation_key, kind, unit, granted, reserved, used, expected
       FROM ledger_accounts, generate_series(0, :copies - 1) AS copy
       WHERE id > :account_before AND id <= :account_before + :account_count""",
    """INSERT INTO ledger_entries
           (id, source, kind, about, effective_on, booked_at, legs, lapses_on, resolves_id)
       SELECT id + :entry_step + :entry_count * copy, source || ':' || :entry_step || ':' || copy, kind,
              about || ':' || :entry_step || ':' || copy, effective_on, booked_at, legs, lapses_on,
              resolves_id + :entry_step + :entry_count * copy
       FROM ledger_entries, generate_series(0, :copies - 1) AS copy
       WHERE id > :entry_before AND id <= :entry_before + :entry_count""",
    """INSERT INTO ledger_postings (entry_id, leg, account_id, unit, flow, amount)
       SELECT entry_id + :entry_step + :entry_count * copy, leg,
              account_id + :account_step + :account_count * copy, unit, flow, amount
       FROM ledger_postings, generate_series(0, :copies - 1) AS copy
       WHERE entry_id > :entry_before AND entry_id <= :entry_before + :entry_count""",
    "SELECT setval(pg_get_serial_sequence('ledger_accounts', 'id'), (SELECT max(id) FROM ledger_accounts))",
    "SELECT setval(pg_get_serial_sequence('ledger_entries', 'id'), (SELECT max(id) FROM ledger_entries))",
    "ANALYZE ledger_accounts, ledger_entries, ledger_postings",
)
"""Copies of a row of accounts and entries with their postings and sums; the triggers that would add them up again, or
refuse a copy, are off for the transaction.
"""


class Copied:
    """What the writers have written first, to be copied: accounts and entries without gaps, of which nobody else books.

    The accounts of the writers go on to change, so from the second time on what is copied is the first copy.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.read() as session:
            self._accounts, self._entries = last_ids(session)
        self._before = (0, 0)
        self._postings, _entries = counts(database)

    def lay(self, postings: int) -> None:
        """Lay so many copies that at most this number of postings is added. PostgreSQL only, as its superuser."""
        copies = postings // self._postings
        if copies < 1:
            return
        with self._database.transaction() as session:
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            account, entry = last_ids(session)
            numbers = {
                "copies": copies,
                "account_before": self._before[0],
                "account_count": self._accounts,
                "account_step": account - self._before[0],
                "entry_before": self._before[1],
                "entry_count": self._entries,
                "entry_step": entry - self._before[1],
            }
            for statement in _LAID:
                session.execute(sa.text(statement), numbers)
        if self._before == (0, 0):
            self._before = (account, entry)


def last_ids(session: Session) -> tuple[int, int]:
    """The last account and the last entry."""
    return (
        session.scalar(sa.select(sa.func.max(Account.id))) or 0,
        session.scalar(sa.select(sa.func.max(Entry.id))) or 0,
    )


def counts(database: Database) -> tuple[int, int]:
    """How many postings and entries there are."""
    with database.read() as session:
        postings, entries = (
            session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in (Posting, Entry)
        )
        return postings, entries


def main() -> None:
    """Print how the books grow, and prove them at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default=os.environ.get("TEST_POSTGRES_URL"), help="an empty database")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--postings", type=int, default=100_000)
    parser.add_argument("--written", type=int, help="of them by the writers; the rest are copies")
    given = parser.parse_args()
    if given.database is None:
        sys.exit("give --database, or run it under scripts.postgres")
    database, months = prepare(given.database), [0] * given.writers
    share = (given.written or given.postings) // ROWS // given.writers
    print(f"{given.writers} writers on {given.database.partition(':')[0]}\n")
    print("| postings | postings/s | entries/s | MB | bytes a posting | balances of 3 years, ms |")
    print("|---|---|---|---|---|---|")
    copied: Copied | None = None
    with multiprocessing.get_context("spawn").Pool(given.writers) as pool:
        for row in range(ROWS):
            before, entries = counts(database)
            start = time.perf_counter()
            months = pool.starmap(
                write, [(given.database, writer, months[writer], share) for writer in range(given.writers)]
            )
            took = time.perf_counter() - start
            count, booked = counts(database)
            pace, megabytes = (count - before) / took, size(database)
            bytes_each = megabytes * 1e6 / count
            print(
                f"| {count} | {pace:.0f} | {(booked - entries) / took:.0f} | {megabytes:.0f} | {bytes_each:.0f} "
                f"| {reading(database):.1f} |",
                flush=True,
            )
            if given.written and row < ROWS - 1:
                copied = copied or Copied(database)
                copied.lay(given.postings * (row + 1) // ROWS - count)
    start = time.perf_counter()
    with database.read() as session:
        problems = list(proof.problems(session))
    print(f"\nproved in {time.perf_counter() - start:.1f} s: {len(problems)} problems")
    database.dispose()


if __name__ == "__main__":
    main()
