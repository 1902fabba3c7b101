"""Rules of an approval after the decision: measures, conditions, when to remind, whom to check again.

A party is heard before a decision that goes against it (Administrative Procedure Act 434/2003 § 34); the hearing may
be left out when the safety of a client would suffer from waiting. An approval is withdrawn when its conditions no
longer hold (Voucher Act 569/2009 § 4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final

from marketplace.applications.rules import fingerprint
from marketplace.decisions.rules import HEARING_DAYS, due_fault
from marketplace.permissions import Permission
from marketplace.pilots.definition import ChecklistItem
from marketplace.providers.rules import (
    APPROVAL,
    ApprovalAction,
    ApprovalState,
    StatedProof,
    add_months,
    is_due,
    outlasts,
)
from marketplace.workflow import Workflow


class MeasureState(StrEnum):
    """Where a measure on an approval stands; a new one is not kept before its first action."""

    NEW = "new"
    HEARING = "hearing"
    WITH_REVIEWER = "with_reviewer"
    PROPOSED = "proposed"
    DROPPED = "dropped"
    DECIDED = "decided"
    FALLEN = "fallen"


class MeasureAction(StrEnum):
    """What can be done with a measure."""

    HEAR = "hear"
    PROPOSE = "propose"
    ANSWER = "answer"
    LAPSE = "lapse"
    DROP = "drop"
    DECIDE = "decide"
    RETURN = "return"
    FALL = "fall"


class MeasureWorkflow(Workflow[MeasureState, MeasureAction]):
    """The sets of states in which a measure is alike, and its kinds: actions of the approval's own workflow."""

    open: ClassVar = (MeasureState.HEARING, MeasureState.WITH_REVIEWER, MeasureState.PROPOSED)
    """An approval has at most one measure in these states."""

    kinds: ClassVar = (
        ApprovalAction.CONDITION,
        ApprovalAction.SUSPEND,
        ApprovalAction.REINSTATE,
        ApprovalAction.WITHDRAW,
    )
    """What the office may decide on an approval."""

    heard: ClassVar = (ApprovalAction.CONDITION, ApprovalAction.SUSPEND, ApprovalAction.WITHDRAW)
    """Kinds that go against the provider, who is heard first."""

    moving: ClassVar = (ApprovalAction.SUSPEND, ApprovalAction.REINSTATE, ApprovalAction.WITHDRAW)
    """Kinds that move the approval from one state to another."""

    hiding: ClassVar = (ApprovalAction.SUSPEND, ApprovalAction.WITHDRAW)
    """Kinds after which clients no longer see the offers."""


MEASURE: Final = MeasureWorkflow(
    "measure on an approval",
    initial=MeasureState.NEW,
    table={
        (MeasureState.NEW, MeasureAction.HEAR): MeasureState.HEARING,
        (MeasureState.NEW, MeasureAction.PROPOSE): MeasureState.PROPOSED,
        (MeasureState.HEARING, MeasureAction.ANSWER): MeasureState.WITH_REVIEWER,
        (MeasureState.HEARING, MeasureAction.LAPSE): MeasureState.WITH_REVIEWER,
        (MeasureState.HEARING, MeasureAction.DROP): MeasureState.DROPPED,
        (MeasureState.HEARING, MeasureAction.FALL): MeasureState.FALLEN,
        (MeasureState.WITH_REVIEWER, MeasureAction.PROPOSE): MeasureState.PROPOSED,
        (MeasureState.WITH_REVIEWER, MeasureAction.DROP): MeasureState.DROPPED,
        (MeasureState.WITH_REVIEWER, MeasureAction.FALL): MeasureState.FALLEN,
        (MeasureState.PROPOSED, MeasureAction.DECIDE): MeasureState.DECIDED,
        (MeasureState.PROPOSED, MeasureAction.RETURN): MeasureState.WITH_REVIEWER,
        (MeasureState.PROPOSED, MeasureAction.DROP): MeasureState.DROPPED,
        (MeasureState.PROPOSED, MeasureAction.FALL): MeasureState.FALLEN,
    },
)


class ConditionState(StrEnum):
    """Whether a condition of an approval has been met, or a request of the office answered."""

    OPEN = "open"
    MET = "met"
    NOT_MET = "not_met"
    LIFTED = "lifted"


class ConditionAction(StrEnum):
    """What can be said of a condition; `LIFT`: a review has set aside the decision that set it. `REOPEN`: it was marked
    as met by mistake.
    """

    MEET = "meet"
    REOPEN = "reopen"
    FAIL = "fail"
    LIFT = "lift"


CONDITION: Final = Workflow[ConditionState, ConditionAction](
    "condition of an approval",
    initial=ConditionState.OPEN,
    table={
        (ConditionState.OPEN, ConditionAction.MEET): ConditionState.MET,
        (ConditionState.OPEN, ConditionAction.FAIL): ConditionState.NOT_MET,
        (ConditionState.OPEN, ConditionAction.LIFT): ConditionState.LIFTED,
        (ConditionState.NOT_MET, ConditionAction.MEET): ConditionState.MET,
        (ConditionState.NOT_MET, ConditionAction.LIFT): ConditionState.LIFTED,
        (ConditionState.MET, ConditionAction.REOPEN): ConditionState.OPEN,
        (ConditionState.MET, ConditionAction.LIFT): ConditionState.LIFTED,
    },
)

ACTION_PERMISSIONS: Final[dict[MeasureAction | ConditionAction, Permission]] = {
    MeasureAction.HEAR: Permission.REVIEW_APPLICATIONS,
    MeasureAction.PROPOSE: Permission.REVIEW_APPLICATIONS,
    MeasureAction.ANSWER: Permission.EDIT_PROVIDER,
    MeasureAction.LAPSE: Permission.REVIEW_APPLICATIONS,
    MeasureAction.DROP: Permission.REVIEW_APPLICATIONS,
    MeasureAction.DECIDE: Permission.DECIDE_APPLICATIONS,
    MeasureAction.RETURN: Permission.DECIDE_APPLICATIONS,
    MeasureAction.FALL: Permission.MANAGE_PROVIDER,
    ConditionAction.MEET: Permission.REVIEW_APPLICATIONS,
    ConditionAction.REOPEN: Permission.REVIEW_APPLICATIONS,
    ConditionAction.FAIL: Permission.REVIEW_APPLICATIONS,
    ConditionAction.LIFT: Permission.DECIDE_APPLICATIONS,
}
"""What a person must be allowed to, in the provider or in the pilot's organisation. The portal itself lapses."""

RECHECK_MONTHS: Final = 12
RECHECK_NOTICE: Final = timedelta(days=30)
"""An approval is checked again every year; it is on the round's list this long before."""

SOTERI: Final = "soteri"

EVIDENCE_STEPS: Final = (-28, -14, 0, 28)
"""Days from a proof's last day on which the provider is reminded."""
CONDITION_STEPS: Final = (-14, 0)
APART: Final = timedelta(days=7)
"""A reminder before the last day follows what told of that day by so long at least, or does not go."""
LATEST: Final = timedelta(days=14)
"""A reminder that could not go on its day (the portal was down) still goes within this time, and not after it."""


def possible(approval_state: ApprovalState) -> tuple[ApprovalAction, ...]:
    """The kinds of measure that the approval's workflow allows in its present state."""
    return tuple(kind for kind in MEASURE.kinds if APPROVAL.allows(approval_state, kind))


def opening(kind: ApprovalAction, *, safety: bool) -> MeasureAction:
    """The first action of a measure: hearing the provider, or a proposal at once when nothing is lost by it."""
    return MeasureAction.HEAR if kind in MEASURE.heard and not safety else MeasureAction.PROPOSE


def takes_written_answer(state: MeasureState, *, heard: bool, answer: str) -> bool:
    """Whether an explanation that came by letter can be written down: until there is one, or a proposal."""
    return heard and not answer and state in (MeasureState.HEARING, MeasureState.WITH_REVIEWER)


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """What a reviewer writes to open a measure. `due_on`: the provider's explanation is waited for until then, and
    `short_reason` why it gets fewer days than usual. `condition`, its last day and whether clients see it belong to a
    measure that sets one.
    """

    kind: ApprovalAction
    grounds: str
    safety: bool = False
    safety_reason: str = ""
    due_on: date | None = None
    short_reason: str = ""
    condition: str = ""
    condition_due_on: date | None = None
    condition_public: bool = False


def plan_faults(plan: MeasurePlan, today: date) -> tuple[tuple[str, str], ...]:
    """Everything that is wrong with a plan, as (field, fault); empty when it can be opened."""
    sets_condition = plan.kind is ApprovalAction.CONDITION
    faults = [
        ("condition", "no_condition") if sets_condition and not plan.condition.strip() else None,
        None if plan.grounds.strip() else ("grounds", "no_grounds"),
        _hearing_fault(plan, today) if plan.kind in MEASURE.heard else None,
        _condition_fault(plan, today) if sets_condition else None,
    ]
    return tuple(fault for fault in faults if fault is not None)


def _hearing_fault(plan: MeasurePlan, today: date) -> tuple[str, str] | None:
    if plan.safety:
        return None if plan.safety_reason.strip() else ("safety_reason", "no_safety_reason")
    if plan.due_on is None:
        return "due_on", "no_due_date"
    fault = due_fault(plan.due_on, today, HEARING_DAYS, plan.short_reason)
    if fault is None:
        return None
    return ("due_on" if fault == "past" else "short_reason", fault)


def _condition_fault(plan: MeasurePlan, today: date) -> tuple[str, str] | None:
    """A condition is to be met after the hearing about it: it may not be set at all."""
    if plan.condition_due_on is None:
        return "condition_due_on", "no_condition_day"
    heard_until = today if plan.safety or plan.due_on is None else plan.due_on
    return None if plan.condition_due_on > heard_until else ("condition_due_on", "condition_too_soon")


def proposal_faults(
    response: str, *, explained: bool, day: date | None, heard_on: date | None, today: date
) -> tuple[tuple[str, str], ...]:
    """Everything for which a measure cannot be proposed after the hearing, as (field, fault).

    `explained`: the provider has given an explanation, which is answered. `day` is the last one of the condition that
    the measure sets, on `heard_on` when the provider was heard; None for one that sets none.
    """
    faults = [("response", "no_response")] if explained and not response.strip() else []
    if heard_on is not None and (fault := proposed_day_fault(day, heard_on, today)) is not None:
        faults.append(("condition_due_on", fault))
    return tuple(faults)


def proposed_day_fault(day: date | None, heard_on: date, today: date) -> str | None:
    """What is wrong with the last day of a condition that is proposed after the hearing.

    The provider was heard on `heard_on`: it gets no less than that, and a day that is still to come.
    """
    if day is None:
        return "no_condition_day"
    if day < heard_on:
        return "condition_sooner_than_heard"
    return "condition_past" if day <= today else None


# --- when something runs out -----------------------------------------------------------------------------------------


def expiry_of(
    kind: str, proofs: Iterable[StatedProof], today: date, proves: Callable[[str], frozenset[str]]
) -> Expiry:
    """The last day on which a required kind is proven by what the provider holds.

    A proof that does not end gives `date.max`. One whose first day is yet to come does not count.
    """
    proving = [proof for proof in proofs if proof.kind in proves(kind) and proof.issued_on <= today]
    longest = max(proving, key=lambda proof: proof.valid_until or date.max, default=None)
    if longest is None:
        return Expiry(kind, None)
    return Expiry(kind, longest.valid_until or date.max, is_due=is_due(longest), outlasts=outlasts(longest))


def step_due(day: date, today: date, steps: Sequence[int], *, told_on: date | None = None) -> int | None:
    """The reminder that is due today for something that ends on `day`: the latest step reached, unless long past.

    A step that is `needless` since the provider was told of the day (`told_on`) reminds of nothing.
    """
    since = today - day  # compared as a span: a day far ahead has none after it
    reached = [
        step
        for step in steps
        if timedelta(days=step) <= since and (told_on is None or not needless(step, day, told_on))
    ]
    if not reached or since > timedelta(days=reached[-1]) + LATEST:
        return None
    return reached[-1]


def needless(step: int, day: date, told_on: date) -> bool:
    """Whether a step before something ends on `day` reminds of nothing, as the provider was told of the day lately.

    One of the day on which it was told, or before it, says nothing new; one ahead of the last day keeps its distance.
    """
    after = timedelta(days=step) - (told_on - day)
    return after <= timedelta(0) or (step < 0 and after < APART)


def point_id(point: ChecklistItem) -> str:
    """What a form calls a point of the yearly check: the same words under the same key are one, whatever the pilot."""
    return f"{point.key}-{fingerprint([point.text.fi, point.text.sv])}"


def points_once(points: Iterable[ChecklistItem]) -> dict[str, ChecklistItem]:
    """Points of several approvals, each once, by `point_id`."""
    return {point_id(each): each for each in points}


def looked_at(points: Iterable[ChecklistItem], chosen: Collection[str]) -> list[dict[str, Any]]:
    """The points of an approval as its check keeps them, words and all; `chosen` are the ids of those looked at."""
    return [
        {"key": each.key, "fi": each.text.fi, "sv": each.text.sv, "looked": point_id(each) in chosen}
        for each in points
    ]


def recheck_due(approved_on: date, checked_on: date | None) -> date:
    """The day by which an approval is looked at again."""
    return add_months(max(approved_on, checked_on or approved_on), RECHECK_MONTHS)


@dataclass(frozen=True, slots=True)
class Expiry:
    """A required kind of proof and the last day on which it is proven; None: it never was.

    `is_due`: on that day a new proof is due, though the document does not end then; `outlasts`: it names this later
    day as its own last.
    """

    kind: str
    day: date | None
    is_due: bool = False
    outlasts: date | None = None

    def is_past(self, today: date) -> bool:
        """Whether the kind is not proven today."""
        return self.day is None or self.day < today
