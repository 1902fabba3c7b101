"""Turns at work that takes a core and much memory for a moment: few at once on a machine, and few who wait."""

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


class Turns:
    """At most `at_once` at the same time, in all processes of the machine that share a folder.

    Who waits does so for `patience` seconds. In a process that shares, `seats` threads may be here at all, at work or
    waiting: the others go on answering pages, however many want a turn.
    """

    def __init__(self, at_once: int, *, patience: float) -> None:
        self.at_once, self.patience = at_once, patience
        self.folder: Path | None = None
        self._seats = threading.BoundedSemaphore(WITHOUT_PAGES)
        self._working = threading.BoundedSemaphore(at_once)

    def share(self, folder: Path, *, seats: int) -> None:
        """Count together with every process that names the same folder; before the process is forked."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._seats = threading.BoundedSemaphore(max(seats, 1))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside the block. Raises NoTurn at once when all seats are taken, and when waiting was in vain."""
        if not self._seats.acquire(blocking=False):
            raise NoTurn(math.ceil(self.patience))
        try:
            until = time.monotonic() + self.patience
            if not self._working.acquire(timeout=self.patience):
                raise NoTurn(math.ceil(self.patience))
            try:
                held = self._hold(until)
                try:
                    yield
                finally:
                    if held is not None:
                        os.close(held)
            finally:
                self._working.release()
        finally:
            self._seats.release()

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
