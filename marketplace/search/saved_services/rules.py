"""What becomes of the saved services when one is added or removed: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

MOST_SAVED: Final = 30
"""More than these are a catalogue of one's own; the oldest are let go."""

LASTS: Final = timedelta(days=90)
"""How long the browser keeps them, from the last change on."""


class SavedAction(StrEnum):
    """What a button does with a saved service."""

    ADD = "add"
    REMOVE = "remove"
    CLEAR = "clear"


def changed(saved: Sequence[int], action: SavedAction, offers: Sequence[int]) -> tuple[int, ...]:
    """The saved services after an action, the newest last; each once and at most `MOST_SAVED`."""
    if action is SavedAction.CLEAR:
        return ()
    others = [each for each in saved if each not in offers]
    if action is SavedAction.ADD:
        others += dict.fromkeys(offers)
    return tuple(others[-MOST_SAVED:])
