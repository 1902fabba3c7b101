"""Counts that must not slow a page down: each process gathers them and writes them together with a later one.

What a process has not written when it stops is lost: these are hints, not accounts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from marketplace.db import Database

K = TypeVar("K", bound=tuple[Any, ...])

PAUSE_SECONDS: Final = 5.0
"""How long a process gathers before it writes again."""

MOST_KEPT: Final = 10_000
"""Different things that are counted while the database takes nothing; what is new beyond them is not counted."""

_log = logging.getLogger(__name__)


class Tally(Generic[K]):
    """The counts of one process on their way to the database, by key."""

    def __init__(
        self,
        database: Database,
        write: Callable[[Session, Sequence[tuple[K, int]]], None],
        *,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        """`write` adds numbers to what stands in the database; it gets the keys in order, so that no two wait for each
        other.
        """
        self._database = database
        self._add = write
        self._pause = pause
        self._counts: Counter[K] = Counter()
        self._written_at = -pause
        self._lock = threading.Lock()

    def count(self, keys: Iterable[K]) -> None:
        """Count each key once; writes when the last writing is long enough ago."""
        with self._lock:
            self._keep(dict.fromkeys(keys, 1).items())
            due = time.monotonic() - self._written_at >= self._pause
        if due:
            self.write()

    def write(self) -> None:
        """Write what has gathered. A database that is busy gets it the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._written_at = time.monotonic()
        if not counts:
            return
        try:
            with self._database.transaction(briefly=True) as session:
                self._add(session, sorted(counts.items()))
        except IntegrityError:
            _log.warning("counts of something that is gone were dropped", exc_info=True)
        except OperationalError as error:
            _log.warning("counts were not written and wait: %s", error.orig)
            with self._lock:
                self._keep(counts.items())

    def _keep(self, counts: Iterable[tuple[K, int]]) -> None:
        for key, number in counts:
            if key in self._counts or len(self._counts) < MOST_KEPT:
                self._counts[key] += number
