"""A workflow allows exactly the rows of its table."""

from __future__ import annotations

import pytest

from marketplace.errors import Conflict
from marketplace.workflow import NoSuchTransition, Workflow

DOOR = Workflow(
    "door", "closed", {("closed", "open"): "open", ("open", "close"): "closed", ("closed", "lock"): "locked"}
)


def test_states_and_actions_come_from_the_table() -> None:
    assert DOOR.states == ("closed", "open", "locked")
    assert DOOR.actions("closed") == ("open", "lock")
    assert DOOR.actions("locked") == ()
    assert DOOR.all_actions == ("open", "close", "lock")


@pytest.mark.parametrize("state", DOOR.states)
@pytest.mark.parametrize("action", DOOR.all_actions)
def test_every_pair_follows_the_table_or_is_refused(state: str, action: str) -> None:
    if (state, action) in DOOR.table:
        assert DOOR.next(state, action) == DOOR.table[state, action]
        assert DOOR.allows(state, action)
    else:
        assert not DOOR.allows(state, action)
        with pytest.raises(NoSuchTransition) as refusal:
            DOOR.next(state, action)
        assert isinstance(refusal.value, Conflict)
