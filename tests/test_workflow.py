"""A workflow allows exactly the rows of its table."""

from __future__ import annotations

import gc
from enum import StrEnum
from typing import Any

import pytest

from marketplace.errors import Conflict
from marketplace.workflow import NoSuchTransition, Workflow
from tests import literals


class Door(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    LOCKED = "locked"


class Hand(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    LOCK = "lock"


DOOR = Workflow(
    "door",
    Door.CLOSED,
    {
        (Door.CLOSED, Hand.OPEN): Door.OPEN,
        (Door.OPEN, Hand.CLOSE): Door.CLOSED,
        (Door.CLOSED, Hand.LOCK): Door.LOCKED,
    },
)


def test_states_and_actions_come_from_the_table() -> None:
    assert DOOR.states == (Door.CLOSED, Door.OPEN, Door.LOCKED)
    assert DOOR.actions(Door.CLOSED) == (Hand.OPEN, Hand.LOCK)
    assert DOOR.actions(Door.LOCKED) == ()
    assert DOOR.all_actions == (Hand.OPEN, Hand.CLOSE, Hand.LOCK)


@pytest.mark.parametrize("state", DOOR.states)
@pytest.mark.parametrize("action", DOOR.all_actions)
def test_every_pair_follows_the_table_or_is_refused(state: Door, action: Hand) -> None:
    if (state, action) in DOOR.table:
        assert DOOR.next(state, action) == DOOR.table[state, action]
        assert DOOR.allows(state, action)
    else:
        assert not DOOR.allows(state, action)
        with pytest.raises(NoSuchTransition) as refusal:
            DOOR.next(state, action)
        assert isinstance(refusal.value, Conflict)


def _workflows() -> list[Workflow[Any, Any]]:
    literals.enums()  # imports every room
    held = {id(each): each for each in gc.get_objects() if isinstance(each, Workflow) and each is not DOOR}
    return sorted(held.values(), key=lambda each: each.name)


@pytest.mark.parametrize("workflow", _workflows(), ids=lambda each: each.name)
def test_the_table_leads_to_every_state_and_uses_every_action_of_its_enums(
    workflow: Workflow[Any, Any],
) -> None:
    assert set(workflow.states) == set(type(workflow.initial).__members__.values())
    assert set(workflow.all_actions) == set(type(workflow.all_actions[0]).__members__.values())
