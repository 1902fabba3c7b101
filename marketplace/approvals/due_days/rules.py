"""What can be due on a day of the office."""

from __future__ import annotations

from enum import StrEnum


class DueKind(StrEnum):
    """What is due on a day."""

    COMPLETION = "completion"
    HEARING = "hearing"
    EXPLANATION = "explanation"
    CONDITION = "condition"
    REQUEST = "request"
    YEARLY = "yearly"
