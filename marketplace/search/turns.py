"""One follower at a time where all machines write one index: a lock that falls away with who holds it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from marketplace.db import Database

LOCK: Final = 0x5EA2C4
"""The number of the lock among PostgreSQL's advisory locks."""


@contextmanager
def turn(database: Database, folder: Path, *, wait: bool) -> Iterator[bool]:
    """Have the turn for the time of the block; False when another has it and it is not waited for.

    On PostgreSQL the lock belongs to a transaction, so that it also holds through PgBouncer; SQLite has one machine,
    and a file of `folder` is enough.
    """
    if database.url.get_backend_name() == "postgresql":
        with database.read() as session:
            if wait:
                session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
                yield True
            else:
                yield bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))))
        return
    with (folder / "turn.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
