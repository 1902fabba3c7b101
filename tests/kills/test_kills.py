"""Whatever is killed, and whenever: nothing acknowledged is lost, nothing is done twice, nothing is half done.

What a task does is seen first on a copy: the change of the database after each of its transactions. Then a process is
killed in the middle of it: at one of its statements and commits by chance, every second time at one of the last. The
database must have come to one of those states; to the last one when the process had told that it was done. A task that
had not begun is carried out then, and must come to that last state. In the end the trail, the books, the files and the
index must hold.

`make kill` does it 200 times on each database (`KILLS`), with another `KILL_SEED` at other moments.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.db import Database
from marketplace.recruiting.invitations.rules import InvitationAction, LetterAction
from marketplace.web.sent_forms import SentForm
from marketplace.worker import lanes
from tests.conftest import NOW, settings_for
from tests.databases import copy_database, drop_database
from tests.journeys import visits
from tests.journeys.conftest import demo_template
from tests.kills import lives
from tests.kills.changes import Change, change
from tests.kills.lives import World
from tests.kills.tasks import Deed, Duty, Owing, Paying, Proving, Sent, Task
from tests.races.plays import PLAYS

KILLS: Final = int(os.environ.get("KILLS", "6"))
SEED: Final = os.environ.get("KILL_SEED", "1")
FORMS_OF_A_PAGE: Final = 4
"""So many forms of a page are tried; what is beyond the last one is passed over."""
IN_PIECES: Final = {InvitationAction.SEND, LetterAction.WRITE, LetterAction.DROP}
"""What the worker does: each letter by itself."""
MONTH_KILLS: Final = KILLS if "KILLS" in os.environ else 1
"""Kills of a month of payments: one in `make test`, where tests/payments/test_chain.py breaks each of its steps."""
MOST_STEPS: Final = 120
"""A month of two companies takes some hundreds; a kill comes at one of the first of what is left."""
LONGEST_DELAY: Final = 0.003
"""Seconds within which the signal comes after the process has told that it stands at its step."""


@dataclass
class Killing:
    """Kills tasks in a world, and keeps what came of it."""

    world: World
    scratch: Path
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def kill(self, task: Task, step: int | None = None) -> bool:
        """Kill the task once, at a step if one is given; False when it does not write anything in this world."""
        before = self.world.tables()
        with self._copy() as copy:
            course = lives.course_of(copy, task)
        if course is None or not course.pieces:
            return False
        if isinstance(task, Deed) and course.pieces > 1 and task.action not in IN_PIECES:
            self.wrong.append(f"{task}: in {course.pieces} transactions")
        if step is None:
            step = self.chance.randint(self.chance.choice((1, max(1, course.steps - 2))), course.steps + 1)
        told = lives.killed(self.world, task, step, self.chance.uniform(0, LONGEST_DELAY))
        happened = change(before, self.world.tables())
        where = f"{task}, killed at step {step} of {course.steps}"
        if told is not None:
            self.kills["acknowledged"] += 1
            if (told, happened) != (course.end, course.states[-1]):
                self.wrong.append(f"{where}: told {told}, and left {_other(course.states[-1], happened)}")
        elif happened == course.states[0]:
            self.kills["not begun"] += 1
            self._do_it_after_all(task, where, course)
        elif happened in course.states:
            self.kills["done"] += 1
        else:
            self.wrong.append(f"{where}: half done, {_other(course.states[-1], happened)}")
        self.kills["all"] += 1
        return True

    def _do_it_after_all(self, task: Task, where: str, course: lives.Course) -> None:
        before = self.world.tables()
        told = lives.finish(self.world, task)
        happened = change(before, self.world.tables())
        if (told, happened) != (course.end, course.states[-1]):
            self.wrong.append(f"{where}: again {told}, {_other(course.states[-1], happened)}")

    @contextmanager
    def _copy(self) -> Iterator[World]:
        """A world like this one, for the time of a block."""
        folder = self.scratch / "copy"
        shutil.copytree(self.world.folder, folder)
        url = copy_database(self.world.url, folder / "copy.sqlite")
        yield replace(self.world, url=url, folder=folder)
        drop_database(url)
        shutil.rmtree(folder)


def _other(wanted: Change, found: Change) -> str:
    meant, seen = Counter(wanted), Counter(found)
    return f"without {list((meant - seen).elements())}, with {list((seen - meant).elements())}"


@pytest.fixture
def killing(template_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Killing]:
    """Kills on a copy of the template, which has pilots and nothing else."""
    (tmp_path / "world").mkdir()
    url = copy_database(template_database, tmp_path / "world" / "world.sqlite")
    yield _killing(World(url, tmp_path / "world", NOW), tmp_path, request)
    drop_database(url)


@pytest.fixture
def demo_killing(
    demo_template: tuple[str, Path], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Killing]:
    """Kills on a copy of the demo."""
    template, files = demo_template
    shutil.copytree(files, tmp_path / "world")
    url = copy_database(template, tmp_path / "world" / "world.sqlite")
    yield _killing(World(url, tmp_path / "world", datetime.now(UTC)), tmp_path, request)
    drop_database(url)


def _killing(world: World, folder: Path, request: pytest.FixtureRequest) -> Killing:
    return Killing(world, folder, random.Random(f"{SEED} {request.node.originalname}"))


class Halved:
    """Does one half before the other, each by itself, and says nothing of the first."""

    def ready(self, _portal: Flask, database: Database, now: datetime) -> Callable[[], str]:
        """Two rows."""

        def half() -> sa.Insert:
            return sa.insert(SentForm).values(key=secrets.token_hex(32), answer="/", sent_at=now)

        def do() -> str:
            with database.engine.begin() as connection:
                connection.execute(half())
            with database.transaction() as session:
                for _each in range(2000):
                    session.scalar(sa.select(sa.func.count(SentForm.key)))
                session.execute(half())
            return "done"

        return do


def test_what_is_half_done_is_found(killing: Killing) -> None:
    killing.kill(Halved(), step=10)
    assert "half done" in killing.wrong[0]


def test_a_killed_action_of_a_workflow_is_done_or_not(killing: Killing) -> None:
    cases = [
        (number, state, action)
        for number, play in enumerate(PLAYS)
        for state, action in sorted(play.workflow.table)
    ]
    killing.chance.shuffle(cases)
    with lives.Stage(killing.world) as stage:
        _carry_out(
            killing,
            _each_action_first(cases),
            KILLS // 2,
            lambda number, state, action: Deed(number, state, action, stage.scene(number, state)),
        )


def _each_action_first(cases: list[Any]) -> list[Any]:
    """The cases in an order in which no action of a workflow comes a second time before all have come once."""
    seen: Counter[object] = Counter()
    ranked = []
    for number, state, action in cases:
        seen[number, action] += 1
        ranked.append((seen[number, action], (number, state, action)))
    return [case for _rank, case in sorted(ranked, key=lambda each: each[0])]


def test_a_killed_form_is_carried_out_or_not(demo_killing: Killing) -> None:
    cases = [(endpoint, form) for endpoint in visits.page_endpoints() for form in range(FORMS_OF_A_PAGE)]
    demo_killing.chance.shuffle(cases)
    _carry_out(demo_killing, cases, KILLS * 3 // 8, Sent)


def test_a_killed_duty_of_the_worker_is_done_in_pieces_that_are_whole(demo_killing: Killing) -> None:
    app = create_app(settings_for("sqlite://", demo_killing.scratch))
    database, settings = app.extensions["database"], app.extensions["settings"]
    cases = [(duty.name,) for lane in lanes(database, settings) for duty in lane]
    demo_killing.chance.shuffle(cases)
    _carry_out(demo_killing, cases, max(1, KILLS // 8), Duty)


def test_a_month_that_is_killed_anywhere_pays_each_statement_once(killing: Killing) -> None:
    world, chance = killing.world, killing.chance
    before, months = set(lives.faults_of(world)), 1
    lives.finish(world, Owing(months))
    for _each in range(MONTH_KILLS):
        step = chance.randint(1, MOST_STEPS)
        if lives.killed(world, Paying(), step, chance.uniform(0, LONGEST_DELAY)) is not None:
            months += 1
            lives.finish(world, Owing(months))
        assert lives.finish(world, Proving()) == "", f"killed at step {step}"
    lives.finish(world, Paying())
    assert lives.finish(world, Proving(paid=True)) == ""
    assert set(lives.faults_of(world)) - before == set()
    print(f"\n{MONTH_KILLS} kills, {months} months")  # noqa: T201 - `make kill` tells what it did


def _carry_out(killing: Killing, cases: list[Any], wanted: int, task_of: Callable[..., Task]) -> None:
    """Kill the cases one after another, round and round, `wanted` times in all; then look at everything."""
    before = set(lives.faults_of(killing.world))
    done: set[str] = set()
    for case in (each for _round in range(20) for each in cases):
        if killing.kills["all"] >= wanted:
            break
        task = task_of(*case)
        if killing.kill(task):
            done.add(str(task))
    print(f"\n{dict(killing.kills)}: {', '.join(sorted(done))}")  # noqa: T201 - `make kill` tells what it did
    assert killing.wrong == []
    assert killing.kills["all"] == wanted
    assert set(lives.faults_of(killing.world)) - before == set()


__all__ = ["demo_template"]
