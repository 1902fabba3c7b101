"""One application in the office: answers beside findings, what changed, checklist, notes, history, files."""

from __future__ import annotations

from datetime import date

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries, rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.messages.rules import Side
from marketplace.applications.messages.views import thread_context
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationAction, ApplicationState
from marketplace.applications.summary import summary
from marketplace.applications.views import approved_before
from marketplace.approvals.access import (
    APPLICATION,
    demand_still,
    office_application,
    opened_file,
    review_url,
)
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.contesting import labels as review_words
from marketplace.approvals.contesting.queries import contest_of
from marketplace.approvals.correcting.queries import corrections
from marketplace.approvals.hearing.queries import hearings
from marketplace.approvals.reviewing import service
from marketplace.approvals.reviewing.changed import changed_rows
from marketplace.approvals.reviewing.forms import MARK_NAMES, NoteForm
from marketplace.approvals.reviewing.queries import marks, notes
from marketplace.approvals.reviewing.service import WRITERS
from marketplace.approvals.serving import labels as served_words
from marketplace.approvals.serving.queries import of_application
from marketplace.approvals.standing import labels as measure_words
from marketplace.approvals.standing.queries import earlier_measures, failed_conditions
from marketplace.audit.viewing import record_view
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.providers.authority.queries import is_proven
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import lead_on

_WORST_FIRST = {"fail": 0, "judge": 1, "pass": 2}


@blueprint.get(APPLICATION)
@requires(Permission.VIEW_APPLICATIONS)
def review(application_id: int) -> ResponseReturnValue:
    """Answers beside the automatic findings, the evidence, what was asked and everything that was done."""
    application = office_application(application_id)
    record_view(application, organisation=application.pilot.organisation_key, action=ApplicationAudit.VIEW)
    definition = kept_definition(session(), application.definition_version_id)
    checked_on = _checked_on(application)
    checks = queries.findings_of(session(), application, today=checked_on)
    history = queries.history(session(), application)
    returned = next((each for each in history if each.action == ApplicationAudit.RETURN), None)
    return render(
        "approvals/review.html",
        application=application,
        approved_before=approved_before(application),
        thread=thread_context(application, Side.OFFICE),
        definition=definition,
        sections=summary(session(), application, definition),
        findings=[
            (check, labels.finding_title(check, definition), labels.finding_value(check, definition))
            for check in sorted(checks, key=lambda check: _WORST_FIRST[check.verdict])
        ],
        checks={check.key: check for check in checks},
        history=[each for each in history if each.action != ApplicationAudit.SAVE],
        returned=returned if application.state == ApplicationState.IN_REVIEW else None,
        actions=_actions(application),
        turn=rules.TURNS[application.state],
        asked=queries.waiting_completion(application),
        checked_on=checked_on,
        today=helsinki_date(now()),
        labels=labels,
        right_is_proven=is_proven(session(), application.provider_id),
        may_invite=current_actor().may(
            Permission.INVITE_PROVIDERS, organisation=application.pilot.organisation_key
        ),
        hearings=hearings(session(), application),
        marks=marks(session(), application),
        mark_names=MARK_NAMES,
        notes=notes(session(), application),
        note_form=NoteForm(formdata=None) if _may_write(application) else None,
        earlier=earlier_measures(session(), application.provider_id, application.pilot.organisation_key),
        failed=failed_conditions(session(), application.provider_id, application.pilot.organisation_key),
        measure_words=measure_words,
        served=of_application(session(), application.id),
        served_words=served_words,
        corrections=corrections(session(), application),
        unchanged=_unchanged(application, definition),
        short="short" in request.args,
        contests={
            each.id: contest_of(session(), each, helsinki_date(now())) for each in application.decisions
        },
        review_words=review_words,
        changed=changed_rows(session(), application, definition, history),
        may_review=current_actor().may(
            Permission.REVIEW_APPLICATIONS, organisation=application.pilot.organisation_key
        ),
        may_correct=current_actor().may(
            Permission.REVIEW_APPLICATIONS, organisation=application.pilot.organisation_key
        ),
        may_decide_corrections=current_actor().may(
            Permission.DECIDE_APPLICATIONS, organisation=application.pilot.organisation_key
        ),
        view_url=lambda file_id: url_for(
            "approvals.office_file_page", application_id=application.id, file_id=file_id
        ),
        file_url=lambda file_id: url_for(
            "approvals.office_file", application_id=application.id, file_id=file_id
        ),
    )


def _unchanged(application: Application, definition: PilotDefinition) -> list[str]:
    """The parts that the last completion was asked for and left as they were."""
    answered = [each for each in application.completion_requests if each.answered_at is not None]
    if not answered or application.state not in rules.APPLICATION.waiting:
        return []
    left = queries.unchanged_sections(answered[-1], application, definition)
    return [
        labels.section_title(key, definition)
        for key in queries.section_keys(application, definition)
        if key in left
    ]


def _actions(application: Application) -> set[str]:
    """What the actor may do to the application now."""
    actor, organisation = current_actor(), application.pilot.organisation_key
    return {
        action
        for action in rules.APPLICATION.actions(application.state)
        if action not in rules.SYSTEM_ACTIONS
        and actor.may(rules.ACTION_PERMISSIONS[action], organisation=organisation)
    }


def _checked_on(application: Application) -> date:
    """The day whose proofs are checked: today, or the day of the decision once it has been made."""
    decided = [decision.decided_on for decision in application.decisions]
    return min(decided, default=helsinki_date(now()))


def _may_write(application: Application) -> bool:
    organisation = application.pilot.organisation_key
    return any(current_actor().may(each, organisation=organisation) for each in WRITERS)


@blueprint.post(f"{APPLICATION}/take")
@requires(Permission.REVIEW_APPLICATIONS)
def take(application_id: int) -> ResponseReturnValue:
    """Take the application into review."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.TAKE)
    service.take(work(), application)
    return lead_on(review_url(application), _("The application is now yours to check."))


@blueprint.get(f"{APPLICATION}/files/<int:file_id>")
@requires(Permission.VIEW_APPLICATIONS)
def office_file(application_id: int, file_id: int) -> ResponseReturnValue:
    """A proof, an answer or a decision of an application of the actor's organisation."""
    return hand_out(opened_file(application_id, file_id))
