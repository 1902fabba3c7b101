"""The pages of the office's own work beside an application: handler, checklist, notes."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import queries
from marketplace.applications import rules as application_rules
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.access import APPLICATION, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.queue.queries import handlers
from marketplace.approvals.reviewing import service
from marketplace.approvals.reviewing.forms import (
    DisqualificationForm,
    HandlerForm,
    NoteForm,
    checklist_form,
    given_marks,
)
from marketplace.approvals.reviewing.queries import marks
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.forms import options
from marketplace.web.frame import render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, lead_on


@blueprint.route(f"{APPLICATION}/handler", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def handler(application_id: int) -> ResponseReturnValue:
    """Assign the application, hand it over to somebody else or take it over oneself."""
    application = office_application(application_id)
    if application.state not in application_rules.APPLICATION.waiting:
        message = _("The application has been settled: it has no handler to change.")
        raise Elsewhere(review_url(application), message)
    people = handlers(session(), application.pilot.organisation_key)
    form = HandlerForm.from_request(handler=str(application.handler_id or ""))
    form.handler.choices = options(
        [("", _("Nobody yet")), *((str(person.id), person.name) for person in people)]
    )
    return carry_out(
        form,
        lambda: service.hand_over(work(), application, int(form.handler.data) if form.handler.data else None),
        done=lambda _saved: lead_on(review_url(application), _("The handler has been saved.")),
        show=lambda: render("approvals/handler.html", form=form, application=application),
    )


@blueprint.route(f"{APPLICATION}/disqualified", methods=["GET", "POST"])
@requires(Permission.VIEW_APPLICATIONS)
def step_aside(application_id: int) -> ResponseReturnValue:
    """Say that one is disqualified in the company's matters: its applications and approvals close to the person."""
    application = office_application(application_id)
    form = DisqualificationForm.from_request()
    return carry_out(
        form,
        lambda: service.step_aside(work(), application, form.reason.data),
        done=lambda _noted: lead_on(
            url_for("approvals.queue"),
            _("It has been written down that you take no part in the matters of this company."),
        ),
        show=lambda: render("approvals/disqualified.html", form=form, application=application),
    )


@blueprint.route(f"{APPLICATION}/checklist", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def checklist(application_id: int) -> ResponseReturnValue:
    """Go through the pilot's checklist: each point is in order, missing or not applicable."""
    application = office_application(application_id)
    if application.state != ApplicationState.IN_REVIEW:
        message = _("The checklist can be marked only while the application is being checked.")
        raise Elsewhere(review_url(application), message)
    definition = kept_definition(session(), application.definition_version_id)
    items = definition.checklist_for(queries.service_keys(application))
    held = marks(session(), application)
    form = checklist_form(
        [(item.key, item.text[current_language()]) for item in items],
        {key: mark.mark for key, mark in held.items()},
    )
    return carry_out(
        form,
        lambda: service.mark_checklist(work(), application, given_marks(form, [item.key for item in items])),
        done=lambda _marked: lead_on(
            f"{review_url(application)}#checklist", _("The checklist has been saved.")
        ),
        show=lambda: render(
            "approvals/checklist.html", form=form, application=application, items=items, marks=held
        ),
    )


@blueprint.post(f"{APPLICATION}/notes")
@requires(Permission.VIEW_APPLICATIONS)
def add_note(application_id: int) -> ResponseReturnValue:
    """Write an internal note."""
    application = office_application(application_id)
    form = NoteForm.from_request()
    return carry_out(
        form,
        lambda: service.write_note(work(), application, form.text.data or ""),
        done=lambda _note: lead_on(
            url_for("approvals.review", application_id=application.id, _anchor="notes")
        ),
        show=lambda: render("approvals/note.html", form=form, application=application),
    )
