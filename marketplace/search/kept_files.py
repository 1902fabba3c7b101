"""Files that anybody may fetch and that take a second of computing: made once for a state of the data, and kept.

One is made at a time on a machine (`turns`). While a newer one is made, everybody else gets the file that held until
then; who finds none and no place to wait is asked to come again, so that threads stay for pages.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Final

from marketplace.errors import DomainError
from marketplace.i18n import _l
from marketplace.turns import NoTurn, Turns

PATIENCE: Final = 10.0
"""Seconds that somebody waits for a file that is being made."""

turns = Turns(1, patience=PATIENCE)
"""Who may make a file now; `marketplace serve` shares them among all processes of the machine."""


class FilesBusy(DomainError):
    """Other files are being made; this one may be asked for again after `wait` seconds."""

    status = 503

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(_l("Many files are being made at this moment. Wait a few seconds and try again."))


class KeptFiles:
    """The files made last, each with the state of the data for which it was made."""

    def __init__(self) -> None:
        self._files: dict[Hashable, tuple[Hashable, bytes]] = {}
        self._being_made: set[Hashable] = set()
        self._lock = threading.Lock()

    def file(self, state: Hashable, name: Hashable, make: Callable[[], bytes]) -> bytes:
        """The file of a name, made again when the state is another than last time. Raises FilesBusy."""
        with self._lock:
            made_for, content = self._files.get(name, (None, None))
            if content is not None and (made_for == state or name in self._being_made):
                return content
            self._being_made.add(name)
        try:
            return self._made(state, name, make)
        except NoTurn as error:
            if content is not None:
                return content
            raise FilesBusy(error.wait) from error
        finally:
            with self._lock:
                self._being_made.discard(name)

    def _made(self, state: Hashable, name: Hashable, make: Callable[[], bytes]) -> bytes:
        with turns.turn():
            made_for, content = self._files.get(name, (None, None))
            if content is None or made_for != state:
                content = make()
                with self._lock:
                    self._files[name] = (state, content)
            return content
