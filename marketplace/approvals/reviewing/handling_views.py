"""The pages of the office's own work beside an application: handler, checklist, notes."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import queries
from marketplace.applications import rules as application_rules
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.access import APPLICATION, ours, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.queue.queries import handlers
from marketplace.approvals.reviewing import service as desk
from marketplace.approvals.reviewing.forms import (
    DisqualificationForm,
    HandlerForm,
    NoteForm,
    checklist_form,
    given_marks,
)
from marketplace.approvals.reviewing.queries import marks
from marketplace.errors import DomainError, Invalid
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.web.forms import options
from marketplace.web.frame import notify, render, requires, session, work


@blueprint.route(f"{APPLICATION}/handler", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def handler(application_id: int) -> ResponseReturnValue:
    """Assign the application, hand it over to somebody else or take it over oneself."""
    application = ours(application_id)
    if application.state not in application_rules.APPLICATION.waiting:
        notify(_("The application has been settled: it has no handler to change."), "info")
        return redirect(review_url(application))
    people = handlers(session(), application.pilot.organisation_key)
    form = HandlerForm.from_request(handler=str(application.handler_id or ""))
    form.handler.choices = options(
        [("", _("Nobody yet")), *((str(person.id), person.name) for person in people)]
    )
    if form.validate_on_submit():
        chosen = int(form.handler.data) if form.handler.data else None
        try:
            desk.hand_over(work(), application, chosen)
            notify(_("The handler has been saved."))
            return redirect(review_url(application))
        except DomainError as error:
            form.refuse(error)
    return render(
        "approvals/handler.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
    )


@blueprint.route(f"{APPLICATION}/disqualified", methods=["GET", "POST"])
@requires(Permission.VIEW_APPLICATIONS)
def step_aside(application_id: int) -> ResponseReturnValue:
    """Say that one is disqualified in the company's matters: its applications and approvals close to the person."""
    application = ours(application_id)
    form = DisqualificationForm.from_request()
    if form.validate_on_submit():
        try:
            desk.step_aside(work(), application, form.reason.data)
        except Invalid as error:
            form.refuse(error)
        else:
            notify(_("It has been written down that you take no part in the matters of this company."))
            return redirect(url_for("approvals.queue"))
    return render(
        "approvals/disqualified.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
    )


@blueprint.route(f"{APPLICATION}/checklist", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def checklist(application_id: int) -> ResponseReturnValue:
    """Go through the pilot's checklist: each point is in order, missing or not applicable."""
    application = ours(application_id)
    if application.state != ApplicationState.IN_REVIEW:
        notify(_("The checklist can be marked only while the application is being checked."), "info")
        return redirect(review_url(application))
    definition = queries.definition_of(session(), application)
    items = definition.checklist_for(queries.service_keys(application))
    held = marks(session(), application)
    form = checklist_form(
        [(item.key, item.text[current_language()]) for item in items],
        {key: mark.mark for key, mark in held.items()},
    )
    if form.validate_on_submit():
        given = given_marks(form, [item.key for item in items])
        desk.mark_checklist(work(), application, given)
        notify(_("The checklist has been saved."))
        return redirect(f"{review_url(application)}#checklist")
    return render(
        "approvals/checklist.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
        items=items,
        marks=held,
    )


@blueprint.post(f"{APPLICATION}/notes")
@requires(Permission.VIEW_APPLICATIONS)
def add_note(application_id: int) -> ResponseReturnValue:
    """Write an internal note."""
    application = ours(application_id)
    form = NoteForm.from_request()
    try:
        desk.write_note(work(), application, form.text.data or "")
        return redirect(url_for("approvals.review", application_id=application.id, _anchor="notes"))
    except DomainError as error:
        form.refuse(error)
    return render("approvals/note.html", status=422, form=form, application=application)
