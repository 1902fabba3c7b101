"""How long handling usually takes in a pilot, measured from its decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, Decision
from marketplace.i18n import helsinki_date

ENOUGH: Final = 5
"""Fewer decisions than this say nothing of what is usual, and might tell of one applicant."""

PERIOD: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class HandlingTime:
    """The median days from sending to decision and the number of decisions it rests on; no days when too few."""

    days: int | None
    decisions: int


def usual_time(days: Sequence[int]) -> HandlingTime:
    """The usual time out of those measured; a half day counts as a whole one."""
    if len(days) < ENOUGH:
        return HandlingTime(None, len(days))
    return HandlingTime(int(median(days) + 0.5), len(days))


def handling_time(session: Session, pilot_key: str, *, today: date) -> HandlingTime:
    """The usual handling time of a pilot over the last 12 months. An application counts by its first decision."""
    decided = sa.func.min(Decision.decided_on)
    rows = session.execute(
        sa.select(Application.submitted_at, decided)
        .join(Decision, Decision.application_id == Application.id)
        .where(Application.pilot_key == pilot_key, Application.submitted_at.is_not(None))
        .group_by(Application.id, Application.submitted_at)
        .having(decided > today - PERIOD, decided <= today)
    )
    return usual_time([(day - helsinki_date(sent)).days for sent, day in rows if sent is not None])
