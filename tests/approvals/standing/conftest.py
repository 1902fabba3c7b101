"""An approval with its people and a published offer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy.orm import Session

from marketplace.approvals.standing import deciding, service
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import CONDITION, MEASURE, MeasurePlan
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast
from tests.factories import NOW, make_approval, make_offer, make_required_evidence
from tests.work import work_of

TODAY = helsinki_date(NOW)
SAFE: Final[dict[str, Any]] = {"due_on": None, "safety": True, "safety_reason": "Asiakas on vaarassa."}
"""A measure that waits for no hearing."""


@pytest.fixture
def approval(session: Session, cast: Cast) -> ServiceApproval:
    """An approval for day activities with every proof and an offer that clients see."""
    return make_standing(session, cast)


def make_standing(session: Session, cast: Cast, **given: Any) -> ServiceApproval:
    """As the fixture, in the caller's session."""
    made = make_approval(session, cast.provider, **given)
    make_required_evidence(session, made)
    make_offer(session, made)
    return made


def open_measure(
    session: Session, approval: ServiceApproval, cast: Cast, kind: ApprovalAction, **given: Any
) -> ApprovalMeasure:
    """A measure by the reviewer; against the provider with a hearing of fourteen days unless told otherwise."""
    facts: dict[str, Any] = {
        "grounds": "Ehdot eivät täyty.",
        "due_on": TODAY + timedelta(days=14) if kind in MEASURE.heard else None,
    }
    if kind is ApprovalAction.CONDITION:
        facts |= {"condition": "Toimita Soteri-päätös.", "condition_due_on": TODAY + timedelta(days=30)}
    return service.open_measure(
        work_of(session, cast.actor("reviewer")), approval, MeasurePlan(kind, **(facts | given))
    )


def decide(session: Session, measure: ApprovalMeasure, cast: Cast, store: FileStore) -> ApprovalMeasure:
    """The measure, decided by the decider."""
    return deciding.decide(work_of(session, cast.actor("decider")), measure, store=store)


def make_condition(
    session: Session, approval: ServiceApproval, cast: Cast, **given: Any
) -> ApprovalCondition:
    """A condition of the decision on the application, to be met today unless told otherwise."""
    facts: dict[str, Any] = {
        "text": "Soteri.",
        "due_on": TODAY,
        "state": CONDITION.initial,
        "created_at": NOW,
    }
    condition = ApprovalCondition(approval=approval, created_by_id=cast.decider.id, **(facts | given))
    session.add(condition)
    session.flush()
    return condition
