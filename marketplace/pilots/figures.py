"""Figures of a pilot that everybody may read; rooms above tell them, for a pilot knows nothing of payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.slots import Answer


@dataclass(frozen=True, slots=True)
class PaidMonth:
    """How quickly providers were paid in the month that begins on `month`.

    `days` is the median of the days from delivery to paid, None when so few providers were paid that it would tell of
    one of them.
    """

    month: date
    days: int | None


paid_months: Final = Answer[Callable[[Session, str, date], Sequence[PaidMonth]]](
    "pilots.paid_months",
    "How quickly the providers of a pilot were paid, month by month until a day, the latest first.",
)


def months_paid(session: Session, pilot_key: str, today: date) -> list[PaidMonth]:
    """How quickly the providers of a pilot were paid in the last twelve months, the latest first."""
    return [month for tell in paid_months for month in tell(session, pilot_key, today)]
