"""What the numbers of applications come to, by month and by pilot: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from marketplace.applications.rules import ApplicationState, Outcome


@dataclass(frozen=True, slots=True)
class ApplicationFact:
    """An application that was sent: when, to which pilot, where it stands, and when and how it was decided.

    `outcomes` are those of its services; empty before the decision.
    """

    pilot_key: str
    state: ApplicationState
    sent_on: date
    decided_on: date | None = None
    outcomes: tuple[Outcome, ...] = ()

    @property
    def days(self) -> int | None:
        """Days from the sending to the decision, or None before it."""
        return None if self.decided_on is None else (self.decided_on - self.sent_on).days


@dataclass(frozen=True, slots=True)
class ApplicationFigures:
    """How many applications were sent and decided, the middle one's days to the decision, and services by outcome."""

    sent: int
    decided: int
    days: int | None
    outcomes: Mapping[Outcome, int]


def months_until(day: date, number: int) -> list[date]:
    """The first days of so many months, the last that of `day`, the earliest first."""
    last = day.year * 12 + day.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - number + 1, last + 1)]


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def figures(sent: Sequence[ApplicationFact], decided: Sequence[ApplicationFact]) -> ApplicationFigures:
    """The figures of applications that were sent, and of those decided, in one time."""
    days = [each.days for each in decided if each.days is not None]
    counts = Counter(outcome for each in decided for outcome in each.outcomes)
    return ApplicationFigures(
        sent=len(sent),
        decided=len(decided),
        days=round(median(days)) if days else None,
        outcomes={outcome: counts[outcome] for outcome in Outcome},
    )


def by_month(facts: Sequence[ApplicationFact], months: Iterable[date]) -> dict[date, ApplicationFigures]:
    """The figures of each month: sent in it, and decided in it."""
    return {
        month: figures(
            [each for each in facts if month_of(each.sent_on) == month],
            [each for each in facts if each.decided_on is not None and month_of(each.decided_on) == month],
        )
        for month in months
    }


def by_pilot(facts: Sequence[ApplicationFact], since: date) -> dict[str, ApplicationFigures]:
    """The figures of each pilot from a day on, by key."""
    return {
        key: figures(
            [each for each in facts if each.pilot_key == key and each.sent_on >= since],
            [
                each
                for each in facts
                if each.pilot_key == key and each.decided_on is not None and each.decided_on >= since
            ],
        )
        for key in sorted({each.pilot_key for each in facts})
    }


def by_state(facts: Iterable[ApplicationFact]) -> dict[ApplicationState, int]:
    """How many applications stand in each state now."""
    return dict(Counter(each.state for each in facts))
