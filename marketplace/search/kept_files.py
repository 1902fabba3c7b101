"""Files that anybody may fetch and that take a second of computing: made once for a state of the data, and kept.

One is made at a time on a machine (`slow_work`). While a newer one is made, everybody else gets the file that held
until then; who finds none and no place to wait is asked to come again, so that threads stay for pages.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Final

from marketplace.slow_work import Busy, Slow, turn

MOST_KEPT: Final = 64
"""So many files are kept: whoever asks for all there can be does not fill the memory."""


class KeptFiles:
    """The files that were made last, `MOST_KEPT` of them, each with the state of the data for which it was made."""

    def __init__(self) -> None:
        self._files: dict[Hashable, tuple[Hashable, bytes]] = {}
        self._being_made: set[Hashable] = set()
        self._lock = threading.Lock()

    def file(self, state: Hashable, name: Hashable, make: Callable[[], bytes]) -> bytes:
        """The file of a name, made again when the state is another than last time. Raises Busy."""
        with self._lock:
            made_for, content = self._files.get(name, (None, None))
            if content is not None and (made_for == state or name in self._being_made):
                return content
            self._being_made.add(name)
        try:
            return self._made(state, name, make)
        except Busy:
            if content is not None:
                return content
            raise
        finally:
            with self._lock:
                self._being_made.discard(name)

    def _made(self, state: Hashable, name: Hashable, make: Callable[[], bytes]) -> bytes:
        with turn(Slow.LIST):
            made_for, content = self._files.get(name, (None, None))
            if content is None or made_for != state:
                content = make()
                with self._lock:
                    self._files.pop(name, None)
                    self._files[name] = (state, content)
                    while len(self._files) > MOST_KEPT:
                        del self._files[next(iter(self._files))]
            return content
