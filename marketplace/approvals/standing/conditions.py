"""Conditions that bind an approval and requests that do not, and what is found of either."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, serve
from marketplace.approvals.standing import mails, rules
from marketplace.approvals.standing.labels import FAULTS, REFUSALS
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionAction
from marketplace.approvals.standing.service import require
from marketplace.decisions.service import demand_words
from marketplace.errors import Conflict, Fault, Invalid, refuse_all
from marketplace.i18n import _l
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork


def send_request(work: UnitOfWork, approval: ServiceApproval, text: str, due_on: date) -> ApprovalCondition:
    """Ask the provider for something by a day: no condition, as nothing follows from it without a decision.

    Raises Invalid without words or for a day in the past, Conflict when the approval has ended, NotAllowed.
    """
    require(work, approval, ConditionAction.MEET)
    if approval.state not in APPROVAL.standing:
        raise Conflict(REFUSALS[approval.state])
    asked = demand_words(text, _l("Write what you ask of the provider."), field="text")
    refuse_all(request_refusals(due_on, work.today))
    request = ApprovalCondition(
        approval=approval,
        text=asked,
        due_on=due_on,
        binding=False,
        state=rules.CONDITION.initial,
        created_by_id=work.actor.user_id,
        created_at=work.now,
    )
    work.session.add(request)
    record_in_pilot(
        work,
        ApprovalAudit.REQUEST,
        approval,
        after={"text": request.text, "due_on": due_on.isoformat()},
    )
    _tell(work, Served.REQUEST, request)
    return request


def request_refusals(due_on: date | None, today: date) -> list[Fault]:
    """What is wrong with the day of a request, as (field, message); a day left out is the form's to say."""
    return [] if due_on is None or due_on > today else [("due_on", FAULTS["past"])]


def bind(work: UnitOfWork, measure: ApprovalMeasure, due_on: date) -> ApprovalCondition:
    """The condition that a measure sets, followed up from the decision on."""
    condition = ApprovalCondition(
        approval=measure.approval,
        measure=measure,
        text=measure.condition,
        due_on=due_on,
        public=measure.condition_public,
        state=rules.CONDITION.initial,
        created_by_id=work.actor.user_id,
        created_at=work.now,
    )
    work.session.add(condition)
    after = {"text": condition.text, "due_on": due_on.isoformat(), "public": condition.public}
    record_in_pilot(work, ApprovalAudit.CONDITION, measure.approval, after=after)
    return condition


def lift(work: UnitOfWork, conditions: Iterable[ApprovalCondition]) -> None:
    """Take back the conditions that a decision set, as a review has set it aside."""
    for condition in conditions:
        if rules.CONDITION.allows(condition.state, ConditionAction.LIFT):
            _settle(work, condition, ConditionAction.LIFT)


def meet(work: UnitOfWork, condition: ApprovalCondition) -> None:
    """Mark a condition as met, or a request as answered. Raises Conflict when that has been done."""
    _settle(work, condition, ConditionAction.MEET)


def reopen(work: UnitOfWork, condition: ApprovalCondition) -> None:
    """Take back that a condition was marked as met, or a request as answered: it is followed up as before.

    Raises Conflict when it was not, or when the approval does not stand any more.
    """
    if condition.approval.state not in APPROVAL.standing:
        raise Conflict(REFUSALS[condition.approval.state])
    if not rules.CONDITION.allows(condition.state, ConditionAction.REOPEN):
        raise Conflict(_l("The condition is not marked as met."))
    _settle(work, condition, ConditionAction.REOPEN)
    condition.settled_by_id = condition.settled_at = None


def fail(work: UnitOfWork, condition: ApprovalCondition, reason: str) -> None:
    """Mark a condition as not met, or a request as not answered, once its day has passed, and tell the provider why.

    Nothing else follows by itself: what follows is a measure of its own. Raises Conflict when it has been settled,
    Invalid without a reason or while its day is still to come.
    """
    why = demand_words(reason, _l("Write why the condition has not been met."), field="reason")
    if condition.due_on >= work.today:
        raise Invalid(_l("The provider still has time: mark this when the day has passed."), field="reason")
    condition.reason = why
    _settle(work, condition, ConditionAction.FAIL, reason=why)
    _tell(work, Served.NOT_MET, condition)


def _settle(work: UnitOfWork, condition: ApprovalCondition, action: ConditionAction, **words: str) -> None:
    require(work, condition.approval, action)
    if not rules.CONDITION.allows(condition.state, action):
        raise Conflict(_l("The condition has been settled already."))
    before, condition.state = condition.state, rules.CONDITION.next(condition.state, action)
    condition.settled_by_id, condition.settled_at = work.actor.user_id, work.now
    record_in_pilot(
        work,
        ApprovalAudit.of(action),
        condition.approval,
        before={"condition": condition.id, "state": before},
        after={"condition": condition.id, "state": condition.state, **words},
    )


def _tell(work: UnitOfWork, kind: Served, condition: ApprovalCondition) -> None:
    """Bring a request, or what was found, to the provider."""
    approval = condition.approval
    write = mails.approval_request if kind is Served.REQUEST else mails.approval_condition_not_met
    work.session.flush()
    serve(
        work,
        kind,
        approval.provider,
        approval.pilot_key,
        reach_of(work.session, approval.provider),
        lambda to: write(work, to, condition),
        condition_id=condition.id,
    )
