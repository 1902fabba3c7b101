"""When an application is overdue."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from marketplace.applications.rules import Turn


class Late(StrEnum):
    """Why an application is overdue: the office has had it too long, or the provider's answer has not come."""

    HANDLING = "handling"
    ANSWER = "answer"


def lateness(
    turn: Turn | None, age: int, handling_days: int, due_on: date | None, today: date
) -> Late | None:
    """Why an application is overdue: the office has had it too long, or the provider's answer has not come."""
    if turn == Turn.PROVIDER:
        return Late.ANSWER if due_on is not None and due_on < today else None
    return Late.HANDLING if turn is not None and age > handling_days else None
