"""The decision on a measure: number, document, the approval's new state and mail in one transaction."""

from __future__ import annotations

from marketplace.accounts.models import User
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import is_unserved
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing import mails, rules
from marketplace.approvals.standing.conditions import bind
from marketplace.approvals.standing.document import measure_paper
from marketplace.approvals.standing.labels import OUTCOMES
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasureAction
from marketplace.approvals.standing.service import demand_possible, require, tell
from marketplace.decisions.document import Paper
from marketplace.decisions.rules import MEASURES
from marketplace.decisions.service import archive, demand_other_person, next_number
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.i18n import _, _l, in_language
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.approved_services.service import apply_measure
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.participation.service import offers_lost
from marketplace.work import UnitOfWork


def decide(work: UnitOfWork, measure: ApprovalMeasure, *, store: FileStore) -> ApprovalMeasure:
    """Decide as proposed. The approval must be locked by `queries.for_office(lock=True)`.

    The approval takes its new state, which hides or shows its offers, or gets its condition; the document in the
    provider's language is archived and mailed. Raises NotAllowed for one's own proposal, Conflict when the measure does
    not wait for a decision, the approval has moved on, or the day of the condition has passed.
    """
    approval = measure.approval
    require(work, approval, MeasureAction.DECIDE)
    if not rules.MEASURE.allows(measure.state, MeasureAction.DECIDE):
        raise Conflict(_l("The measure does not wait for a decision."))
    if is_unserved(work.session, Served.MEASURE_HEARING, ServedDocument.measure_id, measure.id):
        raise Conflict(
            _l("The provider has not been reached yet: the letter of the hearing has to be posted.")
        )
    demand_other_person(work.actor, [measure.proposed_by_id])
    demand_possible(work.session, approval, measure.kind)
    if measure.condition_due_on is not None and measure.condition_due_on < work.today:
        raise Conflict(
            _l(
                "The day of the condition has passed. Return the proposal to the reviewer, who sets a later one."
            )
        )
    decider = work.session.get_one(User, work.actor.user_id)
    organisation = approval.pilot.organisation
    number = next_number(work.session, ApprovalMeasure.number, organisation.key, work.today, MEASURES)
    paper = _written(work, measure, decider, number)
    kept = archive(work, paper.pdf(), number, store=store)
    measure.file, measure.content = kept.file, paper.kept
    measure.number, measure.decided_by_id, measure.decided_at = number, decider.id, work.now
    measure.state = rules.MEASURE.next(measure.state, MeasureAction.DECIDE)
    before = apply_measure(work, approval, measure.kind)
    record_in_pilot(
        work,
        ApprovalAudit.DECIDE,
        approval,
        before={"state": before},
        after={
            "state": approval.state,
            "kind": measure.kind,
            "number": number,
            "grounds": measure.grounds,
            "sha256": kept.sha256,
        },
    )
    if measure.condition_due_on is not None:
        bind(work, measure, measure.condition_due_on)
    if measure.kind in rules.MEASURE.hiding:
        for lost in offers_lost:
            lost(work, [approval.id], OUTCOMES[measure.kind])
    tell(
        work,
        Served.MEASURE_DECISION,
        measure,
        lambda to: mails.approval_measure_decided(work, to, measure, kept.attachment),
    )
    return measure


def preview(work: UnitOfWork, measure: ApprovalMeasure) -> bytes:
    """The document as it would be if the actor decided now: under no number, and kept nowhere."""
    with in_language(measure.language):
        number = _("Draft, not decided")
    return _written(work, measure, work.session.get_one(User, work.actor.user_id), number).pdf()


def _written(work: UnitOfWork, measure: ApprovalMeasure, decider: User, number: str) -> Paper:
    approval = measure.approval
    return measure_paper(
        measure,
        kept_definition(work.session, approval.pilot_version_id),
        approval.pilot.organisation,
        number=number,
        decided_by=decider,
        now=work.now,
    )
