"""When the letter of the morning goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Final

FIRST_HOUR: Final = 6
LAST_HOUR: Final = 12
"""From which hour in Helsinki the letter is written, and until when it still is after the worker has stood still."""

_SATURDAY: Final = 5


def is_morning(local: datetime) -> bool:
    """Whether the letter of the day is written at this moment in Helsinki: on working days before noon."""
    return local.weekday() < _SATURDAY and FIRST_HOUR <= local.hour < LAST_HOUR
