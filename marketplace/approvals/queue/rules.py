"""When an application is overdue."""

from __future__ import annotations

from datetime import date
from typing import Literal

Late = Literal["handling", "answer"]


def lateness(turn: str | None, age: int, handling_days: int, due_on: date | None, today: date) -> Late | None:
    """Why an application is overdue: the office has had it too long, or the provider's answer has not come."""
    if turn == "provider":
        return "answer" if due_on is not None and due_on < today else None
    return "handling" if turn is not None and age > handling_days else None
