"""What a completion request must hold, and when it lapses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from marketplace.decisions.rules import LEAST_DAYS, due_fault

GRACE_DAYS: Final = 7
"""Days after a missed due date: on the first of them both sides are reminded, after the last it lapses."""


@dataclass(frozen=True, slots=True)
class AskedItem:
    """What is asked to be completed in one section, in the reviewer's own words."""

    section: str
    text: str


def completion_faults(
    items: Sequence[AskedItem],
    known_sections: Collection[str],
    due_on: date | None,
    today: date,
    short_reason: str = "",
) -> tuple[tuple[str, str], ...]:
    """Everything for which a completion cannot be asked for, as (field, fault); empty when it can.

    The fault is `nothing`, `unknown_section`, `no_words`, `past` or, under LEAST_DAYS without a reason, `short`. A day
    left out is the form's to say.
    """
    faults = [] if items else [("sections", "nothing")]
    if any(item.section not in known_sections for item in items):
        faults.append(("sections", "unknown_section"))
    faults += [
        (f"text-{item.section}", "no_words")
        for item in items
        if item.section in known_sections and not item.text.strip()
    ]
    fault = None if due_on is None else due_fault(due_on, today, LEAST_DAYS, short_reason)
    if fault is not None:
        faults.append(("due_on" if fault == "past" else "short_reason", fault))
    return tuple(faults)


def has_lapsed(due_on: date, today: date) -> bool:
    """Whether the days of grace after a missed due date are over too."""
    return due_on + timedelta(days=GRACE_DAYS) < today
