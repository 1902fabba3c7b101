"""Rules of a message to many providers: it is a draft until it is sent, and sent it stays as it was."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from marketplace.workflow import Workflow


class CircularState(StrEnum):
    """Where a message to many stands."""

    DRAFT = "draft"
    SENT = "sent"


class CircularAction(StrEnum):
    """What can be done with it."""

    CHANGE = "change"
    SEND = "send"
    DELETE = "delete"


CIRCULAR: Final = Workflow[CircularState, CircularAction](
    "message to many providers",
    initial=CircularState.DRAFT,
    table={
        (CircularState.DRAFT, CircularAction.CHANGE): CircularState.DRAFT,
        (CircularState.DRAFT, CircularAction.DELETE): CircularState.DRAFT,
        (CircularState.DRAFT, CircularAction.SEND): CircularState.SENT,
    },
)

MAX_SUBJECT: Final = 150
MAX_TEXT: Final = 5000
