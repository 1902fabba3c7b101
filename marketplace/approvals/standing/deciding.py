"""The decision on a measure: number, document, the approval's new state and mail in one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.approvals.standing import queries, rules
from marketplace.approvals.standing.document import measure_document
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.service import demand_possible, mail, require
from marketplace.decisions.rules import MEASURES, PROVIDER_REVIEW_DAYS
from marketplace.decisions.service import archive, demand_other_person, next_number
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.approved_services.service import apply_measure


def decide(
    session: Session, measure: ApprovalMeasure, *, store: FileStore, actor: Actor, now: datetime
) -> ApprovalMeasure:
    """Decide as proposed. The approval must be locked by `queries.for_office(lock=True)`.

    The approval takes its new state, which hides or shows its offers; the document in the provider's language is
    archived and mailed. Raises NotAllowed for one's own proposal, Conflict when the measure does not wait for a
    decision or the approval has moved on.
    """
    approval = measure.approval
    require(actor, approval, "decide")
    if not rules.MEASURE.allows(measure.state, "decide"):
        raise Conflict(_l("The measure does not wait for a decision."))
    demand_other_person(actor, [measure.proposed_by_id])
    demand_possible(approval, measure.kind)
    decider = session.get_one(User, actor.user_id)
    organisation = approval.pilot.organisation
    number = next_number(session, ApprovalMeasure.number, organisation.key, helsinki_date(now), MEASURES)
    definition = queries.definition_of(session, approval)
    document = measure_document(measure, definition, organisation, number=number, decided_by=decider, now=now)
    kept = archive(session, document, number, store=store, actor=actor, now=now)
    measure.file = kept.file
    measure.number, measure.decided_by_id, measure.decided_at = number, decider.id, now
    measure.state = rules.MEASURE.next(measure.state, "decide")
    before = apply_measure(approval, measure.kind)
    record_in_pilot(
        session,
        approval,
        "approval.decide",
        actor,
        now,
        before={"state": before},
        after={
            "state": approval.state,
            "kind": measure.kind,
            "number": number,
            "grounds": measure.grounds,
            "sha256": kept.sha256,
        },
    )
    mail(
        session,
        approval,
        "approval_measure_decided",
        now,
        measure=measure,
        number=number,
        days=PROVIDER_REVIEW_DAYS,
        attachments=[kept.attachment],
    )
    return measure
