"""When things happened in the demo content. Everything is counted back from the day of loading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from marketplace.applications.rules import ApplicationState
from marketplace.decisions.rules import number_prefix
from marketplace.demo.chance import Chance
from marketplace.demo.plan import DemoPlan
from marketplace.i18n import HELSINKI
from marketplace.pilots.definition import PilotDefinition

AGES = {
    ApplicationState.DRAFT: (1, 40),
    ApplicationState.SUBMITTED: (0, 44),
    ApplicationState.COMPLETION_REQUESTED: (16, 60),
    ApplicationState.HEARING: (12, 60),
    ApplicationState.PROPOSED: (24, 50),
    ApplicationState.WITHDRAWN: (30, 400),
    ApplicationState.DECIDED: (80, 900),
}
"""How many days ago an application was sent (a draft: begun), at the least and at the most, state by state."""

IN_HAND = (6, 60)
"""The same for an application in any other state: the office has it in hand."""


@dataclass(frozen=True, slots=True)
class Course:
    """The days of one application; `decided` is None until it is."""

    sent: date
    decided: date | None = None


def course(plan: DemoPlan, index: int, definition: PilotDefinition, *, seed: int, today: date) -> Course:
    """The days of the provider's application with this index."""
    chance = Chance.of(seed, "course", plan.number, index)
    filing = plan.filings[index]
    youngest, oldest = AGES.get(filing.state, IN_HAND)
    if plan.part != "ordinary" and filing.state == ApplicationState.DECIDED:
        youngest, oldest = 300, 700
    earliest = min(definition.application_period.starts, today)
    sent = max(today - timedelta(days=chance.between(youngest, oldest)), earliest)
    if filing.state != ApplicationState.DECIDED:
        return Course(sent)
    return Course(sent, min(sent + timedelta(days=chance.between(24, 55)), today))


def moment(day: date, now: datetime, chance: Chance) -> datetime:
    """A moment of that day's office hours in Finland, never after `now`."""
    local = datetime.combine(day, time(chance.between(8, 15), chance.between(0, 59)), HELSINKI)
    return min(local, now)


def decision_numbers(
    decided: Iterable[tuple[str, date, tuple[int, int]]], organisations: Mapping[str, str]
) -> dict[tuple[int, int], str]:
    """The number of each decision, running by organisation and year in the order of days.

    `decided` holds pilot, day and (provider's number, application's index); `organisations` the pilots' organisations.
    """
    numbers: dict[tuple[int, int], str] = {}
    last: Counter[str] = Counter()
    for pilot, day, key in sorted(decided, key=lambda each: (each[1], each[2])):
        prefix = number_prefix(organisations[pilot], day.year)
        last[prefix] += 1
        numbers[key] = f"{prefix}{last[prefix]}"
    return numbers
