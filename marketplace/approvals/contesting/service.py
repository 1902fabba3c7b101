"""Writing down that a review was asked for, and what came of it.

A decision on a measure that is set aside has never been: its approval goes back to where it stood.
"""

from __future__ import annotations

from datetime import date

from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Decision
from marketplace.approvals.contesting import mails, queries
from marketplace.approvals.contesting.labels import FAULTS
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.queries import (
    Contested,
    contest_of,
    decided_on,
    demand_standing,
    is_set_aside,
    thing_of,
)
from marketplace.approvals.contesting.rules import (
    REVERSE,
    REVIEW,
    ReviewAction,
    ReviewState,
    day_fault,
)
from marketplace.approvals.serving.service import reach_of
from marketplace.approvals.standing.conditions import lift
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.queries import measures_of
from marketplace.approvals.standing.rules import MEASURE
from marketplace.decisions.service import demand_words
from marketplace.errors import Conflict, Fault, refuse_all
from marketplace.i18n import _l
from marketplace.permissions import Permission
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.approved_services.service import restore, undo_measure
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.rules import APPROVAL, ApprovalAction
from marketplace.work import UnitOfWork


def record_request(work: UnitOfWork, subject: Contested, *, by: str, received_on: date) -> ReviewRequest:
    """Write down that `by` has asked for a review of a decision, and tell the provider; its matter must be locked.

    Raises Invalid without a name or for a day that cannot be, Conflict while a request waits or when a review has set
    the decision aside, NotAllowed.
    """
    _ensure(work, subject, Permission.REVIEW_APPLICATIONS)
    demand_standing(work.session, subject)
    who = demand_words(by, _l("Write who asks for the review."), field="by")
    refuse_all(day_refusals("received_on", received_on, decided_on(subject), work.today))
    if any(
        each.state is ReviewState.PENDING for each in contest_of(work.session, subject, work.today).requests
    ):
        raise Conflict(_l("A request for a review of this decision is under way already."))
    request = ReviewRequest(
        decision=subject if isinstance(subject, Decision) else None,
        measure=subject if isinstance(subject, ApprovalMeasure) else None,
        state=REVIEW.next(REVIEW.initial, ReviewAction.RECORD),
        by=who,
        received_on=received_on,
        recorded_by_id=work.actor.user_id,
        recorded_at=work.now,
    )
    work.session.add(request)
    _record(work, subject, {"number": subject.number or "", "received_on": received_on.isoformat()})
    for recipient in reach_of(work.session, thing_of(subject).provider).recipients:
        mails.review_recorded(work, recipient, subject, request)
    return request


def day_refusals(field: str, day: date | None, earliest: date, today: date) -> list[Fault]:
    """What is wrong with the day on which a request came or was decided, as (field, message); a day left out is the
    form's to say.
    """
    return [] if day is None or day_fault(day, earliest, today) is None else [(field, FAULTS[field])]


def settle(
    work: UnitOfWork,
    request: ReviewRequest,
    action: ReviewAction,
    *,
    decided_on: date,
    decided_by: str,
    note: str = "",
) -> None:
    """Write down what came of a review, and tell the provider. A measure that is set aside is undone on its approval,
    when nothing came since; a decision on an application that is, no longer sets its conditions.

    Raises Conflict when the request has been settled, or a newer approval stands in the way; Invalid; NotAllowed.
    """
    subject = request.decision or request.measure
    if subject is None:
        raise AssertionError("a request is about a decision")
    _ensure(work, subject, Permission.DECIDE_APPLICATIONS)
    if action not in REVIEW.outcomes or not REVIEW.allows(request.state, action):
        raise Conflict(_l("The review has been settled already."))
    refuse_all(day_refusals("decided_on", decided_on, request.received_on, work.today))
    request.decided_by = demand_words(decided_by, _l("Write who decided on the request."), field="decided_by")
    request.state = REVIEW.next(request.state, action)
    request.decided_on, request.note = decided_on, note.strip()
    request.settled_by_id = work.actor.user_id
    if action is ReviewAction.SET_ASIDE:
        if isinstance(subject, ApprovalMeasure):
            _undo(work, subject)
        else:
            lift(work, queries.conditions_set_by(work.session, subject))
    after = {"number": subject.number or "", "review": request.state, "decided_on": decided_on.isoformat()}
    _record(work, subject, after)
    for recipient in reach_of(work.session, thing_of(subject).provider).recipients:
        mails.review_settled(work, recipient, subject, request)


def _undo(work: UnitOfWork, measure: ApprovalMeasure) -> None:
    if measure.kind is ApprovalAction.CONDITION:
        lift(work, queries.conditions_set_by(work.session, measure))
        return
    approval, back = measure.approval, REVERSE[measure.kind]
    decided = [
        each
        for each in measures_of(work.session, approval)
        if each.number
        and each.kind in MEASURE.moving
        and (each is measure or not is_set_aside(work.session, each))
    ]
    is_overtaken = any(each.id > measure.id for each in decided)
    if is_overtaken or not APPROVAL.allows(approval.state, back):
        return  # a later decision holds
    if back is not ApprovalAction.RESTORE:
        undo_measure(work, approval, back)
        return
    earlier = [each for each in decided if each.id < measure.id]
    restore(
        work,
        approval,
        suspended=bool(earlier) and earlier[0].kind is ApprovalAction.SUSPEND,
    )


def _ensure(work: UnitOfWork, subject: Contested, permission: Permission) -> None:
    thing = thing_of(subject)
    work.ensure(permission, organisation=thing.pilot.organisation_key, about=thing.provider_id)


def _record(work: UnitOfWork, subject: Contested, after: dict[str, str]) -> None:
    thing = thing_of(subject)
    action = ApplicationAudit.REVIEW if isinstance(subject, Decision) else ApprovalAudit.REVIEW
    record_in_pilot(work, action, thing, after={**after, "state": thing.state})
