"""Whatever two people do to the same thing at once comes out as if one had come after the other.

The cases are made from the workflow tables: for every state, every two of the actions that lead on from it, and each
action twice. What each of the two is told, where the thing stands, the events of the trail and the mails must be those
of one order or the other. A workflow that is new needs a play (`play.Play`); until then the first test says so.

On PostgreSQL, where writers overlap, the two are held until both are about to change the thing (`meeting`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import combinations_with_replacement
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask

import marketplace
from marketplace.audit.models import AuditEvent
from marketplace.db import Database, Revised
from marketplace.errors import DomainError
from marketplace.outbox import OutboxMessage
from marketplace.workflow import Workflow
from tests.conftest import ENGINES
from tests.databases import copy_database, drop_database
from tests.races.meeting import Meeting
from tests.races.play import Play
from tests.races.plays import PLAYS


def every_workflow() -> dict[str, Workflow[Any, Any]]:
    """All workflow tables that any module of the portal holds, by name."""
    found: dict[str, Workflow[Any, Any]] = {}
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if module.name.endswith("rules"):
            names = vars(importlib.import_module(module.name)).values()
            found |= {each.name: each for each in names if isinstance(each, Workflow)}
    return found


def test_every_workflow_has_a_play_for_all_its_states_and_actions() -> None:
    played = {play.workflow.name: play for play in PLAYS}
    lacking = [f"{name}: no play (tests/races)" for name in every_workflow() if name not in played]
    for name, play in played.items():
        lacking += [
            f"{name}: nobody says how to {action} from {state}"
            for state, action in play.workflow.table
            if play.deed(state, action) is None
        ]
        if not issubclass(play.model, Revised):
            lacking.append(f"{name}: {play.model.__name__} has no revision (db.Revised)")
    assert lacking == []


CASES: Final = [
    pytest.param(play, state, id=f"{play.workflow.name}-{state}")
    for play in PLAYS
    for state in play.workflow.states
    if play.workflow.actions(state)
]


@pytest.fixture(scope="module")
def races(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all cases: each has a thing of its own."""
    url = copy_database(template_database, tmp_path_factory.mktemp("races") / "races.sqlite")
    database = Database(url)
    yield database
    database.dispose()
    drop_database(url)


@pytest.mark.parametrize("engine_name", ENGINES[-1:], scope="session", indirect=True)
@pytest.mark.parametrize(("play", "state"), CASES)
def test_two_at_once_come_out_as_one_after_the_other(
    play: Play, state: StrEnum, races: Database, wired_app: Flask
) -> None:
    wrong = []
    for first, second in combinations_with_replacement(play.workflow.actions(state), 2):
        seen = outcome(play, state, (first, second), races, wired_app, at_once(play, races))
        allowed: list[Outcome] = []
        for order in dict.fromkeys([(first, second), (second, first)]):
            allowed.append(outcome(play, state, order, races, wired_app, in_turn))
            if same_order(seen) == same_order(allowed[-1]):
                break  # it came out as this order does, whatever comes of the other
        else:
            wrong.append(f"{first} and {second}: {seen}, but in turn {allowed}")
    assert wrong == []


Runner = Callable[[list[Callable[[], object]]], list[object]]
Outcome = tuple[dict[str, str], object, Counter[Any], Counter[Any]]


def in_turn(deeds: list[Callable[[], object]]) -> list[object]:
    """One after the other."""
    results: list[object] = []
    for deed in deeds:
        try:
            results.append(deed())
        except DomainError as error:
            results.append(error)
    return results


def at_once(play: Play, database: Database) -> Runner:
    """Both together."""
    return lambda deeds: Meeting(database, play.model).run(*deeds)


def outcome(
    play: Play, state: StrEnum, pair: tuple[Any, Any], database: Database, app: Flask, run: Runner
) -> Outcome:
    """What comes of a pair of actions: what each is told, where the thing stands, the events and the mails."""
    with app.app_context(), database.transaction() as session:
        scene = play.stage(session, state)
    with database.read() as session:
        marks = [session.scalar(sa.select(sa.func.max(each.id))) or 0 for each in (AuditEvent, OutboxMessage)]

    def do(hand: int, action: StrEnum) -> Callable[[], object]:
        def deed() -> object:
            with app.app_context():
                done = play.deed(state, action)
                assert done is not None
                return done(database, scene, hand)

        return deed

    results = run([do(hand, action) for hand, action in enumerate(pair)])
    with database.read() as session:
        events = session.scalars(sa.select(AuditEvent).where(AuditEvent.id > marks[0]))
        mails = session.scalars(sa.select(OutboxMessage.template).where(OutboxMessage.id > marks[1]))
        return (
            {
                f"{action}#{hand}": _told(result)
                for hand, (action, result) in enumerate(zip(pair, results, strict=True))
            },
            play.state(session, scene),
            Counter((event.action, str(event.after.get("state"))) for event in events),
            Counter(mails),
        )


def _told(result: object) -> str:
    return type(result).__name__ if isinstance(result, BaseException) else "done"


def same_order(seen: Outcome) -> tuple[Any, ...]:
    """An outcome to be compared with others: which of two that did the same was first makes no difference."""
    told = Counter((name.partition("#")[0], word) for name, word in seen[0].items())
    return (told, *seen[1:])
