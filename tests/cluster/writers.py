"""Clients who write all the time while a database server dies: what was acknowledged is compared with what is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from marketplace.db import Database

_WRITE = sa.text("INSERT INTO written VALUES (:writer, :number)")


@dataclass
class Writers:
    """What each writer has been told is written, its last number, and the seconds between two such answers."""

    database: Database
    acknowledged: dict[int, int]
    pauses: list[float] = field(default_factory=list)

    def lost(self) -> list[tuple[int, int]]:
        """The last writes that were acknowledged and are not there."""
        with self.database.read() as session:
            kept = {tuple(row) for row in session.execute(sa.text("SELECT writer, number FROM written"))}
        return [each for each in self.acknowledged.items() if each not in kept]


@contextmanager
def writing(database: Database, writers: int) -> Iterator[Writers]:
    """So many clients write into a table of their own, without a pause, until the block ends."""
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE written (writer int, number int)"))
    state, ending = Writers(database, dict.fromkeys(range(writers), 0)), threading.Event()
    with ThreadPoolExecutor(writers) as pool:
        for writer in range(writers):
            pool.submit(_write, state, writer, ending)
        try:
            yield state
        finally:
            ending.set()


def _write(state: Writers, writer: int, ending: threading.Event) -> None:
    number, last = 0, time.monotonic()
    while not ending.is_set():
        number += 1
        try:
            with state.database.transaction() as session:
                session.execute(_WRITE, {"writer": writer, "number": number})
        except sa.exc.DBAPIError:
            time.sleep(0.1)
            continue
        state.acknowledged[writer] = number
        state.pauses.append(time.monotonic() - last)
        last = time.monotonic()
