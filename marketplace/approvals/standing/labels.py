"""What measures, conditions and reminders are called on screen and in documents."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from marketplace.approvals.serving.labels import SHORT_HEARING, TOO_SOON
from marketplace.approvals.standing.rules import ConditionState, Expiry, MeasureState, takes_written_answer
from marketplace.i18n import _, _l, current_language, date_text
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers.rules import ApprovalAction, ApprovalState
from marketplace.text import sentence

KINDS: Final[dict[ApprovalAction, Any]] = {
    ApprovalAction.CONDITION: _l("Set a condition"),
    ApprovalAction.SUSPEND: _l("Suspend the approval"),
    ApprovalAction.REINSTATE: _l("Reinstate the approval"),
    ApprovalAction.WITHDRAW: _l("Withdraw the approval"),
}
"""Kind of measure → what the button says."""

NAMES: Final[dict[ApprovalAction, Any]] = {
    ApprovalAction.CONDITION: _l("New condition of the approval"),
    ApprovalAction.SUSPEND: _l("Suspension of the approval"),
    ApprovalAction.REINSTATE: _l("Reinstatement of the approval"),
    ApprovalAction.WITHDRAW: _l("Withdrawal of the approval"),
}
"""Kind of measure → what it is called."""

OUTCOMES: Final[dict[ApprovalAction, Any]] = {
    ApprovalAction.CONDITION: _l("The approval gets a new condition."),
    ApprovalAction.SUSPEND: _l("The approval is suspended until further notice."),
    ApprovalAction.REINSTATE: _l("The approval is in force again."),
    ApprovalAction.WITHDRAW: _l("The approval is withdrawn."),
}
"""Kind of measure → what the decision says."""

STATES: Final[dict[MeasureState, tuple[Any, str]]] = {
    MeasureState.HEARING: (_l("Waiting for the provider’s explanation"), "warning"),
    MeasureState.WITH_REVIEWER: (_l("With the reviewer"), "warning"),
    MeasureState.PROPOSED: (_l("Waiting for a decision"), "info"),
    MeasureState.DECIDED: (_l("Decided"), "success"),
    MeasureState.DROPPED: (_l("Dropped"), "neutral"),
    MeasureState.FALLEN: (_l("Lapsed: the provider left the pilot"), "neutral"),
}
"""State of a measure → its name and the tone of its tag."""

STATES_TO_PROVIDER: Final = STATES | {
    MeasureState.HEARING: (_l("Waiting for your explanation"), "warning"),
    MeasureState.WITH_REVIEWER: (_l("The office considers the matter"), "info"),
    MeasureState.PROPOSED: (_l("The office considers the matter"), "info"),
    MeasureState.FALLEN: (_l("Lapsed, because you left the pilot"), "neutral"),
}
"""The same as the provider itself reads it."""

CONDITIONS: Final[dict[ConditionState, tuple[Any, str]]] = {
    ConditionState.OPEN: (_l("Still to be met"), "info"),
    ConditionState.MET: (_l("Met"), "success"),
    ConditionState.NOT_MET: (_l("Not met"), "danger"),
    ConditionState.LIFTED: (_l("Set aside by a review"), "neutral"),
}
"""State of a condition → its name and the tone of its tag."""

REQUESTS: Final[dict[ConditionState, tuple[Any, str]]] = {
    ConditionState.OPEN: (_l("Waiting for an answer"), "info"),
    ConditionState.MET: (_l("Answered"), "success"),
    ConditionState.NOT_MET: (_l("Not answered"), "neutral"),
}
"""State of a request → its name and the tone of its tag."""

ATTENTION: Final[dict[str, tuple[Any, str]]] = {
    "proofs": (_l("A proof is missing or runs out"), "warning"),
    "conditions": (_l("A condition is due"), "warning"),
    "safety": (_l("Client safety: waits for a decision"), "danger"),
    "decisions": (_l("A measure waits for a decision"), "info"),
    "proposals": (_l("A measure waits for a proposal"), "warning"),
    "measures": (_l("A provider is being heard on a measure"), "info"),
    "recheck": (_l("Yearly check is due"), "info"),
}
"""What needs attention → its name and the tone of its tag."""

REFUSALS: Final[dict[ApprovalState, Any]] = {
    ApprovalState.APPROVED: _l("The approval is in force already. It can be suspended or withdrawn."),
    ApprovalState.SUSPENDED: _l(
        "The approval has been suspended already. It can be reinstated or withdrawn."
    ),
    ApprovalState.ENDING: _l("The provider has left and the approval is ending. It can be withdrawn."),
    ApprovalState.WITHDRAWN: _l("The approval has been withdrawn. Nothing more can be decided on it."),
    ApprovalState.ENDED: _l("The approval has ended. Nothing more can be decided on it."),
    ApprovalState.PRIVATE: _l(
        "This approves a person near to a client. It is ended on that person’s own page."
    ),
    ApprovalState.PRIVATE_ENDED: _l("The approval has ended. Nothing more can be decided on it."),
}
"""State of an approval → why a measure that its workflow does not know is refused."""

FAULTS: Final[dict[str, Any]] = {
    "no_grounds": _l("Choose or write the grounds. A decision cannot be made without them."),
    "no_safety_reason": _l("Write why the safety of clients does not allow waiting for the provider."),
    "no_due_date": _l("Give the day until which the provider can explain."),
    "no_condition": _l("Write the condition."),
    "no_condition_day": _l("Give the day by which the condition has to be met."),
    "condition_too_soon": _l(
        "The condition is set only after the provider has been heard: give a day after the last day of the hearing."
    ),
    "condition_sooner_than_heard": _l(
        "The provider was heard on a later day. Give that day or one after it."
    ),
    "condition_past": _l("The day of the condition has passed. Give a day that is still to come."),
    "no_response": _l("Write what you say to the explanation: it goes into the decision."),
    "past": TOO_SOON,
    "short": SHORT_HEARING,
}
"""Fault of `rules.plan_faults` and `rules.proposal_faults` → what the person reads."""


def may_be_written_down(measure: Any) -> bool:
    """Whether an explanation that came by letter can be written down to a measure."""
    heard = measure.hearing_due_on is not None
    return takes_written_answer(measure.state, heard=heard, answer=measure.answer)


def not_met_grounds(text: str, due_on: date, reason: str) -> str:
    """Grounds for a measure on a condition that was not met, in the reader's language."""
    return _(
        "The approval had this condition, to be met by %(day)s: %(text)s It has not been met: %(reason)s",
        day=date_text(due_on),
        text=sentence(text),
        reason=sentence(reason),
    )


def unanswered_grounds(text: str, due_on: date, reason: str) -> str:
    """Grounds for a condition on what the office asked for in vain, in the reader's language."""
    return _(
        "The office asked for this by %(day)s: %(text)s It has not been given: %(reason)s",
        day=date_text(due_on),
        text=sentence(text),
        reason=sentence(reason),
    )


def kind_name(kind: str) -> str:
    """The name of a kind of proof in the reader's language."""
    return EVIDENCE_KINDS[kind].name[current_language()]


def expiry_text(expiry: Expiry, today: date) -> tuple[str, str]:
    """Until when a proof holds, in words, and the tone of it."""
    if expiry.day is None:
        return _("Missing"), "danger"
    day = date_text(expiry.day)
    if expiry.day < today:
        words = _("A new one was due on %(day)s", day=day) if expiry.is_due else _("Expired %(day)s", day=day)
        return words, "danger"
    return _holding(expiry, day), "warning" if (expiry.day - today).days <= 28 else "neutral"


def _holding(expiry: Expiry, day: str) -> str:
    if expiry.outlasts:
        return _(
            "Valid until %(until)s, a new one is due on %(due)s", until=date_text(expiry.outlasts), due=day
        )
    if expiry.is_due:
        return _("A new one is due on %(day)s", day=day)
    return _("Valid until %(day)s", day=day)
