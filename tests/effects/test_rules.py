"""When somebody is asked, what can become of an asking, and how changes are counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.effects.rules import (
    ASKING,
    OPEN_FOR,
    AskedTally,
    AskingAction,
    AskingState,
    ChangeTally,
    due_waves,
)
from marketplace.workflow import NoSuchTransition

BEGAN = date(2026, 1, 31)

ALLOWED = {
    AskingState.DUE: {"open", "answer", "skip", "lapse", "stop"},
    AskingState.OPENED: {"answer", "skip", "lapse", "close", "stop"},
    AskingState.LAPSED: {"arrive"},
    AskingState.CLOSED: {"arrive"},
    AskingState.STOPPED: {"resume"},
}


@pytest.mark.parametrize("state", AskingState)
@pytest.mark.parametrize("action", AskingAction)
def test_every_state_and_action_of_an_asking(state: AskingState, action: AskingAction) -> None:
    if action in ALLOWED.get(state, set()):
        assert ASKING.next(state, action) is not state
    else:
        with pytest.raises(NoSuchTransition):
            ASKING.next(state, action)


@pytest.mark.parametrize(
    ("days", "asked", "waves"),
    [
        (-1, (), []),
        (0, (), [0]),
        (0, (0,), []),
        (88, (0,), []),
        (89, (0,), [3]),  # 30.4.: the month has no 31st
        (89 + OPEN_FOR.days, (0,), [3]),
        (90 + OPEN_FOR.days, (0,), []),  # too late to be of that time
        (400, (0, 3), [12]),
        (400, (), [0, 12]),
    ],
)
def test_a_wave_is_due_once_and_not_long_after_its_time(
    days: int, asked: tuple[int, ...], waves: list[int]
) -> None:
    today = BEGAN + timedelta(days=days)
    assert [wave for wave, _day in due_waves((0, 3, 12), BEGAN, asked, today)] == waves


def test_people_are_counted_by_what_became_of_them() -> None:
    tally = ChangeTally().plus(2, 3).plus(0, 1).plus(-1, 4)
    assert (tally.improved, tally.same, tally.worse, tally.all) == (3, 1, 4, 8)
    asked = AskedTally()
    for number, state in enumerate(AskingState, 1):
        asked = asked.plus(state, number)
    assert (asked.waiting, asked.answered, asked.skipped, asked.lapsed) == (3, 7, 5, 6)
    assert asked.rate == 7 / 18
    assert AskedTally(waiting=2).rate is None
