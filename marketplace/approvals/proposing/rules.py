"""What a proposal, a completion request, a hearing and a decision must hold before they can be made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, Literal

from marketplace.applications.rules import Outcome, fingerprint

HEARD_BEFORE: Final = frozenset({Outcome.REJECTED})
"""Outcomes that ask for a hearing of the party first (Administrative Procedure Act 434/2003, section 34)."""


MAX_CONDITIONS: Final = 20
"""Conditions that one approval can have."""

Fault = Literal[
    "no_outcome",
    "no_grounds",
    "no_conditions",
    "conditions_without_use",
    "condition_without_words",
    "condition_past",
    "no_hearing",
    "nothing_left",
    "no_grounds_of_part",
    "part_unheard",
]


class Told(StrEnum):
    """Who is told of a condition besides the provider and the office."""

    BY_KIND = "by_kind"
    CLIENTS = "clients"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of an approval. Without `due_on` it holds as long as the approval does.

    By its kind a condition that holds all the time limits what clients may expect, so they see it; one with a day is a
    task of the provider, and they do not.
    """

    text: str
    due_on: date | None = None
    told: Told = Told.BY_KIND

    @property
    def is_public(self) -> bool:
        """Whether clients see it on the pages of the services."""
        return self.due_on is None if self.told is Told.BY_KIND else self.told is Told.CLIENTS

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been written in it."""
        return not self.text.strip() and self.due_on is None

    def as_json(self) -> dict[str, str | None]:
        """The condition as a line keeps it."""
        due_on = self.due_on.isoformat() if self.due_on else None
        return {"text": self.text.strip(), "due_on": due_on, "told": self.told}


def conditions_of(kept: Iterable[Mapping[str, str | None]]) -> tuple[Condition, ...]:
    """The conditions that a line keeps, as `Condition.as_json` wrote them."""
    return tuple(
        Condition(
            each["text"] or "",
            date.fromisoformat(each["due_on"]) if each["due_on"] else None,
            Told(each.get("told") or Told.BY_KIND),
        )
        for each in kept
    )


@dataclass(frozen=True, slots=True)
class LineProposal:
    """What a reviewer proposes for one line: an outcome with its grounds and, where it needs them, conditions.

    The grounds are phrases of the library (`phrases`: keys), own words, or both. `conditions` are the form's rows,
    those left blank included. `left_out`: municipalities applied for that the approval does not cover.
    """

    line_id: int
    outcome: Outcome | None
    grounds: str
    conditions: tuple[Condition, ...] = ()
    phrases: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def takes(own: Outcome | None, shared: Outcome | None) -> bool:
    """Whether a service takes what is written for all: its own proposal is open yet, or the same one."""
    return shared is None or own is None or own == shared


def with_shared(own: str, shared: str) -> str:
    """Grounds with those for all services after them; what stands there already is not said twice."""
    own, shared = own.strip(), shared.strip()
    return own if shared in own else "\n\n".join(filter(None, (own, shared)))


def proposal_faults(
    proposal: LineProposal, *, applied: Collection[str], heard: bool, today: date
) -> tuple[tuple[str, Fault], ...]:
    """What is wrong with a proposal, as (field, fault). A decision states its grounds, whatever it is.

    `applied` are the municipalities applied for. `heard`: the provider has been heard on this service and has answered
    or let the due date pass; leaving municipalities out is a rejection of a part. The fields of the conditions are
    numbered from 0: `condition-0`, `due-0`.
    """
    faults: list[tuple[str, Fault]] = []
    if proposal.outcome is None:
        faults.append(("outcome", "no_outcome"))
    if proposal.outcome in HEARD_BEFORE and not heard:
        faults.append(("outcome", "no_hearing"))
    if proposal.left_out and set(proposal.left_out) >= set(applied):
        faults.append(("left_out", "nothing_left"))
    elif proposal.left_out and not heard:
        faults.append(("left_out", "part_unheard"))
    if proposal.left_out and not proposal.grounds.strip():
        faults.append(("grounds", "no_grounds_of_part"))
    elif not proposal.grounds.strip() and not proposal.phrases:
        faults.append(("grounds", "no_grounds"))
    return (*faults, *_condition_faults(proposal, today))


def _condition_faults(proposal: LineProposal, today: date) -> list[tuple[str, Fault]]:
    written = {number: each for number, each in enumerate(proposal.conditions) if not each.is_blank}
    if proposal.outcome != Outcome.APPROVED_WITH_CONDITIONS:
        return [(f"condition-{number}", "conditions_without_use") for number in list(written)[:1]]
    if not written:
        return [("condition-0", "no_conditions")]
    faults: list[tuple[str, Fault]] = []
    for number, each in written.items():
        if not each.text.strip():
            faults.append((f"condition-{number}", "condition_without_words"))
        if is_past(each, today):
            faults.append((f"due-{number}", "condition_past"))
    return faults


def is_past(condition: Condition, today: date) -> bool:
    """Whether the day by which the condition must be met has passed already."""
    return condition.due_on is not None and condition.due_on < today


def unheard(
    outcomes: Mapping[str, Outcome | None], narrowed: Collection[str], heard: Collection[str]
) -> tuple[str, ...]:
    """The services on which a hearing is asked for that has not been held. `outcomes`: service key → outcome;
    `narrowed`: services with municipalities left out.
    """
    against = {key for key, outcome in outcomes.items() if outcome in HEARD_BEFORE} | set(narrowed)
    return tuple(key for key in outcomes if key in against and key not in heard)


def proposal_mark(
    lines: Iterable[
        tuple[int, Outcome | None, Sequence[str], str | None, Sequence[Mapping[str, Any]], Sequence[str]]
    ],
) -> str:
    """A mark of what is proposed, of (line, outcome, phrases, grounds, conditions, left out): equal while nothing
    changes.

    The decider's form carries it, so that nobody decides another proposal than the one that was read.
    """
    return fingerprint([[*line[:2], list(line[2]), line[3], list(line[4]), list(line[5])] for line in lines])
