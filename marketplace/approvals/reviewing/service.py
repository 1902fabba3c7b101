"""What the office does to an application. Every verb takes it locked by `queries.for_office(lock=True)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.applications import queries, rules
from marketplace.applications.models import Application, ApplicationLine, CompletionRequest
from marketplace.approvals.reviewing.phrases import fitting
from marketplace.approvals.reviewing.queries import heard_services
from marketplace.approvals.reviewing.rules import AskedItem, LineProposal, completion_faults, proposal_faults
from marketplace.errors import Invalid, NotAllowed
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import Actor
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.trail import record_in_pilot

COMPLETION_FAULTS: Final[dict[str, Any]] = {
    "past": _l("The due date is in the past. Give today or a later day."),
    "nothing": _l("Choose at least one part of the application and write what is missing in it."),
    "unknown_section": _l("The application has no such part."),
    "no_words": _l("Write what you ask for in this part, or leave the part out."),
}

PROPOSAL_FAULTS: Final[dict[str, Any]] = {
    "no_outcome": _l("Choose what you propose."),
    "no_grounds": _l("Choose or write the grounds. A decision cannot be made without them."),
    "no_hearing": _l(
        "The provider has not been heard on this. Hear the provider first, then you can propose a rejection."
    ),
    "no_conditions": _l("Write the conditions of the approval."),
    "condition_without_words": _l("Write the condition that is to be met by this day, or remove the day."),
    "condition_past": COMPLETION_FAULTS["past"],
    "conditions_without_use": _l(
        "Conditions belong only to an approval with conditions. Remove them or change the proposal."
    ),
}


class Refused(Invalid):
    """A step lacks something, or several things; `faults` are (field, message)."""

    def __init__(self, faults: Sequence[tuple[str, Any]]) -> None:
        super().__init__(faults[0][1], field=faults[0][0])
        self.faults = tuple(faults)


def take(session: Session, application: Application, *, actor: Actor, now: datetime) -> None:
    """Take an application into review and become its handler. Raises NoSuchTransition when somebody else has."""
    require_action(actor, application, "take")
    before = move(application, "take")
    application.handler_id = actor.user_id
    record_step(session, application, "take", actor, now, before=before)


def request_completion(
    session: Session,
    application: Application,
    items: Sequence[AskedItem],
    *,
    due_on: date,
    actor: Actor,
    now: datetime,
) -> CompletionRequest:
    """Ask the provider to complete the named sections by `due_on`; the applicant is told by mail.

    Raises Refused for a day in the past, no section, an unknown one or one without words.
    """
    require_action(actor, application, "request_completion")
    if faults := completion_refusals(session, application, items, due_on=due_on, now=now):
        raise Refused(faults)
    form = queries.definition_of(session, application)
    before = move(application, "request_completion")
    request = CompletionRequest(
        requested_by_id=actor.user_id,
        requested_at=now,
        due_on=due_on,
        items=[
            {
                "section": item.section,
                "text": item.text.strip(),
                "seen": rules.fingerprint(queries.section_values(application, form, item.section)),
            }
            for item in items
        ],
    )
    application.completion_requests.append(request)
    application.handler_id = application.handler_id or actor.user_id
    asked = [{"section": item.section, "text": item.text.strip()} for item in items]
    record_step(
        session,
        application,
        "request_completion",
        actor,
        now,
        before=before,
        after={"due_on": due_on.isoformat(), "items": asked},
    )
    mail(
        session,
        application,
        application.created_by,
        "application_completion",
        now,
        form=form,
        completion=request,
    )
    return request


def completion_refusals(
    session: Session,
    application: Application,
    items: Sequence[AskedItem],
    *,
    due_on: date | None,
    now: datetime,
) -> list[tuple[str, Any]]:
    """Everything for which the completion cannot be asked for, as (field, message)."""
    known = queries.section_keys(application, queries.definition_of(session, application))
    faults = completion_faults(items, known, due_on, helsinki_date(now))
    return [(field, COMPLETION_FAULTS[fault]) for field, fault in faults]


def propose(
    session: Session,
    application: Application,
    proposals: Sequence[LineProposal],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Propose a decision on every line.

    Raises Refused when a line lacks its outcome, grounds or conditions, has a condition whose day has passed, or would
    be rejected without hearing the provider.
    """
    require_action(actor, application, "propose")
    if faults := proposal_refusals(session, application, proposals, now=now):
        raise Refused(faults)
    before = move(application, "propose")
    for line, proposal in _for_each_line(application, proposals):
        line.proposed_outcome = proposal.outcome
        line.proposed_phrases = list(proposal.phrases)
        line.proposed_grounds = proposal.grounds.strip()
        line.proposed_conditions = [each.as_json() for each in proposal.conditions if not each.is_blank]
        line.proposed_by_id = actor.user_id
        line.proposed_at = now
    application.handler_id = application.handler_id or actor.user_id
    outcomes = {line.service_key: line.proposed_outcome for line in application.lines}
    record_step(session, application, "propose", actor, now, before=before, after={"proposals": outcomes})


def proposal_refusals(
    session: Session, application: Application, proposals: Sequence[LineProposal], *, now: datetime
) -> list[tuple[str, Any]]:
    """Everything for which the decision cannot be proposed, as (field, message); `grounds-7` is of line 7."""
    heard, today = heard_services(session, application), helsinki_date(now)
    return [
        (f"{field}-{line.id}", PROPOSAL_FAULTS[fault])
        for line, proposal in _for_each_line(application, proposals)
        for field, fault in proposal_faults(proposal, heard=line.service_key in heard, today=today)
    ]


def _for_each_line(
    application: Application, proposals: Sequence[LineProposal]
) -> list[tuple[ApplicationLine, LineProposal]]:
    """Every line with what is proposed for it, be it nothing."""
    given = {proposal.line_id: proposal for proposal in proposals}
    return [
        (line, _fitted(line, given.get(line.id, LineProposal(line.id, "", "")))) for line in application.lines
    ]


def _fitted(line: ApplicationLine, proposal: LineProposal) -> LineProposal:
    """The proposal without phrases of another outcome or service: grounds for an approval reject nothing."""
    return replace(proposal, phrases=fitting(proposal.phrases, line.service_key, proposal.outcome))


def return_to_reviewer(
    session: Session, application: Application, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Give a proposal back to the reviewer with the reason, which goes by mail. Raises Invalid without a reason."""
    require_action(actor, application, "return")
    if not reason.strip():
        raise Invalid(_l("Write why you return the proposal."), field="reason")
    before = move(application, "return")
    record_step(session, application, "return", actor, now, before=before, after={"reason": reason.strip()})
    if application.handler is not None:
        form = queries.definition_of(session, application)
        mail(
            session,
            application,
            application.handler,
            "application_returned",
            now,
            form=form,
            reason=reason.strip(),
        )


def require_action(actor: Actor, application: Application, action: str) -> None:
    """Raise NotAllowed unless the actor's role in the pilot's organisation allows the action."""
    permission = rules.ACTION_PERMISSIONS[action]
    if actor.user_id is None or not actor.may(permission, organisation=application.pilot.organisation_key):
        raise NotAllowed(_l("Your role does not allow this step."))


def move(application: Application, action: str) -> dict[str, str]:
    """Take the action by the workflow's table; the state before, for the audit trail."""
    before = application.state
    application.state = rules.WORKFLOW.next(before, action)
    return {"state": before}


def record_step(
    session: Session,
    application: Application,
    verb: str,
    actor: Actor,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write the event `application.<verb>` with the state it led to."""
    told = {"state": application.state, **(after or {})}
    record_in_pilot(session, application, f"application.{verb}", actor, now, before=before, after=told)


def mail(
    session: Session,
    application: Application,
    person: User,
    template: str,
    now: datetime,
    *,
    form: PilotDefinition,
    attachments: Sequence[outbox.Attachment] = (),
    **context: Any,
) -> None:
    """Mail to a person in the person's language; `context` is what the template shows beside the application."""
    outbox.send(
        session,
        to=person.email,
        language=person.language,
        template=template,
        now=now,
        context={
            "name": person.name,
            "application": application,
            "pilot": form.name[person.language],
            "definition": form,
            **context,
        },
        attachments=attachments,
    )
