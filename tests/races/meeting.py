"""Two transactions that are held until both are about to change the same thing.

Each has then read what it goes by, unless it has to wait for the other's lock, which is what verbs should make it do.
So a verb that does not lock first is found every time and not once in a hundred runs (`Meeting`). Verbs of several
rooms often change different things: there one has done everything but the commit before the other begins
(`Overtaking`), which reads what was before and comes to its end, unless a lock of the first makes it wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.db import Base, Database

PATIENCE: Final = 10.0
LOOK: Final = 0.002
"""Seconds between two looks at what the other one does."""

_WAITS: Final = sa.text("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = :pid")


class Meeting:
    """Where two meet who are about to change a thing of `model`. On SQLite writers never overlap: nobody waits."""

    def __init__(self, database: Database, model: type[Base]) -> None:
        self._watcher, self._model = database.engine, model
        self._is_server = database.engine.dialect.name == "postgresql"
        self._pids: dict[int, int] = {}
        self._here: set[int] = set()
        self._gone: set[int] = set()
        self._names: dict[int, int] = {}

    def run(self, *deeds: Callable[[], object]) -> list[object]:
        """Do both; what each came to: its result, or the error that it raised."""
        results: list[object] = [None] * len(deeds)
        start = threading.Barrier(len(deeds))

        def go(name: int, deed: Callable[[], object]) -> None:
            self._names[threading.get_ident()] = name
            start.wait(PATIENCE)
            self._begin(name)
            try:
                results[name] = deed()
            except Exception as error:  # noqa: BLE001 - what it raises is what the test looks at
                results[name] = error
            finally:
                self._gone.add(name)

        threads = [threading.Thread(target=go, args=each) for each in enumerate(deeds)]
        with self._listening():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(3 * PATIENCE)
        assert not any(thread.is_alive() for thread in threads), "the two wait for each other"
        return results

    def _begin(self, name: int) -> None:
        """Both begin at once."""

    def _listeners(self) -> dict[str, Callable[..., None]]:
        return {"after_begin": self._note, "before_flush": self._meet}

    @contextmanager
    def _listening(self) -> Iterator[None]:
        listeners = self._listeners() if self._is_server else {}
        for name, listener in listeners.items():
            event.listen(Session, name, listener, insert=True)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                event.remove(Session, name, listener)

    def _note(self, _session: Session, _transaction: Any, connection: sa.Connection) -> None:
        name = self._names.get(threading.get_ident())
        if name is not None:
            self._pids[name] = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]

    def _meet(self, session: Session, _context: Any, _instances: Any) -> None:
        name = self._names.get(threading.get_ident())
        touched = (*session.new, *session.dirty, *session.deleted)
        if name is None or name in self._here or not any(isinstance(each, self._model) for each in touched):
            return
        self._here.add(name)
        other = 1 - name
        self._look_until(lambda: other in self._here or other in self._gone or self._waits(other))

    def _look_until(self, seen: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < until, "the other one never came"
            time.sleep(LOOK)

    def _waits(self, name: int) -> bool:
        """Whether the other one's transaction waits for a lock."""
        if name not in self._pids:
            return False
        with self._watcher.connect() as connection:
            return bool(connection.scalar(_WAITS, {"pid": self._pids[name]}))


class Overtaking(Meeting):
    """One of the two, `ahead`, is held before its commit until the other has come to an end or waits for it.

    The other one has then read all that it reads before it locks what both touch: what it does not read again is old
    when it goes on. Where the two lock nothing in common, it goes by what was before the first and neither knows.
    """

    def __init__(self, database: Database, ahead: int) -> None:
        super().__init__(database, Base)
        self._ahead = ahead

    def _begin(self, name: int) -> None:
        if self._is_server and name != self._ahead:
            self._look_until(lambda: bool({self._ahead} & (self._here | self._gone)))

    def _listeners(self) -> dict[str, Callable[..., None]]:
        return {"after_begin": self._note, "before_commit": self._hold}

    def _hold(self, session: Session) -> None:
        name = self._names.get(threading.get_ident())
        if name != self._ahead or name in self._here or session.in_nested_transaction():
            return
        session.flush()
        self._here.add(name)
        other = 1 - name
        self._look_until(lambda: other in self._gone or self._waits(other))
