"""The office’s page of a completion request."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals.access import APPLICATION, elsewhere, ours, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.completion.forms import asked_items, completion_form
from marketplace.approvals.completion.service import completion_refusals, request_completion
from marketplace.decisions.forms import refuse_all
from marketplace.decisions.rules import default_due_date
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.web.frame import notify, now, render, requires, session, work


@blueprint.route(f"{APPLICATION}/completion", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def completion(application_id: int) -> ResponseReturnValue:
    """Ask the provider to complete named parts, in one's own words, by a day."""
    application = ours(application_id)
    if (away := elsewhere(application, ApplicationAction.REQUEST_COMPLETION)) is not None:
        return away
    definition = queries.definition_of(session(), application)
    sections = [
        (key, labels.section_title(key, definition)) for key in queries.section_keys(application, definition)
    ]
    today = helsinki_date(now())
    form = completion_form(sections, default_due_date(today, definition.completion_days))
    if form.is_submitted():
        items, due_on = asked_items(form), form.due_on.data
        filled = form.validate()
        refuse_all(form, completion_refusals(session(), application, items, due_on=due_on, now=now()))
        if filled and not form.errors:
            request_completion(work(), application, items, due_on=due_on)
            notify(_("The request has been sent. The answer comes back to you."))
            return redirect(review_url(application))
    return render(
        "approvals/completion.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
        definition=definition,
        texts={key: f"text-{key}" for key, _title in sections},
    )
