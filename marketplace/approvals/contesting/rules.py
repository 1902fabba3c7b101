"""Rules of requests for a review, and of the legal force of a decision.

A party may ask for a review within 14 days of service (Act 611/2021); a decision on which
nobody has asked in time has legal force. What the review decides can be appealed against to the administrative court.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from marketplace.decisions.rules import PROVIDER_REVIEW_DAYS, last_day_of_review
from marketplace.providers.rules import ApprovalAction
from marketplace.workflow import Workflow


class ReviewState(StrEnum):
    """Where a request for a review stands; a new one is not kept before it is recorded."""

    NEW = "new"
    PENDING = "pending"
    UPHELD = "upheld"
    CHANGED = "changed"
    SET_ASIDE = "set_aside"
    DISMISSED = "dismissed"


class ReviewAction(StrEnum):
    """What comes of a request; the decision is upheld, changed or set aside, or the request is not examined."""

    RECORD = "record"
    UPHOLD = "uphold"
    CHANGE = "change"
    SET_ASIDE = "set_aside"
    DISMISS = "dismiss"


class ReviewWorkflow(Workflow[ReviewState, ReviewAction]):
    """The outcomes of a review."""

    outcomes: ClassVar = (
        ReviewAction.UPHOLD,
        ReviewAction.CHANGE,
        ReviewAction.SET_ASIDE,
        ReviewAction.DISMISS,
    )


REVIEW: Final = ReviewWorkflow(
    "request for a review of a decision",
    initial=ReviewState.NEW,
    table={
        (ReviewState.NEW, ReviewAction.RECORD): ReviewState.PENDING,
        (ReviewState.PENDING, ReviewAction.UPHOLD): ReviewState.UPHELD,
        (ReviewState.PENDING, ReviewAction.CHANGE): ReviewState.CHANGED,
        (ReviewState.PENDING, ReviewAction.SET_ASIDE): ReviewState.SET_ASIDE,
        (ReviewState.PENDING, ReviewAction.DISMISS): ReviewState.DISMISSED,
    },
)

REVERSE: Final = {
    ApprovalAction.SUSPEND: ApprovalAction.REINSTATE,
    ApprovalAction.REINSTATE: ApprovalAction.SUSPEND,
    ApprovalAction.WITHDRAW: ApprovalAction.RESTORE,
}
"""What is done to the approval when the decision on a measure that moved it is set aside."""


class Force(StrEnum):
    """How far a decision is on its way to legal force."""

    UNSERVED = "unserved"
    OPEN = "open"
    PENDING = "pending"
    FINAL = "final"
    UPHELD = "upheld"
    CHANGED = "changed"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class LegalForce:
    """Where a decision stands, and the day of it: the last day for asking, the day of legal force, of the review."""

    force: Force
    day: date | None = None


@dataclass(frozen=True, slots=True)
class AskedReview:
    """A request for a review: where it stands, and when it was decided."""

    state: ReviewState
    decided_on: date | None


def legal_force(
    served_on: date | None, requests: Collection[AskedReview], today: date, is_off: Callable[[date], bool]
) -> LegalForce:
    """Whether a decision that was served on a day has legal force. `requests` are those for a review."""
    if any(each.state is ReviewState.PENDING for each in requests):
        return LegalForce(Force.PENDING)
    for state, force in (
        (ReviewState.SET_ASIDE, Force.SET_ASIDE),
        (ReviewState.CHANGED, Force.CHANGED),
        (ReviewState.UPHELD, Force.UPHELD),
    ):
        for each in requests:
            if each.state is state:
                return LegalForce(force, each.decided_on)
    if served_on is None:
        return LegalForce(Force.UNSERVED)
    last = last_day_of_review(served_on, PROVIDER_REVIEW_DAYS, is_off)
    return (
        LegalForce(Force.OPEN, last) if today <= last else LegalForce(Force.FINAL, last + timedelta(days=1))
    )


def day_fault(day: date, earliest: date, today: date) -> str | None:
    """What is wrong with the day on which a request came or was decided."""
    return None if earliest <= day <= today else "not_then"
