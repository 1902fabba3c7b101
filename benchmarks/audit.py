"""How many events a second the audit trail takes, with several writers and other work in their transactions.

    .venv/bin/python -m scripts.postgres -- .venv/bin/python -m benchmarks.audit [--seconds 5]

Each writer is a process that commits one event a transaction, for one organisation or for its own of 21. `work` is
time spent elsewhere in the transaction (another query, a document), during which no lock of the trail is held. Last,
the time to walk the whole trail, and from a checkpoint. PostgreSQL of `scripts.postgres` does not wait for the disk.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from datetime import UTC, datetime
from pathlib import Path

from alembic import command

from marketplace.audit.proof import checkpoint, verify
from marketplace.audit.service import append
from marketplace.cli import alembic_config
from marketplace.db import Database
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork
from tests.databases import drop_database, new_database
from tests.trail import Tried

ORGANISATIONS = 21


def _write(
    url: str, organisation: str, work: float, until: float, counted: multiprocessing.Queue[int]
) -> None:
    database, count = Database(url), 0
    while time.time() < until:
        with database.transaction() as session:
            at = UnitOfWork(session, SYSTEM, datetime.now(UTC))
            append(at, Tried.EVENT, ("Thing", count), organisation=organisation, after={"n": count})
            time.sleep(work)
        count += 1
    database.dispose()
    counted.put(count)


def _rate(url: str, writers: int, chains: int, work: float, seconds: float) -> float:
    counted: multiprocessing.Queue[int] = multiprocessing.Queue()
    until = time.time() + seconds + 1
    processes = [
        multiprocessing.Process(
            target=_write, args=(url, f"organisation-{each % chains}", work, until, counted)
        )
        for each in range(writers)
    ]
    begun = time.time()
    for process in processes:
        process.start()
    total = sum(counted.get() for _ in processes)
    for process in processes:
        process.join()
    return total / (time.time() - begun)


def main() -> None:
    """Print events a second by writers, chains and other work, and the time of a proof."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5)
    seconds = options.parse_args().seconds
    url = new_database("postgresql", Path())
    try:
        command.upgrade(alembic_config(url), "head")
        print("writers  chains  work ms  events/s")
        for writers in (1, 8, 32):
            for chains in (1, ORGANISATIONS):
                for work in (0.0, 0.02):
                    rate = _rate(url, writers, chains, work, seconds)
                    print(f"{writers:7}  {chains:6}  {work * 1000:7.0f}  {rate:8.0f}")
        database = Database(url)
        begun = time.perf_counter()
        found = verify(database)
        print(
            f"whole proof: {found.seals} seals in {time.perf_counter() - begun:.2f} s, {found.problem or 'unbroken'}"
        )
        with database.transaction() as session:
            checkpoint(session, datetime.now(UTC))
        begun = time.perf_counter()
        found = verify(database, whole=False)
        print(f"from the checkpoint: {found.seals} seals in {time.perf_counter() - begun:.2f} s")
        database.dispose()
    finally:
        drop_database(url)


if __name__ == "__main__":
    main()
