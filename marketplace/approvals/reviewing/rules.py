"""What a proposal, a completion request, a hearing and a decision must hold before they can be made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from marketplace.approvals.rules import OUTCOMES, fingerprint

MAX_TEXT: Final = 5000
MARKS: Final = ("ok", "missing", "not_applicable")
"""How a point of the checklist may stand."""

HEARING_DAYS: Final = 14
"""Days that a provider usually gets to be heard (Administrative Procedure Act 434/2003, sections 34 and 36)."""

GRACE_DAYS: Final = 7
"""Days after a missed due date: on the first of them both sides are reminded, after the last it lapses."""

HEARD_BEFORE: Final = frozenset({"rejected"})
"""Outcomes that ask for a hearing of the party first (Administrative Procedure Act 434/2003, section 34)."""

HANDOVER_STATES: Final = ("submitted", "in_review", "completion_requested", "hearing", "proposed")
"""States in which an application has, or may get, another handler."""

Fault = Literal["no_outcome", "no_grounds", "no_conditions", "conditions_without_use", "no_hearing"]
Late = Literal["handling", "answer"]


@dataclass(frozen=True, slots=True)
class LineProposal:
    """What a reviewer proposes for one line: an outcome with its grounds and, where it needs them, conditions.

    The grounds are phrases of the library (`phrases`: keys), own words, or both.
    """

    line_id: int
    outcome: str
    grounds: str
    conditions: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedItem:
    """What is asked to be completed in one section, in the reviewer's own words."""

    section: str
    text: str


def proposal_faults(proposal: LineProposal, *, heard: bool) -> tuple[tuple[str, Fault], ...]:
    """What is wrong with a proposal, as (field, fault). A decision states its grounds, whatever it is.

    `heard`: the provider has been heard on this service and has answered or let the due date pass.
    """
    faults: list[tuple[str, Fault]] = []
    if proposal.outcome not in OUTCOMES:
        faults.append(("outcome", "no_outcome"))
    if proposal.outcome in HEARD_BEFORE and not heard:
        faults.append(("outcome", "no_hearing"))
    if not proposal.grounds.strip() and not proposal.phrases:
        faults.append(("grounds", "no_grounds"))
    conditional = proposal.outcome == "approved_with_conditions"
    if conditional and not proposal.conditions.strip():
        faults.append(("conditions", "no_conditions"))
    if not conditional and proposal.conditions.strip():
        faults.append(("conditions", "conditions_without_use"))
    return tuple(faults)


def completion_fault(
    items: Sequence[AskedItem], known_sections: Collection[str], due_on: date, today: date
) -> str | None:
    """Why a completion cannot be asked for: `past`, `nothing`, `unknown_section` or `no_words`; None when it can."""
    if due_on < today:
        return "past"
    if not items:
        return "nothing"
    if any(item.section not in known_sections for item in items):
        return "unknown_section"
    return "no_words" if any(not item.text.strip() for item in items) else None


def hearing_fault(
    services: Collection[str], applied: Collection[str], reasons: str, due_on: date, today: date
) -> str | None:
    """Why the provider cannot be heard like this: `past`, `nothing`, `unknown` or `no_reasons`; None when it can.

    A hearing that ends on the day it begins would be none: the due date is a later day.
    """
    if due_on <= today:
        return "past"
    if not services:
        return "nothing"
    if not set(services) <= set(applied):
        return "unknown"
    return None if reasons.strip() else "no_reasons"


def unheard(outcomes: Mapping[str, str | None], heard: Collection[str]) -> tuple[str, ...]:
    """The services whose outcome asks for a hearing that has not been held. `outcomes`: service key → outcome."""
    return tuple(key for key, outcome in outcomes.items() if outcome in HEARD_BEFORE and key not in heard)


def needs_reminder(due_on: date, today: date) -> bool:
    """Whether a due date has been missed."""
    return due_on < today


def has_lapsed(due_on: date, today: date) -> bool:
    """Whether the days of grace after a missed due date are over too."""
    return due_on + timedelta(days=GRACE_DAYS) < today


def lateness(turn: str | None, age: int, handling_days: int, due_on: date | None, today: date) -> Late | None:
    """Why an application is overdue: the office has had it too long, or the provider's answer has not come."""
    if turn == "provider":
        return "answer" if due_on is not None and due_on < today else None
    return "handling" if turn is not None and age > handling_days else None


def proposal_mark(lines: Iterable[tuple[int, str | None, Sequence[str], str | None, str | None]]) -> str:
    """A mark of what is proposed, of (line, outcome, phrases, grounds, conditions): equal while nothing changes.

    The decider's form carries it, so that nobody decides another proposal than the one that was read.
    """
    return fingerprint([[*line[:2], list(line[2]), *line[3:]] for line in lines])
