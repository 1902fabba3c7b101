"""Whatever two people do to the same thing at once comes out as if one had come after the other.

The cases are made from the workflow tables: for every state, every two of the actions that lead on from it, and each
action twice. What each of the two is told, where the thing stands, the events of the trail and the mails must be those
of one order or the other. A workflow that is new needs a play (`play.Play`); until then the first test says so.

On PostgreSQL, where writers overlap, the two are held until both are about to change the thing (`meeting`).
"""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum
from itertools import combinations_with_replacement
from typing import Any, Final

import pytest
from flask import Flask

import marketplace
from marketplace.db import Database, Revised
from marketplace.workflow import Workflow
from tests.conftest import ENGINES
from tests.races.outcomes import out_of_order
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


@pytest.mark.parametrize("engine_name", ENGINES[-1:], scope="session", indirect=True)
@pytest.mark.parametrize(("play", "state"), CASES)
def test_two_at_once_come_out_as_one_after_the_other(
    play: Play, state: StrEnum, races: Database, wired_app: Flask
) -> None:
    pairs = combinations_with_replacement(play.workflow.actions(state), 2)
    found = [out_of_order(play, state, pair, races, wired_app) for pair in pairs]
    assert [each for each in found if each] == []
