"""What a proposal, a completion request and a decision must hold before they can be made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from marketplace.approvals.rules import OUTCOMES

MAX_TEXT: Final = 5000

Fault = Literal["no_outcome", "no_grounds", "no_conditions", "conditions_without_use"]


@dataclass(frozen=True, slots=True)
class LineProposal:
    """What a reviewer proposes for one line: an outcome with its grounds and, where it needs them, conditions."""

    line_id: int
    outcome: str
    grounds: str
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class AskedItem:
    """What is asked to be completed in one section, in the reviewer's own words."""

    section: str
    text: str


def proposal_faults(proposal: LineProposal) -> tuple[tuple[str, Fault], ...]:
    """What is wrong with a proposal, as (field, fault). A decision states its grounds, whatever it is."""
    faults: list[tuple[str, Fault]] = []
    if proposal.outcome not in OUTCOMES:
        faults.append(("outcome", "no_outcome"))
    if not proposal.grounds.strip():
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
