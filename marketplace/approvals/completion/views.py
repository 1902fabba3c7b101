"""The office’s pages of a completion request: asking for it, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.completeness import EVIDENCE
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals.access import APPLICATION, demand_still, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.completion.forms import RequestTakenBackForm, asked_items, completion_form
from marketplace.approvals.completion.phrases import chosen_by, fitting, phrases
from marketplace.approvals.completion.service import completion_refusals, request_completion, take_back
from marketplace.approvals.reviewing.queries import marks
from marketplace.approvals.reviewing.rules import Mark
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import is_unserved
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.decisions.phrases import translations
from marketplace.decisions.rules import default_due_date
from marketplace.errors import NotFound
from marketplace.i18n import _, helsinki_date
from marketplace.offers.pricing.days import is_day_off
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


def _beforehand(
    application: Application, definition: PilotDefinition, sections: Sequence[str]
) -> dict[str, Any]:
    """The ready phrases, and what the points marked as missing on the checklist fill in beforehand.

    A point of the pilot's own, for which there is no phrase, stands with its own words among the proofs.
    """
    services = queries.service_keys(application)
    missing = [key for key, mark in marks(session(), application).items() if mark.mark == Mark.MISSING]
    ready = fitting(sections, services)
    chosen = chosen_by(missing, ready)
    known = {key for each in ready for key in each.checklist}
    own = [
        item.text[application.created_by.language]
        for item in definition.checklist_for(services)
        if item.key in missing and item.key not in known
    ]
    return {"ready": ready, "chosen": chosen, "words": {EVIDENCE: "\n\n".join(own)} if own else {}}


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
    language = application.created_by.language
    form = completion_form(
        sections,
        default_due_date(today, definition.completion_days, is_day_off),
        **_beforehand(application, definition, [key for key, _title in sections]),
    ).addressed(language)
    return carry_out(
        form,
        lambda: request_completion(
            work(),
            application,
            asked_items(form, language),
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
            said=translations(((each.key, each.text) for each in phrases().values()), language),
            texts={key: f"text-{key}" for key, _title in sections},
        ),
        faults=lambda: completion_refusals(
            session(),
            application,
            asked_items(form, language),
            due_on=form.due_on.data,
            now=now(),
            short_reason=form.short_reason.data or "",
        ),
    )


@blueprint.route(f"{APPLICATION}/completion/take-back", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def take_back_completion(application_id: int) -> ResponseReturnValue:
    """Wait for a completion no longer, after being told what the provider has changed already."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.TAKE_BACK)
    definition = kept_definition(session(), application.definition_version_id)
    asked = queries.waiting_completion(application)
    if asked is None:
        raise NotFound()
    untouched = queries.untouched_sections(application, definition)
    unread = is_unserved(session(), Served.COMPLETION, ServedDocument.completion_id, asked.id)
    form = RequestTakenBackForm.from_request().addressed(application.created_by.language)
    return carry_out(
        form,
        lambda: take_back(work(), application, form.reason.data or ""),
        done=lambda taken_back: lead_on(
            review_url(application),
            _("The request has been taken back. Its letter is not posted any more.")
            if unread
            else outcome(
                Served.COMPLETION_END,
                ServedDocument.completion_id,
                taken_back.id,
                _("The request has been taken back, and the provider has been told."),
            ),
        ),
        show=lambda: render(
            "approvals/take_back.html",
            form=form,
            application=application,
            definition=definition,
            asked=asked,
            unread=unread,
            begun=[
                labels.section_title(item["section"], definition)
                for item in asked.items
                if item["section"] not in untouched
            ],
        ),
        moved_on=review_url(application),
    )
