"""Processes that carry one task out on a portal, told when to be killed; and the course of a task that nobody kills."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, Self

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace import health, outbox
from marketplace.applications.models import Decision
from marketplace.audit import proof as audit_proof
from marketplace.db import Database
from marketplace.files import quarantine
from marketplace.files.store import FileStore
from marketplace.ledger import proof as ledger_proof
from marketplace.search.follower import Follower
from tests.factories import document_of
from tests.kills.changes import Change, Tables, change, tables_of
from tests.kills.tasks import NothingToDo, Task
from tests.stored import folder_of

PATIENCE: Final = 900
"""Seconds after which a process that is not killed must be through, on whatever machine."""

processes: Final = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.kills.warm"])


@dataclass(frozen=True)
class World:
    """A portal: its database, the folder of its files, its clock."""

    url: str
    folder: Path
    now: datetime

    @contextmanager
    def engine(self) -> Iterator[sa.Engine]:
        """The database, without a connection that outlives the block."""
        database = Database(self.url)
        try:
            yield database.engine
        finally:
            database.dispose()

    def tables(self) -> Tables:
        """All rows, once nobody else is at the database any more."""
        with self.engine() as engine:
            _await_silence(engine)
            return tables_of(engine)


@dataclass
class Course:
    """How a task goes when nobody kills it.

    `states` are the changes that stand after each of its transactions, the first before any. `steps` counts its
    statements and commits, and `end` is what it tells.
    """

    states: list[Change] = field(default_factory=list)
    steps: int = 0
    end: str = ""

    @property
    def pieces(self) -> int:
        """How many transactions change anything."""
        return len(set(self.states)) - 1


class Stage:
    """A process that makes the scenes of plays, one after another: what it counts by goes on from one to the next."""

    def __init__(self, world: World) -> None:
        self._wishes, theirs = processes.Pipe()
        self._process = processes.Process(target=_set_scenes, args=(world, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def scene(self, play: int, state: StrEnum) -> Any:
        """The scene of a play whose thing stands in `state`."""
        self._wishes.send((play, state))
        assert self._wishes.poll(PATIENCE), "no scene is made"
        return self._wishes.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._wishes.close()
        self._process.join(PATIENCE)


def course_of(world: World, task: Task) -> Course | None:
    """Carry the task out in `world`, watched; None when there is nothing to do."""
    course: Course | None = _result(world, _watched, task)
    return course


def faults_of(world: World) -> list[str]:
    """What `marketplace check --deep` finds wrong with the data, and what does not hold in the trail and the books."""
    found: list[str] = _result(world, _inspect)
    return found


def finish(world: World, task: Task) -> str:
    """Carry the task out to its end; what it tells."""
    end: str = _result(world, _alone, task)
    return end


def killed(world: World, task: Task, step: int, delay: float) -> str | None:
    """Carry the task out and kill it `delay` seconds after its step; what it had told by then."""
    process, told = _start(world, _signalling, task, step)
    told.recv()
    time.sleep(delay)
    process.kill()
    process.join(PATIENCE)
    assert process.exitcode in (-9, 0), f"the process ended by itself with {process.exitcode}"
    end: str | None = None
    try:
        while told.poll():
            end = told.recv()
    except EOFError:
        pass
    process.close()
    told.close()
    return end


def _start(world: World, do: Callable[..., None], *arguments: Any) -> tuple[ForkServerProcess, Connection]:
    parent, child = processes.Pipe(duplex=False)
    process = processes.Process(target=do, args=(world, *arguments, child), daemon=True)
    process.start()
    child.close()
    return process, parent


def _result(world: World, do: Callable[..., None], *arguments: Any) -> Any:
    process, told = _start(world, do, *arguments)
    assert told.poll(PATIENCE), "the process does nothing"
    result = told.recv()
    process.join(PATIENCE)
    assert process.exitcode == 0, process.exitcode
    process.close()
    told.close()
    return result


# --- in the other process ---------------------------------------------------------------------------------------------


def _enter(world: World) -> tuple[Flask, Database]:
    from tests.kills.warm import PORTAL, on

    database = on(world.url, world.folder)
    PORTAL.extensions["clock"] = lambda: world.now
    return PORTAL, database


def _set_scenes(world: World, wishes: Connection) -> None:
    from tests.races.plays import PLAYS

    portal, database = _enter(world)
    with portal.app_context(), suppress(EOFError):
        while True:
            play, state = wishes.recv()
            with database.transaction() as session:
                made = PLAYS[play].stage(session, state)
                _keep_documents(session, FileStore.of(portal.extensions["settings"]))
            database.dispose()
            wishes.send(made)


def _keep_documents(session: Session, store: FileStore) -> None:
    """Put the documents of decisions that the scenes begin with where the portal looks for them."""
    for number in session.scalars(sa.select(Decision.number).where(Decision.number.like("TEST-%"))):
        store.put(document_of(number), media_type="application/pdf", name="decision.pdf")


def _inspect(world: World, told: Connection) -> None:
    portal, database = _enter(world)
    settings = portal.extensions["settings"]
    store = FileStore.of(settings)
    with portal.app_context():
        while outbox.deliver(database, outbox.Postman(settings.mail_url, settings.mail_from), now=world.now):
            pass
        Follower(database, settings.index_dir).catch_up(now=world.now)
        quarantine.sweep(database, store, now=datetime.now(UTC) + timedelta(days=3))
        found = health.problems(database, settings, now=world.now, deep=True)
    with database.read() as session:
        found += ledger_proof.problems(session)
        unneeded = {path.name for path in folder_of(store).rglob("*") if path.is_file()} - quarantine.needed(
            session
        )
    found += [f"{name} is needed by nothing and stays" for name in unneeded]
    verdict = audit_proof.verify(database)
    found += [str(verdict.problem)] if verdict.problem else []
    database.dispose()
    told.send(found)


def _watched(world: World, task: Task, told: Connection) -> None:
    portal, database = _enter(world)
    course, before = Course(), world.tables()
    with portal.app_context():
        try:
            do = task.ready(portal, database, world.now)
        except NothingToDo:
            database.dispose()
            told.send(None)
            return

    def note(*_of_event: Any) -> None:
        with world.engine() as engine:
            course.states.append(change(before, tables_of(engine)))

    def count(*_of_event: Any) -> None:
        course.steps += 1

    note()
    _on_each_step(database, count)
    event.listen(Session, "after_commit", note)
    with portal.app_context():
        course.end = do()
    event.remove(Session, "after_commit", note)
    note()
    database.dispose()
    told.send(course)


def _alone(world: World, task: Task, told: Connection) -> None:
    portal, database = _enter(world)
    with portal.app_context():
        do = task.ready(portal, database, world.now)
    with portal.app_context():
        end = do()
    database.dispose()
    told.send(end)


def _signalling(world: World, task: Task, step: int, told: Connection) -> None:
    portal, database = _enter(world)
    left = step

    def count(*_of_event: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            told.send(None)

    with portal.app_context():
        do = task.ready(portal, database, world.now)
    _on_each_step(database, count)
    with portal.app_context():
        end = do()
    told.send(end)
    if left > 0:
        told.send(end)


def _on_each_step(database: Database, count: Callable[..., None]) -> None:
    """Call `count` before each statement and each commit."""
    event.listen(database.engine, "before_cursor_execute", count)
    event.listen(database.engine, "commit", count)


def _await_silence(engine: sa.Engine) -> None:
    """Wait until PostgreSQL has noticed that the process is dead, and ended what it was about."""
    if engine.dialect.name != "postgresql":
        return
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    until = time.monotonic() + PATIENCE
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(others):
            assert time.monotonic() < until, "somebody else stays at the database"
            time.sleep(0.005)
