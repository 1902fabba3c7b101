"""Rules of an approval after the decision: measures, conditions, when to remind, whom to check again.

A party is heard before a decision that goes against it (Administrative Procedure Act 434/2003 § 34); the hearing may
be left out when the safety of a client would suffer from waiting. An approval is withdrawn when its conditions no
longer hold (Voucher Act 569/2009 § 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from marketplace.permissions import Permission
from marketplace.providers.rules import APPROVAL, Dated, add_months
from marketplace.workflow import Workflow

KINDS: Final = ("suspend", "reinstate", "withdraw")
"""What the office may decide on an approval: actions of the approval's own workflow."""

HEARD: Final = frozenset({"suspend", "withdraw"})
"""Kinds that go against the provider, who is heard first."""

MEASURE: Final = Workflow(
    "measure on an approval",
    initial="new",
    table={
        ("new", "hear"): "hearing",
        ("new", "propose"): "proposed",
        ("hearing", "answer"): "proposed",
        ("hearing", "lapse"): "proposed",
        ("hearing", "drop"): "dropped",
        ("proposed", "decide"): "decided",
        ("proposed", "return"): "dropped",
        ("proposed", "drop"): "dropped",
    },
)
OPEN_STATES: Final = ("hearing", "proposed")
"""An approval has at most one measure in these states."""

CONDITION: Final = Workflow(
    "condition of an approval",
    initial="open",
    table={("open", "meet"): "met", ("open", "fail"): "not_met", ("not_met", "meet"): "met"},
)

ACTION_PERMISSIONS: Final[dict[str, Permission]] = {
    "hear": Permission.REVIEW_APPLICATIONS,
    "propose": Permission.REVIEW_APPLICATIONS,
    "answer": Permission.EDIT_PROVIDER,
    "lapse": Permission.REVIEW_APPLICATIONS,
    "drop": Permission.REVIEW_APPLICATIONS,
    "decide": Permission.DECIDE_APPLICATIONS,
    "return": Permission.DECIDE_APPLICATIONS,
    "meet": Permission.REVIEW_APPLICATIONS,
    "fail": Permission.REVIEW_APPLICATIONS,
}
"""What a person must be allowed to, in the provider or in the pilot's organisation. The portal itself lapses."""

RECHECK_MONTHS: Final = 12
RECHECK_NOTICE: Final = timedelta(days=30)
"""An approval is checked again every year; it is on the round's list this long before."""

SOTERI: Final = "soteri"

EVIDENCE_STEPS: Final = (-28, -14, 0, 28)
"""Days from a proof's last day on which the provider is reminded."""
CONDITION_STEPS: Final = (-14, 0)
LATEST: Final = timedelta(days=14)
"""A reminder that could not go on its day (the portal was down) still goes within this time, and not after it."""


def possible(approval_state: str) -> tuple[str, ...]:
    """The kinds of measure that the approval's workflow allows in its present state."""
    return tuple(kind for kind in KINDS if APPROVAL.allows(approval_state, kind))


def opening(kind: str, *, safety: bool) -> str:
    """The first action of a measure: hearing the provider, or a proposal at once when nothing is lost by it."""
    return "hear" if kind in HEARD and not safety else "propose"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reviewer writes to open a measure. `due_on`: the provider's explanation is waited for until then."""

    kind: str
    grounds: str
    safety: bool = False
    safety_reason: str = ""
    due_on: date | None = None


def plan_fault(plan: Plan, today: date) -> tuple[str, str] | None:
    """What is wrong with a plan, as (field, fault); None when it can be opened."""
    if not plan.grounds.strip():
        return "grounds", "no_grounds"
    if plan.kind not in HEARD:
        return None
    if plan.safety:
        return None if plan.safety_reason.strip() else ("safety_reason", "no_safety_reason")
    if plan.due_on is None:
        return "due_on", "no_due_date"
    return ("due_on", "past") if plan.due_on < today else None


# --- when something runs out -----------------------------------------------------------------------------------------


def proven_until(
    kind: str, proofs: Iterable[Dated], today: date, proves: Callable[[str], frozenset[str]]
) -> date | None:
    """The last day on which a required kind is proven by what the provider holds; None when it never was.

    A proof that does not end gives `date.max`. One whose first day is yet to come does not count.
    """
    days = [
        proof.valid_until or date.max
        for proof in proofs
        if proof.kind in proves(kind) and proof.issued_on <= today
    ]
    return max(days, default=None)


def step_due(day: date, today: date, steps: Sequence[int]) -> int | None:
    """The reminder that is due today for something that ends on `day`: the latest step reached, unless long past."""
    reached = [step for step in steps if day + timedelta(days=step) <= today]
    if not reached or today > day + timedelta(days=reached[-1]) + LATEST:
        return None
    return reached[-1]


def recheck_due(approved_on: date, checked_on: date | None) -> date:
    """The day by which an approval is looked at again."""
    return add_months(max(approved_on, checked_on or approved_on), RECHECK_MONTHS)


@dataclass(frozen=True, slots=True)
class Expiry:
    """A required kind of proof and the last day on which it is proven; None: it never was."""

    kind: str
    day: date | None

    def is_past(self, today: date) -> bool:
        """Whether the kind is not proven today."""
        return self.day is None or self.day < today
