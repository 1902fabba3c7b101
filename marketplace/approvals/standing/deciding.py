"""The decision on a measure: number, document, the approval's new state and mail in one transaction."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.approvals.standing import queries, rules
from marketplace.approvals.standing.document import measure_document
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.service import demand_possible, mail, require
from marketplace.decisions.rules import APPEAL_DAYS, may_decide, measure_prefix
from marketplace.errors import Conflict, NotAllowed
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor
from marketplace.pilots.models import Organisation
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.rules import APPROVAL


def decide(
    session: Session, measure: ApprovalMeasure, *, store: FileStore, actor: Actor, now: datetime
) -> ApprovalMeasure:
    """Decide as proposed. The approval must be locked by `queries.for_office(lock=True)`.

    The approval takes its new state, which hides or shows its offers; the document in the provider's language is
    archived and mailed. Raises NotAllowed for one's own proposal, Conflict when the measure does not wait for a
    decision or the approval has moved on.
    """
    approval = measure.approval
    require(session, actor, approval, "decide")
    if not rules.MEASURE.allows(measure.state, "decide"):
        raise Conflict(_l("The measure does not wait for a decision."))
    if not may_decide(actor.user_id, [measure.proposed_by_id]):
        raise NotAllowed(
            _l(
                "You proposed this decision yourself. Another person with the decider’s role makes the decision."
            )
        )
    demand_possible(approval, measure.kind)
    decider = session.get_one(User, actor.user_id)
    key = queries.organisation_of(session, approval)
    organisation = session.get_one(Organisation, key, with_for_update=True)
    number = _next_number(session, key, helsinki_date(now).year)
    form = queries.definition_of(session, approval)
    document = measure_document(measure, form, organisation, number=number, decided_by=decider, now=now)
    name = f"{number.replace('/', '-').lower()}.pdf"
    received = store.put(document, media_type="application/pdf", name=name)
    measure.file = keep_file(session, received, actor=actor, now=now)
    measure.number, measure.decided_by_id, measure.decided_at = number, decider.id, now
    measure.state = rules.MEASURE.next(measure.state, "decide")
    before, approval.state = approval.state, APPROVAL.next(approval.state, measure.kind)
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
            "sha256": received.sha256,
        },
    )
    mail(
        session,
        approval,
        "approval_measure_decided",
        now,
        measure=measure,
        number=number,
        days=APPEAL_DAYS,
        attachments=[(name, "application/pdf", document)],
    )
    return measure


def _next_number(session: Session, organisation_key: str, year: int) -> str:
    """The next number of the organisation's measures of the year; its row is locked by the caller."""
    prefix = measure_prefix(organisation_key, year)
    running = sa.cast(sa.func.substr(ApprovalMeasure.number, len(prefix) + 1), sa.Integer)
    last = session.scalar(
        sa.select(sa.func.max(running)).where(ApprovalMeasure.number.startswith(prefix, autoescape=True))
    )
    return f"{prefix}{(last or 0) + 1}"
