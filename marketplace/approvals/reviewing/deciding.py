"""Making the decision: number, document, approvals and mail in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.approvals import queries, rules
from marketplace.approvals.models import Application, ApplicationLine, Decision
from marketplace.approvals.reviewing.document import decision_document
from marketplace.approvals.reviewing.service import require_action
from marketplace.audit.service import record
from marketplace.errors import NotAllowed
from marketplace.filestore import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor
from marketplace.pilots.models import Organisation
from marketplace.providers.evidence.service import keep_file
from marketplace.providers.models import ServiceApproval

CURRENT_APPROVALS: Final = ("approved", "suspended")


def decide(
    session: Session, application: Application, *, store: FileStore, actor: Actor, now: datetime
) -> Decision:
    """Decide every line as it was proposed. The application must be locked by `queries.for_office(lock=True)`.

    The decision gets the organisation's next number of the year, and its document, in the language of the person who
    began the application, is archived and mailed. Approved lines become the provider's approvals. Raises NotAllowed
    for one's own proposal, NoSuchTransition when the application is not waiting for a decision.
    """
    require_action(actor, application, "decide")
    state = rules.WORKFLOW.next(application.state, "decide")
    if not rules.may_decide(actor.user_id, (line.proposed_by_id for line in application.lines)):
        raise NotAllowed(
            _l(
                "You proposed this decision yourself. Another person with the decider’s role makes the decision."
            )
        )
    decider = session.get_one(User, actor.user_id)
    applicant = application.created_by
    number = _next_number(session, application.pilot.organisation_key, helsinki_date(now).year)
    form = queries.definition_of(session, application)
    document = decision_document(
        application, form, number=number, decided_by=decider, language=applicant.language, now=now
    )
    name = f"{number.replace('/', '-').lower()}.pdf"
    received = store.put(document, media_type="application/pdf", name=name)
    decision = Decision(
        number=number,
        language=applicant.language,
        decided_on=helsinki_date(now),
        proposed_by_id=application.lines[0].proposed_by_id,
        decided_by_id=decider.id,
        file=keep_file(session, received, actor=actor, now=now),
    )
    application.decisions.append(decision)
    application.state = state
    for line in application.lines:
        _settle(session, application, line, decider, now)
    record(
        session,
        actor=actor,
        now=now,
        action="application.decide",
        subject=application,
        organisation=application.pilot.organisation_key,
        before={"state": "proposed"},
        after={
            "state": state,
            "number": number,
            "outcomes": {line.service_key: line.outcome for line in application.lines},
            "sha256": received.sha256,
        },
    )
    outbox.send(
        session,
        to=applicant.email,
        language=applicant.language,
        template="decision_made",
        now=now,
        context={
            "name": applicant.name,
            "application": application,
            "pilot": form.name[applicant.language],
            "number": number,
            "days": rules.APPEAL_DAYS,
        },
        attachments=[(name, "application/pdf", document)],
    )
    return decision


def _next_number(session: Session, organisation_key: str, year: int) -> str:
    """The next number of the organisation's decisions of the year: `KEUSOTE-2026/12`.

    The organisation's row is locked, so that two deciders never get the same one.
    """
    session.get_one(Organisation, organisation_key, with_for_update=True)
    prefix = rules.decision_prefix(organisation_key, year)
    running = sa.cast(sa.func.substr(Decision.number, len(prefix) + 1), sa.Integer)
    last = session.scalar(
        sa.select(sa.func.max(running)).where(Decision.number.startswith(prefix, autoescape=True))
    )
    return f"{prefix}{(last or 0) + 1}"


def _settle(
    session: Session, application: Application, line: ApplicationLine, decider: User, now: datetime
) -> None:
    """Write the outcome on the line; an approved one becomes the provider's approval for the service."""
    line.outcome = line.proposed_outcome
    line.decided_by_id = decider.id
    line.decided_at = now
    if line.outcome not in rules.APPROVING_OUTCOMES:
        return
    approval = session.scalar(
        sa.select(ServiceApproval).where(
            ServiceApproval.provider_id == application.provider_id,
            ServiceApproval.pilot_key == application.pilot_key,
            ServiceApproval.service_key == line.service_key,
            ServiceApproval.state.in_(CURRENT_APPROVALS),
        )
    )
    if approval is None:
        approval = ServiceApproval(
            provider_id=application.provider_id,
            pilot_key=application.pilot_key,
            service_key=line.service_key,
            state="approved",
        )
        session.add(approval)
    approval.pilot_version_id = application.pilot_version_id
    approval.municipalities = list(line.municipalities)
    approval.conditions = line.proposed_conditions or ""
    approval.approved_on = helsinki_date(now)
    approval.application_line_id = line.id
