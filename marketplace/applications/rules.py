"""Rules of applications and decisions: the workflow table, who may act, whose turn it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final

from marketplace.permissions import Permission
from marketplace.workflow import Workflow


class Outcome(StrEnum):
    """What is proposed or decided on a line of an application."""

    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    REJECTED = "rejected"

    @property
    def approves(self) -> bool:
        """Whether an approval comes of it."""
        return self is not Outcome.REJECTED


class Turn(StrEnum):
    """Who has to act next."""

    PROVIDER = "provider"
    REVIEWER = "reviewer"
    DECIDER = "decider"


class ApplicationState(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    IN_REVIEW = "in_review"
    COMPLETION_REQUESTED = "completion_requested"
    PROPOSED = "proposed"
    HEARING = "hearing"
    DECIDED = "decided"


class ApplicationAction(StrEnum):
    """What can be done with an application."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    BRING_BACK = "bring_back"
    TAKE = "take"
    REQUEST_COMPLETION = "request_completion"
    TAKE_BACK = "take_back"
    PROPOSE = "propose"
    HEAR = "hear"
    COMPLETE = "complete"
    LAPSE = "lapse"
    ANSWER = "answer"
    RETURN = "return"
    DECIDE = "decide"


class ApplicationWorkflow(Workflow[ApplicationState, ApplicationAction]):
    """The sets of states in which an application is alike."""

    waiting: ClassVar = (
        ApplicationState.SUBMITTED,
        ApplicationState.IN_REVIEW,
        ApplicationState.COMPLETION_REQUESTED,
        ApplicationState.HEARING,
        ApplicationState.PROPOSED,
    )
    """Sent and not yet decided: in the office's queue, whoever has to act next, and with a handler."""

    open: ClassVar = (ApplicationState.DRAFT, *waiting)
    """A provider has at most one application in these states in a pilot."""

    sent: ClassVar = (*waiting, ApplicationState.DECIDED, ApplicationState.WITHDRAWN)
    """All that the office may ever see."""

    editable: ClassVar = (ApplicationState.DRAFT, ApplicationState.COMPLETION_REQUESTED)
    """The provider may change its answers."""

    with_office: ClassVar = (
        ApplicationState.SUBMITTED,
        ApplicationState.IN_REVIEW,
        ApplicationState.PROPOSED,
    )
    """The office has to act next."""

    answerable: ClassVar = (ApplicationState.COMPLETION_REQUESTED, ApplicationState.HEARING)
    """The office waits for the provider's answer until a due date."""


APPLICATION: Final = ApplicationWorkflow(
    "application",
    initial=ApplicationState.DRAFT,
    table={
        (ApplicationState.DRAFT, ApplicationAction.SUBMIT): ApplicationState.SUBMITTED,
        (ApplicationState.DRAFT, ApplicationAction.WITHDRAW): ApplicationState.WITHDRAWN,
        (ApplicationState.SUBMITTED, ApplicationAction.TAKE): ApplicationState.IN_REVIEW,
        (ApplicationState.SUBMITTED, ApplicationAction.WITHDRAW): ApplicationState.WITHDRAWN,
        (
            ApplicationState.IN_REVIEW,
            ApplicationAction.REQUEST_COMPLETION,
        ): ApplicationState.COMPLETION_REQUESTED,
        (ApplicationState.IN_REVIEW, ApplicationAction.PROPOSE): ApplicationState.PROPOSED,
        (ApplicationState.IN_REVIEW, ApplicationAction.HEAR): ApplicationState.HEARING,
        (ApplicationState.IN_REVIEW, ApplicationAction.WITHDRAW): ApplicationState.WITHDRAWN,
        (ApplicationState.COMPLETION_REQUESTED, ApplicationAction.COMPLETE): ApplicationState.IN_REVIEW,
        (ApplicationState.COMPLETION_REQUESTED, ApplicationAction.LAPSE): ApplicationState.IN_REVIEW,
        (ApplicationState.COMPLETION_REQUESTED, ApplicationAction.TAKE_BACK): ApplicationState.IN_REVIEW,
        (ApplicationState.COMPLETION_REQUESTED, ApplicationAction.WITHDRAW): ApplicationState.WITHDRAWN,
        (ApplicationState.HEARING, ApplicationAction.ANSWER): ApplicationState.IN_REVIEW,
        (ApplicationState.HEARING, ApplicationAction.LAPSE): ApplicationState.IN_REVIEW,
        (ApplicationState.HEARING, ApplicationAction.WITHDRAW): ApplicationState.WITHDRAWN,
        (ApplicationState.PROPOSED, ApplicationAction.RETURN): ApplicationState.IN_REVIEW,
        (ApplicationState.PROPOSED, ApplicationAction.DECIDE): ApplicationState.DECIDED,
        (ApplicationState.PROPOSED, ApplicationAction.WITHDRAW): ApplicationState.WITHDRAWN,
        (ApplicationState.WITHDRAWN, ApplicationAction.BRING_BACK): ApplicationState.DRAFT,
    },
)

ACTION_PERMISSIONS: Final[dict[ApplicationAction, Permission]] = {
    ApplicationAction.SUBMIT: Permission.EDIT_PROVIDER,
    ApplicationAction.COMPLETE: Permission.EDIT_PROVIDER,
    ApplicationAction.ANSWER: Permission.EDIT_PROVIDER,
    ApplicationAction.WITHDRAW: Permission.EDIT_PROVIDER,
    ApplicationAction.BRING_BACK: Permission.EDIT_PROVIDER,
    ApplicationAction.TAKE: Permission.REVIEW_APPLICATIONS,
    ApplicationAction.REQUEST_COMPLETION: Permission.REVIEW_APPLICATIONS,
    ApplicationAction.TAKE_BACK: Permission.REVIEW_APPLICATIONS,
    ApplicationAction.HEAR: Permission.REVIEW_APPLICATIONS,
    ApplicationAction.PROPOSE: Permission.REVIEW_APPLICATIONS,
    ApplicationAction.RETURN: Permission.DECIDE_APPLICATIONS,
    ApplicationAction.DECIDE: Permission.DECIDE_APPLICATIONS,
}
"""What a person must be allowed to, in the provider or in the pilot's organisation, to take each action."""

SYSTEM_ACTIONS: Final = frozenset({ApplicationAction.LAPSE})
"""What the portal does by itself: a due date has passed without an answer."""

TURNS: Final[dict[ApplicationState, Turn | None]] = {
    ApplicationState.DRAFT: Turn.PROVIDER,
    ApplicationState.SUBMITTED: Turn.REVIEWER,
    ApplicationState.IN_REVIEW: Turn.REVIEWER,
    ApplicationState.COMPLETION_REQUESTED: Turn.PROVIDER,
    ApplicationState.HEARING: Turn.PROVIDER,
    ApplicationState.PROPOSED: Turn.DECIDER,
    ApplicationState.DECIDED: None,
    ApplicationState.WITHDRAWN: None,
}
"""Who has to act next in each state; None when nobody has."""


BROUGHT_BACK_FOR: Final = timedelta(days=30)
"""How long a draft that was withdrawn can be brought back."""


def brought_back_until(state: ApplicationState, *, was_sent: bool, withdrawn_on: date | None) -> date | None:
    """The last day on which an application that was withdrawn before it was ever sent can be a draft again.

    None for every other: what the office has had, is applied for again.
    """
    if state != ApplicationState.WITHDRAWN or was_sent or withdrawn_on is None:
        return None
    return withdrawn_on + BROUGHT_BACK_FOR


def may_edit_section(state: ApplicationState, section: str, asked: Iterable[str]) -> bool:
    """Whether the provider may change a section: all in a draft, those asked for while a completion is awaited.

    Where the services are asked for, what depends on them is open too: another service may need other answers and
    proofs.
    """
    if state != ApplicationState.COMPLETION_REQUESTED:
        return state == ApplicationState.DRAFT
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
