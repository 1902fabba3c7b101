"""Turns at work that takes a core and much memory for a moment: few at once on a machine, and few who wait.

`marketplace.slow_work` names the kinds of such work; here is how turns are taken.
"""

from __future__ import annotations

import fcntl
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOOK_EVERY: Final = 0.02
"""Seconds between two looks at whether another process has ended its work."""

WITHOUT_PAGES: Final = 1_000
"""Seats in a process that answers no pages: a command, a test."""


class NoTurn(Exception):
    """There is no turn now; `wait` is the number of seconds after which there may be one."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"no turn within {wait} s")
        self.wait = wait


class Seats:
    """How many threads of this process may be at slow work of any kind, or wait for it. The others answer pages.

    A thread that has a seat needs no second one: work within work belongs to the work outside.
    """

    def __init__(self, number: int = WITHOUT_PAGES) -> None:
        self._free = threading.BoundedSemaphore(number)
        self._mine = threading.local()

    def leave(self, number: int) -> None:
        """From now on so many, one at least; before anybody sits."""
        self._free = threading.BoundedSemaphore(max(number, 1))

    @property
    def is_mine(self) -> bool:
        """Whether this thread has a seat."""
        return getattr(self._mine, "seated", False)

    @contextmanager
    def seat(self, wait: int) -> Iterator[None]:
        """Sit inside the block. Raises NoTurn, which tells to come again after `wait` seconds, when all are taken."""
        free = self._free
        if not free.acquire(blocking=False):
            raise NoTurn(wait)
        self._mine.seated = True
        try:
            yield
        finally:
            self._mine.seated = False
            free.release()


class Turns:
    """At most `at_once` at the same time, in all processes of the machine that share a folder.

    Who waits does so for `patience` seconds, on one of the `seats` that several kinds of work may have in common.
    """

    def __init__(self, at_once: int, *, patience: float, seats: Seats | None = None) -> None:
        self.at_once, self.patience = at_once, patience
        self.seats = seats or Seats()
        self.folder: Path | None = None
        self._working = threading.BoundedSemaphore(at_once)

    def share(self, folder: Path) -> None:
        """Count together with every process that names the same folder; before the process is forked."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside the block. Raises NoTurn at once when all seats are taken, and when waiting was in vain."""
        if self.seats.is_mine:
            yield
            return
        wait = math.ceil(self.patience)
        with self.seats.seat(wait):
            until = time.monotonic() + self.patience
            if not self._working.acquire(timeout=self.patience):
                raise NoTurn(wait)
            try:
                held = self._hold(until)
                try:
                    yield
                finally:
                    if held is not None:
                        os.close(held)
            finally:
                self._working.release()

    def _hold(self, until: float) -> int | None:
        """The lock of one turn on this machine, freed by the system when its file is closed or its process dies."""
        if self.folder is None:
            return None
        while True:
            for number in range(self.at_once):
                held = os.open(self.folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    os.close(held)
                else:
                    return held
            if time.monotonic() >= until:
                raise NoTurn(math.ceil(self.patience))
            time.sleep(LOOK_EVERY)
