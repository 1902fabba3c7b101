"""Proposing a decision, and giving a proposal back. The application is locked by `queries.for_office(lock=True)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, ApplicationLine
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals import mails
from marketplace.approvals.hearing.queries import heard_services
from marketplace.approvals.proposing.phrases import LIBRARY
from marketplace.approvals.proposing.rules import LineProposal, proposal_faults
from marketplace.approvals.steps import move, record_step, require_action
from marketplace.decisions.service import Refused
from marketplace.errors import Invalid
from marketplace.i18n import _l, helsinki_date
from marketplace.work import UnitOfWork

PROPOSAL_FAULTS: Final[dict[str, Any]] = {
    "no_outcome": _l("Choose what you propose."),
    "no_grounds": _l("Choose or write the grounds. A decision cannot be made without them."),
    "no_hearing": _l(
        "The provider has not been heard on this. Hear the provider first, then you can propose a rejection."
    ),
    "nothing_left": _l("The approval would cover no municipality. Propose a rejection instead."),
    "part_unheard": _l(
        "Leaving municipalities out rejects a part of the application. Hear the provider on this service first."
    ),
    "no_grounds_of_part": _l("Write in your own words why these municipalities are left out."),
    "no_conditions": _l("Write the conditions of the approval."),
    "condition_without_words": _l("Write the condition that is to be met by this day, or remove the day."),
    "condition_past": _l("The due date is in the past. Give today or a later day."),
    "conditions_without_use": _l(
        "Conditions belong only to an approval with conditions. Remove them or change the proposal."
    ),
}


def propose(work: UnitOfWork, application: Application, proposals: Sequence[LineProposal]) -> None:
    """Propose a decision on every line.

    Raises Refused when a line lacks its outcome, grounds or conditions, has a condition whose day has passed, or would
    be rejected without hearing the provider.
    """
    require_action(work, application, ApplicationAction.PROPOSE)
    if faults := proposal_refusals(work.session, application, proposals, now=work.now):
        raise Refused(faults)
    before = move(application, ApplicationAction.PROPOSE)
    for line, proposal in _for_each_line(application, proposals):
        line.proposed_outcome = proposal.outcome
        line.proposed_phrases = list(proposal.phrases)
        line.proposed_grounds = proposal.grounds.strip()
        line.proposed_conditions = [each.as_json() for each in proposal.conditions if not each.is_blank]
        line.proposed_left_out = list(proposal.left_out)
        line.proposed_by_id = work.actor.user_id
        line.proposed_at = work.now
    application.handler_id = application.handler_id or work.actor.user_id
    outcomes = {line.service_key: line.proposed_outcome for line in application.lines}
    after: dict[str, Any] = {"proposals": outcomes}
    if left_out := left_out_of(application):
        after["left_out"] = left_out
    record_step(work, application, ApplicationAudit.PROPOSE, before=before, after=after)


def left_out_of(application: Application) -> dict[str, list[str]]:
    """The municipalities that are left out, by service."""
    return {line.service_key: line.proposed_left_out for line in application.lines if line.proposed_left_out}


def proposal_refusals(
    session: Session, application: Application, proposals: Sequence[LineProposal], *, now: datetime
) -> list[tuple[str, Any]]:
    """Everything for which the decision cannot be proposed, as (field, message); `grounds-7` is of line 7."""
    heard, today = heard_services(session, application), helsinki_date(now)
    return [
        (f"{field}-{line.id}", PROPOSAL_FAULTS[fault])
        for line, proposal in _for_each_line(application, proposals)
        for field, fault in proposal_faults(
            proposal, applied=line.municipalities, heard=line.service_key in heard, today=today
        )
    ]


def _for_each_line(
    application: Application, proposals: Sequence[LineProposal]
) -> list[tuple[ApplicationLine, LineProposal]]:
    """Every line with what is proposed for it, be it nothing."""
    given = {proposal.line_id: proposal for proposal in proposals}
    return [
        (line, _fitted(line, given.get(line.id, LineProposal(line.id, None, ""))))
        for line in application.lines
    ]


def _fitted(line: ApplicationLine, proposal: LineProposal) -> LineProposal:
    """The proposal without phrases of another outcome or service: grounds for an approval reject nothing.

    A rejection leaves nothing out by itself, and what was not applied for cannot be left out.
    """
    approves = proposal.outcome is not None and proposal.outcome.approves
    return replace(
        proposal,
        phrases=LIBRARY.fitting(proposal.phrases, line.service_key, proposal.outcome),
        left_out=tuple(code for code in line.municipalities if approves and code in proposal.left_out),
    )


def return_to_reviewer(work: UnitOfWork, application: Application, reason: str) -> None:
    """Give a proposal back to the reviewer with the reason, which goes by mail. Raises Invalid without a reason."""
    require_action(work, application, ApplicationAction.RETURN)
    if not reason.strip():
        raise Invalid(_l("Write why you return the proposal."), field="reason")
    before = move(application, ApplicationAction.RETURN)
    record_step(work, application, ApplicationAudit.RETURN, before=before, after={"reason": reason.strip()})
    mails.application_returned(work, application, reason.strip())
