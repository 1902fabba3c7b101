"""The states of a unit."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from marketplace.workflow import Workflow


class UnitState(StrEnum):
    """Whether a unit is in use."""

    OPEN = "open"
    CLOSED = "closed"


class UnitAction(StrEnum):
    """What can be done with a unit."""

    CLOSE = "close"
    REOPEN = "reopen"


UNIT: Final = Workflow[UnitState, UnitAction](
    "unit",
    initial=UnitState.OPEN,
    table={
        (UnitState.OPEN, UnitAction.CLOSE): UnitState.CLOSED,
        (UnitState.CLOSED, UnitAction.REOPEN): UnitState.OPEN,
    },
)
