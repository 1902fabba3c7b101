"""Making the decision: number, document, approvals and mail in one transaction."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications import rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, ApplicationLine, Decision
from marketplace.applications.prefill import queries as applying
from marketplace.applications.rules import ApplicationAction, ApplicationState
from marketplace.approvals import mails
from marketplace.approvals.contesting.queries import is_set_aside, unfounded_services
from marketplace.approvals.deciding.document import application_decision
from marketplace.approvals.hearing.queries import heard_services, hearings
from marketplace.approvals.proposing.phrases import grounds
from marketplace.approvals.proposing.rules import conditions_of, is_past, proposal_mark, unheard
from marketplace.approvals.proposing.service import left_out_of
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of, serve
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.approvals.standing.rules import CONDITION
from marketplace.approvals.steps import require_action
from marketplace.decisions.document import Paper
from marketplace.decisions.service import archive, demand_other_person, next_number
from marketplace.errors import Conflict, Invalid
from marketplace.files.store import FileStore
from marketplace.i18n import _, _l, in_language
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.approved_services.service import grant_or_extend
from marketplace.providers.evidence.looking import settle_with_decision
from marketplace.work import UnitOfWork


class ProposalOvertaken(Conflict):
    """The proposal is no longer the one that the decider read."""


def seen_mark(application: Application) -> str:
    """A mark of the proposal as it stands: what a decider's form carries."""
    return proposal_mark(
        (
            line.id,
            line.proposed_outcome,
            line.proposed_phrases,
            line.proposed_grounds,
            line.proposed_conditions,
            line.proposed_left_out,
        )
        for line in application.lines
    )


def decide(work: UnitOfWork, application: Application, *, seen: str, store: FileStore) -> Decision:
    """Decide every line as it was proposed. The application must be locked by `queries.for_office(lock=True)`.

    `seen` is the `seen_mark` of the proposal that the decider read. The decision gets the organisation's next number
    of the year, and its document, in the language of the person who began the application, is archived and mailed.
    Approved lines become the provider's approvals. Raises NotAllowed for one's own proposal, NoSuchTransition when the
    application is not waiting for a decision, Overtaken when the proposal has changed, Invalid when a line has no
    grounds or would be rejected without a hearing.
    """
    require_action(work, application, ApplicationAction.DECIDE)
    state = rules.APPLICATION.next(application.state, ApplicationAction.DECIDE)
    demand_other_person(work.actor, (line.proposed_by_id for line in application.lines))
    if seen != seen_mark(application):
        raise ProposalOvertaken(
            _l("The proposal has changed since you opened it. Read it again before you decide.")
        )
    _refuse_unfounded(work.session, application, work.today)
    decider = work.session.get_one(User, work.actor.user_id)
    applicant = application.created_by
    organisation = application.pilot.organisation_key
    number = next_number(work.session, Decision.number, organisation, work.today)
    paper = _written(work, application, decider, number)
    kept = archive(work, paper.pdf(), number, store=store)
    decision = Decision(
        number=number,
        language=applicant.language,
        decided_on=work.today,
        proposed_by_id=application.lines[0].proposed_by_id,
        decided_by_id=decider.id,
        file=kept.file,
        content=paper.kept,
    )
    application.decisions.append(decision)
    application.state = state
    for line in application.lines:
        _settle(work, application, line, decider)
    settle_with_decision(
        work,
        application.provider_id,
        organisation,
        seen={proof.id for proof in application.evidence},
        seen_before=applying.proofs_shown_to(work.session, application.provider_id, organisation),
    )
    record_in_pilot(
        work,
        ApplicationAudit.DECIDE,
        application,
        before={"state": ApplicationState.PROPOSED},
        after={
            "state": state,
            "number": number,
            "outcomes": {line.service_key: line.outcome for line in application.lines},
            "conditions": {
                line.service_key: line.proposed_conditions
                for line in application.lines
                if line.proposed_conditions
            },
            "sha256": kept.sha256,
            **({"left_out": left_out} if (left_out := left_out_of(application)) else {}),
        },
    )
    serve(
        work,
        Served.DECISION,
        application.provider,
        application.pilot_key,
        reach_of(work.session, application.provider, applicant),
        lambda to: mails.decision_made(work, to, application, number, kept.attachment),
        decision_id=decision.id,
    )
    return decision


def preview(work: UnitOfWork, application: Application) -> bytes:
    """The document as it would be if the actor decided now: under no number, and kept nowhere."""
    with in_language(application.created_by.language):
        number = _("Draft, not decided")
    return _written(work, application, work.session.get_one(User, work.actor.user_id), number).pdf()


def _written(work: UnitOfWork, application: Application, decider: User, number: str) -> Paper:
    before = _approved_before(work.session, application)
    return application_decision(
        application,
        kept_definition(work.session, application.definition_version_id),
        number=number,
        decided_by=decider,
        language=application.created_by.language,
        now=work.now,
        before=before,
        earlier_decisions=[
            each
            for each in (applying.earlier_decisions(work.session, application) if before else ())
            if not is_set_aside(work.session, each)
        ],
        hearings=hearings(work.session, application),
    )


def _approved_before(session: Session, application: Application) -> dict[str, list[str]]:
    """What a supplementary application adds to: codes by service; nothing for any other, and nothing that rests on a
    decision that a review has set aside: that is decided anew and not added to.
    """
    if applying.supplement_of(session, application) is None:
        return {}
    approved = applying.approved_areas(session, application.provider_id, application.pilot_key)
    fallen = unfounded_services(session, application.provider_id, application.pilot_key)
    return {service: codes for service, codes in approved.items() if service not in fallen}


def _refuse_unfounded(session: Session, application: Application, today: date) -> None:
    """Raise Invalid for a line without grounds, with a condition whose day has passed, or rejected unheard in part."""
    bare = [line for line in application.lines if not grounds(line, application.created_by.language)]
    if bare:
        raise Invalid(
            _l("The proposal has no grounds. Return it to the reviewer: a decision states its grounds.")
        )
    outcomes = {line.service_key: line.proposed_outcome for line in application.lines}
    if any(
        is_past(each, today) for line in application.lines for each in conditions_of(line.proposed_conditions)
    ):
        raise Invalid(
            _l("The day of a condition has passed. Return the proposal to the reviewer, who sets a new one.")
        )
    if unheard(outcomes, left_out_of(application), heard_services(session, application)):
        raise Invalid(
            _l(
                "The provider has not been heard on the rejection. Return the proposal to the reviewer for a hearing."
            )
        )


def _settle(work: UnitOfWork, application: Application, line: ApplicationLine, decider: User) -> None:
    """Write the outcome on the line; an approved one becomes the provider's approval for the service, or extends it.

    A condition with a day is followed up from now on; one without stands in the approval's own words.
    """
    line.outcome = line.proposed_outcome
    line.decided_by_id = decider.id
    line.decided_at = work.now
    if line.outcome is None or not line.outcome.approves:
        return
    standing = [each for each in conditions_of(line.proposed_conditions) if each.due_on is None]
    approval = grant_or_extend(
        work.session,
        application.provider,
        pilot_key=application.pilot_key,
        version_id=application.pilot_version_id,
        service_key=line.service_key,
        municipalities=line.covered,
        conditions=[each.text for each in standing],
        public_conditions=[each.text for each in standing if each.is_public],
        line_id=line.id,
        approved_on=work.today,
    )
    for each in conditions_of(line.proposed_conditions):
        if each.due_on is not None:
            work.session.add(
                ApprovalCondition(
                    approval=approval,
                    text=each.text,
                    due_on=each.due_on,
                    public=each.is_public,
                    state=CONDITION.initial,
                    created_by_id=decider.id,
                    created_at=work.now,
                )
            )
