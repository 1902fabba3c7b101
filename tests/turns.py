"""Turns that are taken by somebody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.turns import Turns


@contextmanager
def held(turns: Turns) -> Iterator[threading.Event]:
    """A turn that another thread has until the end of the block, or until the event is set."""
    has, ending = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.turn():
            has.set()
            ending.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert has.wait(30)
    try:
        yield ending
    finally:
        ending.set()
        thread.join()
