"""What the office does to an approval, and what the provider answers. Approvals are taken locked by the queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.queries import provider_people, staff
from marketplace.applications.models import Decision
from marketplace.approvals.contesting.queries import is_set_aside
from marketplace.approvals.hearing.service import WrittenAnswer, attached, attachments_told, came_refusals
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import document_of, is_unserved
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import call_off, reach_of, reading_language, serve
from marketplace.approvals.standing import mails, queries, rules
from marketplace.approvals.standing.labels import FAULTS, NAMES, REFUSALS
from marketplace.approvals.standing.models import ApprovalMeasure, ApprovalRecheck
from marketplace.approvals.standing.rules import ConditionAction, MeasureAction
from marketplace.decisions.service import demand_words
from marketplace.errors import Conflict, Fault, Invalid, NotFound, refuse_all
from marketplace.files.service import keep_file
from marketplace.files.store import ReceivedFile
from marketplace.i18n import _l, helsinki_date
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.permissions import Role
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL, ApprovalAction
from marketplace.work import UnitOfWork


def require(work: UnitOfWork, approval: ServiceApproval, action: MeasureAction | ConditionAction) -> None:
    """Raise NotAllowed unless the actor's role in the pilot's organisation allows the action."""
    work.ensure(
        rules.ACTION_PERMISSIONS[action],
        organisation=approval.pilot.organisation_key,
        about=approval.provider_id,
    )


def demand_possible(session: Session, approval: ServiceApproval, kind: ApprovalAction) -> None:
    """Raise Conflict with the reason when the approval's workflow does not know `kind` in its state.

    So it does when a condition would be added to a decision that a review has set aside.
    """
    if kind not in rules.possible(approval.state):
        raise Conflict(REFUSALS[approval.state])
    decision = queries.decision_of(session, approval) if kind is ApprovalAction.CONDITION else None
    if not stands(session, decision):
        raise Conflict(
            _l(
                "A review has set aside the decision by which this was approved, so no condition can be added to "
                "it. A new decision is made on a new application."
            )
        )


def stands(session: Session, decision: Decision | None) -> bool:
    """Whether the decision that gave an approval stands; one that was not applied for here has none that can fall."""
    return decision is None or not is_set_aside(session, decision)


def demand_no_other(session: Session, approval: ServiceApproval) -> None:
    """Raise Conflict when a measure on the approval is under way."""
    if queries.open_measure(session, approval) is not None:
        raise Conflict(_l("Another measure on this approval is under way. Decide or drop it first."))


def open_measure(work: UnitOfWork, approval: ServiceApproval, plan: rules.MeasurePlan) -> ApprovalMeasure:
    """Open a measure: the provider is heard by mail, or the proposal goes to the decider at once.

    Raises Conflict when the approval's state does not allow the kind or a measure is under way, Invalid for a plan
    without grounds, reason or a day to come, NotAllowed and NotFound.
    """
    if plan.kind not in rules.MEASURE.kinds:
        raise NotFound()
    action = rules.opening(plan.kind, safety=plan.safety)
    require(work, approval, action)
    demand_possible(work.session, approval, plan.kind)
    demand_no_other(work.session, approval)
    refuse_all(plan_refusals(plan, work.today))
    measure = ApprovalMeasure(
        approval=approval,
        kind=plan.kind,
        state=rules.MEASURE.next(rules.MEASURE.initial, action),
        language=language_of(work.session, approval),
        grounds=plan.grounds.strip(),
        **_condition_of(plan),
        safety_reason=plan.safety_reason.strip() if plan.safety and plan.kind in rules.MEASURE.heard else "",
        hearing_due_on=plan.due_on if action == MeasureAction.HEAR else None,
        short_reason=plan.short_reason.strip() if action == MeasureAction.HEAR else "",
        proposed_by_id=work.actor.user_id,
        proposed_at=work.now,
    )
    work.session.add(measure)
    record_in_pilot(
        work,
        ApprovalAudit.of(action),
        approval,
        after={
            "kind": plan.kind,
            "grounds": measure.grounds,
            "safety": measure.safety_reason,
            **_condition_told(measure),
        },
    )
    if action == MeasureAction.HEAR:
        tell(work, Served.MEASURE_HEARING, measure, lambda to: mails.approval_hearing(work, to, measure))
    elif measure.safety_reason:
        for decider in staff(work.session, approval.pilot.organisation_key, frozenset({Role.DECIDER})):
            mails.approval_safety(work, decider, measure)
    return measure


def plan_refusals(plan: rules.MeasurePlan, today: date) -> list[Fault]:
    """Everything for which a measure cannot be opened like this, as (field, message)."""
    return [(field, FAULTS[fault]) for field, fault in rules.plan_faults(plan, today)]


def _condition_of(plan: rules.MeasurePlan) -> dict[str, Any]:
    if plan.kind is not ApprovalAction.CONDITION:
        return {}
    return {
        "condition": plan.condition.strip(),
        "condition_due_on": plan.condition_due_on,
        "condition_public": plan.condition_public,
    }


def _condition_told(measure: ApprovalMeasure) -> dict[str, str]:
    """What the audit trail says of the condition of a measure that sets one."""
    if measure.condition_due_on is None:
        return {}
    return {"text": measure.condition, "due_on": measure.condition_due_on.isoformat()}


def answer(
    work: UnitOfWork, measure: ApprovalMeasure, text: str, attachments: Sequence[ReceivedFile] = ()
) -> None:
    """The provider's explanation with its attachments; the measure goes back to the reviewer, who is told.

    Raises Invalid without words and Conflict when the explanation is no longer waited for.
    """
    _demand(measure, MeasureAction.ANSWER, _l("The explanation is no longer waited for."))
    said = demand_words(text, _l("Write the explanation."), field="answer")
    measure.answer, measure.answered_at, measure.answered_by_id = said, work.now, work.actor.user_id
    measure.attachments = attached(work, attachments)
    told = attachments_told(measure.attachments)
    _back_to_reviewer(work, measure, MeasureAction.ANSWER, {"text": said, **told})


def write_down_answer(work: UnitOfWork, measure: ApprovalMeasure, given: WrittenAnswer) -> None:
    """The explanation of a provider that answered by letter or mail, as the office writes it down.

    It is still possible after the last day, as long as no decision is proposed. Raises Invalid without words or for a
    day that cannot be, Conflict when no explanation is waited for, NotAllowed.
    """
    require(work, measure.approval, MeasureAction.PROPOSE)
    if not rules.takes_written_answer(
        measure.state, heard=measure.hearing_due_on is not None, answer=measure.answer
    ):
        raise Conflict(_l("The explanation is no longer waited for."))
    said = demand_words(given.words, _l("Write the answer as the provider gave it."), field="answer")
    refuse_all(came_refusals(given.came_on, asked_on(work.session, measure), work.today))
    measure.answer, measure.answered_at, measure.answered_by_id = said, work.now, work.actor.user_id
    measure.answer_came_on = given.came_on
    measure.answer_file = keep_file(work, given.letter) if given.letter else None
    after = {"text": said, "came_on": given.came_on.isoformat()}
    if rules.MEASURE.allows(measure.state, MeasureAction.ANSWER):
        _back_to_reviewer(work, measure, MeasureAction.ANSWER, after)
    else:
        after |= {"kind": measure.kind}
        record_in_pilot(work, ApprovalAudit.ANSWER, measure.approval, after=after)


def asked_on(session: Session, measure: ApprovalMeasure) -> date:
    """The day on which the provider was asked to explain."""
    asked = document_of(session, Served.MEASURE_HEARING, ServedDocument.measure_id, measure.id)
    return asked.written_on if asked is not None else helsinki_date(measure.proposed_at)


def lapse(work: UnitOfWork, measure: ApprovalMeasure) -> None:
    """End the hearing when its last day has passed without an explanation; the reviewer is told."""
    _back_to_reviewer(work, measure, MeasureAction.LAPSE, {})


def propose(
    work: UnitOfWork, measure: ApprovalMeasure, response: str, *, condition_due_on: date | None = None
) -> None:
    """Propose the measure after the hearing: `response` is what the decision says to the explanation.

    The last day of a condition can be later than that on which the provider was heard: `condition_due_on`. Raises
    Invalid when an explanation is left unanswered or for such a day that is sooner or past, Conflict when the measure
    is not with the reviewer, NotAllowed.
    """
    require(work, measure.approval, MeasureAction.PROPOSE)
    _demand(measure, MeasureAction.PROPOSE, _l("The measure is not with the reviewer."))
    refuse_all(proposal_refusals(measure, response, condition_due_on, work.today))
    measure.response = response.strip()
    if measure.condition_due_on is not None:
        measure.condition_due_on = condition_due_on
    measure.state = rules.MEASURE.next(measure.state, MeasureAction.PROPOSE)
    measure.proposed_by = work.session.get_one(User, work.actor.user_id)
    measure.proposed_at = work.now
    after = {"kind": measure.kind, "grounds": measure.grounds, "response": measure.response}
    after |= _condition_told(measure)
    record_in_pilot(work, ApprovalAudit.PROPOSE, measure.approval, after=after)


def proposal_refusals(
    measure: ApprovalMeasure, response: str, condition_due_on: date | None, today: date
) -> list[Fault]:
    """Everything for which a measure cannot be proposed like this after the hearing, as (field, message)."""
    faults = rules.proposal_faults(
        response,
        explained=bool(measure.answer),
        day=condition_due_on,
        heard_on=measure.condition_due_on,
        today=today,
    )
    return [(field, FAULTS[fault]) for field, fault in faults]


def _back_to_reviewer(
    work: UnitOfWork, measure: ApprovalMeasure, action: MeasureAction, after: Mapping[str, Any]
) -> None:
    measure.state = rules.MEASURE.next(measure.state, action)
    record_in_pilot(work, ApprovalAudit.of(action), measure.approval, after={"kind": measure.kind, **after})
    if measure.proposed_by.active:
        mails.approval_measure_back(work, measure.proposed_by, measure, action)


def fall(work: UnitOfWork, approvals: Sequence[int]) -> list[tuple[str, object]]:
    """Close the open measures on approvals that the provider leaves: (service, name of the measure) of each.

    It is part of the leaving, by whoever may leave. For the slot `providers.approvals_left`.
    """
    fallen = work.session.scalars(
        sa.select(ApprovalMeasure)
        .where(ApprovalMeasure.approval_id.in_(approvals), ApprovalMeasure.state.in_(rules.MEASURE.open))
        .order_by(ApprovalMeasure.id)
        .execution_options(populate_existing=True)
    ).all()
    for measure in fallen:
        measure.state = rules.MEASURE.next(measure.state, MeasureAction.FALL)
        record_in_pilot(work, ApprovalAudit.FALL, measure.approval, after={"kind": measure.kind})
    return [(measure.approval.service_key, NAMES[measure.kind]) for measure in fallen]


def drop(work: UnitOfWork, measure: ApprovalMeasure, reason: str) -> None:
    """Give the measure up, with the reason; a provider that has been asked is told both. A letter that still
    waits to be posted is dropped.

    Raises Conflict when it is over already, Invalid without a reason, NotAllowed.
    """
    require(work, measure.approval, MeasureAction.DROP)
    _demand(measure, MeasureAction.DROP, _l("The measure is no longer under way."))
    why = demand_words(reason, _l("Write why the measure is dropped."), field="reason")
    measure.state, measure.closing_reason = rules.MEASURE.next(measure.state, MeasureAction.DROP), why
    after = {"kind": measure.kind, "reason": why}
    record_in_pilot(work, ApprovalAudit.DROP, measure.approval, after=after)
    _tell_of_dropping(work, measure)


def send_back(work: UnitOfWork, measure: ApprovalMeasure, reason: str) -> None:
    """The decider does not decide as proposed: the measure goes back to the reviewer, open and with its explanation.

    The reviewer is mailed the reason; the provider is told nothing, as nothing has changed for it.
    """
    require(work, measure.approval, MeasureAction.RETURN)
    _demand(measure, MeasureAction.RETURN, _l("The measure does not wait for a decision."))
    measure.closing_reason = demand_words(reason, _l("Write why you return the proposal."), field="reason")
    _back_to_reviewer(work, measure, MeasureAction.RETURN, {"reason": measure.closing_reason})


def _tell_of_dropping(work: UnitOfWork, measure: ApprovalMeasure) -> None:
    told = has_been_heard_of(work.session, measure)
    call_off(work.session, ServedDocument.measure_id, measure.id)
    if told:
        tell(work, Served.MEASURE_END, measure, lambda to: mails.approval_measure_dropped(work, to, measure))


def has_been_heard_of(session: Session, measure: ApprovalMeasure) -> bool:
    """Whether the provider was asked for its explanation, by mail or by a letter that was posted."""
    unread = is_unserved(session, Served.MEASURE_HEARING, ServedDocument.measure_id, measure.id)
    return measure.hearing_due_on is not None and not unread


def _demand(measure: ApprovalMeasure, action: MeasureAction, message: object) -> None:
    if not rules.MEASURE.allows(measure.state, action):
        raise Conflict(message)


# --- yearly checks --------------------------------------------------------------------------------------------------


def recheck(
    work: UnitOfWork, approval: ServiceApproval, text: str, chosen: Collection[str] = ()
) -> ApprovalRecheck:
    """Write down that the approval has been looked at and stands; `chosen` are ids of points (`rules.point_id`).

    Raises Conflict when it does not stand, and Invalid when neither a point nor words tell what was looked at.
    """
    require(work, approval, ConditionAction.MEET)
    if approval.state not in APPROVAL.standing:
        raise Conflict(REFUSALS[approval.state])
    points = rules.looked_at(queries.yearly_points(work.session, approval), chosen)
    if not text.strip() and not any(each["looked"] for each in points):
        raise Invalid(
            _l("Choose or write what was looked at in each approval.")
            if points
            else _l("Write what was looked at."),
            field="points" if points else "note",
        )
    checked = ApprovalRecheck(
        approval_id=approval.id,
        checked_on=work.today,
        checked_by_id=work.actor.user_id,
        note=text.strip(),
        points=points,
    )
    work.session.add(checked)
    after = {"note": checked.note, **_told_points(points)}
    record_in_pilot(work, ApprovalAudit.RECHECK, approval, after=after)
    return checked


def _told_points(points: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """The points of a check as its event tells them: those looked at, and the others."""
    told: dict[str, list[dict[str, str]]] = {"looked_at": [], "not_looked_at": []}
    for each in points:
        told["looked_at" if each["looked"] else "not_looked_at"].append({"fi": each["fi"], "sv": each["sv"]})
    return {name: said for name, said in told.items() if said}


def recheck_several(
    work: UnitOfWork, chosen: Collection[int], text: str, points: Collection[str] = ()
) -> int:
    """Write the same down for several approvals, all or none; how many there were.

    Raises Invalid when none is chosen or one of them needs something else than the check, and what `recheck` raises.
    """
    if not chosen:
        raise Invalid(_l("Choose at least one approval."), field="chosen")
    approvals = [queries.for_office(work, each, lock=True) for each in sorted(chosen)]
    if any(
        each.needs(work.today) != {queries.RECHECK}
        for each in queries.standings(work.session, approvals, today=work.today)
    ):
        raise Invalid(
            _l("One of these needs something else than the yearly check by now. Open it by itself."),
            field="chosen",
        )
    for approval in approvals:
        recheck(work, approval, text, points)
    return len(approvals)


# --- telling ---------------------------------------------------------------------------------------------------------


def tell(
    work: UnitOfWork, kind: Served, measure: ApprovalMeasure, write: Callable[[Recipient], OutboxMessage]
) -> None:
    """Bring the news of a measure to the provider: by mail, or as a letter that the office posts."""
    approval = measure.approval
    work.session.flush()
    reach = reach_of(work.session, approval.provider)
    serve(work, kind, approval.provider, approval.pilot_key, reach, write, measure_id=measure.id)


def admins(session: Session, provider_id: int) -> list[User]:
    """The people who take care of the provider's matters, by name."""
    return [
        person
        for person in provider_people(session, provider_id)
        if any(
            grant.role == Role.PROVIDER_ADMIN and grant.provider_id == provider_id for grant in person.grants
        )
    ]


def language_of(session: Session, approval: ServiceApproval) -> str:
    """The language of the provider's documents: that of the first who gets them."""
    return reading_language(session, approval.provider)
