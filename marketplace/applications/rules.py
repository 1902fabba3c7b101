"""Rules of applications and decisions: the workflow table, who may act, whose turn it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from marketplace.permissions import Permission
from marketplace.workflow import Workflow

OUTCOMES: Final = ("approved", "approved_with_conditions", "rejected")
APPROVING_OUTCOMES: Final = frozenset({"approved", "approved_with_conditions"})

WORKFLOW: Final = Workflow(
    "application",
    initial="draft",
    table={
        ("draft", "submit"): "submitted",
        ("draft", "withdraw"): "withdrawn",
        ("submitted", "take"): "in_review",
        ("submitted", "withdraw"): "withdrawn",
        ("in_review", "request_completion"): "completion_requested",
        ("in_review", "propose"): "proposed",
        ("in_review", "hear"): "hearing",
        ("in_review", "withdraw"): "withdrawn",
        ("completion_requested", "complete"): "in_review",
        ("completion_requested", "lapse"): "in_review",
        ("completion_requested", "withdraw"): "withdrawn",
        ("hearing", "answer"): "in_review",
        ("hearing", "lapse"): "in_review",
        ("hearing", "withdraw"): "withdrawn",
        ("proposed", "return"): "in_review",
        ("proposed", "decide"): "decided",
        ("proposed", "withdraw"): "withdrawn",
    },
)

ACTION_PERMISSIONS: Final[dict[str, Permission]] = {
    "submit": Permission.EDIT_PROVIDER,
    "complete": Permission.EDIT_PROVIDER,
    "answer": Permission.EDIT_PROVIDER,
    "withdraw": Permission.EDIT_PROVIDER,
    "take": Permission.REVIEW_APPLICATIONS,
    "request_completion": Permission.REVIEW_APPLICATIONS,
    "hear": Permission.REVIEW_APPLICATIONS,
    "propose": Permission.REVIEW_APPLICATIONS,
    "return": Permission.DECIDE_APPLICATIONS,
    "decide": Permission.DECIDE_APPLICATIONS,
}
"""What a person must be allowed to, in the provider or in the pilot's organisation, to take each action."""

SYSTEM_ACTIONS: Final = frozenset({"lapse"})
"""What the portal does by itself: a due date has passed without an answer."""

OPEN_STATES: Final = ("draft", "submitted", "in_review", "completion_requested", "hearing", "proposed")
"""A provider has at most one application in these states in a pilot."""

EDITABLE_STATES: Final = frozenset({"draft", "completion_requested"})

TURNS: Final[dict[str, str | None]] = {
    "draft": "provider",
    "submitted": "reviewer",
    "in_review": "reviewer",
    "completion_requested": "provider",
    "hearing": "provider",
    "proposed": "decider",
    "decided": None,
    "withdrawn": None,
}
"""Who has to act next in each state; None when nobody has."""


def may_edit_section(state: str, section: str, asked: Iterable[str]) -> bool:
    """Whether the provider may change a section: all in a draft, those asked for while a completion is awaited.

    Where the services are asked for, what depends on them is open too: another service may need other answers and
    proofs.
    """
    if state != "completion_requested":
        return state == "draft"
    named = set(asked)
    depends = section in ("evidence", "rulebook") or section.startswith("service-")
    return section in named or ("services" in named and depends)


def age_in_days(submitted_on: date | None, today: date) -> int:
    """Whole days since the application was sent; 0 for one that has not been."""
    return 0 if submitted_on is None else max((today - submitted_on).days, 0)


def fingerprint(values: Any) -> str:
    """A short mark of JSON values, equal for equal values: tells a form whether what it showed is still so."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
