"""The office’s page of a completion request."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals.access import APPLICATION, demand_still, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.completion.forms import asked_items, completion_form
from marketplace.approvals.completion.service import completion_refusals, request_completion
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.decisions.rules import default_due_date
from marketplace.i18n import _, helsinki_date
from marketplace.offers.pricing.days import is_day_off
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


@blueprint.route(f"{APPLICATION}/completion", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def completion(application_id: int) -> ResponseReturnValue:
    """Ask the provider to complete named parts, in one's own words, by a day."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.REQUEST_COMPLETION)
    definition = kept_definition(session(), application.definition_version_id)
    sections = [
        (key, labels.section_title(key, definition)) for key in queries.section_keys(application, definition)
    ]
    today = helsinki_date(now())
    form = completion_form(sections, default_due_date(today, definition.completion_days, is_day_off))
    return carry_out(
        form,
        lambda: request_completion(
            work(),
            application,
            asked_items(form),
            due_on=form.due_on.data,
            short_reason=form.short_reason.data or "",
        ),
        done=lambda asked: lead_on(
            review_url(application),
            outcome(
                Served.COMPLETION,
                ServedDocument.completion_id,
                asked.id,
                _("The request has been sent. The answer comes back to you."),
            ),
        ),
        show=lambda: render(
            "approvals/completion.html",
            form=form,
            application=application,
            definition=definition,
            texts={key: f"text-{key}" for key, _title in sections},
        ),
        faults=lambda: completion_refusals(
            session(),
            application,
            asked_items(form),
            due_on=form.due_on.data,
            now=now(),
            short_reason=form.short_reason.data or "",
        ),
    )
