"""The office's steps towards a decision: completion requests, hearings, proposals, the decision itself."""

from __future__ import annotations

from flask import redirect, request
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries, rules
from marketplace.applications.findings import failed
from marketplace.applications.models import Application
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.reviewing import deciding, service
from marketplace.approvals.reviewing import hearing as hearings
from marketplace.approvals.reviewing import queries as office
from marketplace.approvals.reviewing.access import APPLICATION, elsewhere, ours, review_url
from marketplace.approvals.reviewing.forms import (
    MORE,
    DecideForm,
    ReturnForm,
    asked_items,
    completion_form,
    hearing_form,
    proposal_form,
    proposals,
    refuse_all,
)
from marketplace.approvals.reviewing.phrases import grounds
from marketplace.approvals.reviewing.rules import HEARING_DAYS
from marketplace.errors import DomainError
from marketplace.files.uploads import filestore
from marketplace.i18n import _, helsinki_date, in_language
from marketplace.permissions import Permission
from marketplace.web.frame import SAFE_METHODS, current_actor, notify, now, render, requires, session


@blueprint.route(f"{APPLICATION}/completion", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def completion(application_id: int) -> ResponseReturnValue:
    """Ask the provider to complete named parts, in one's own words, by a day."""
    application = ours(application_id)
    if (away := elsewhere(application, "request_completion")) is not None:
        return away
    definition = queries.definition_of(session(), application)
    sections = [
        (key, labels.section_title(key, definition)) for key in queries.section_keys(application, definition)
    ]
    today = helsinki_date(now())
    form = completion_form(sections, rules.default_due_date(today, definition.completion_days))
    if form.is_submitted():
        items, due_on = asked_items(form), form.due_on.data
        filled = form.validate()
        refuse_all(form, service.completion_refusals(session(), application, items, due_on=due_on, now=now()))
        if filled and not form.errors:
            service.request_completion(
                session(), application, items, due_on=due_on, actor=current_actor(), now=now()
            )
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


@blueprint.route(f"{APPLICATION}/hearing", methods=["GET", "POST"], endpoint="hear")
@requires(Permission.REVIEW_APPLICATIONS)
def hear(application_id: int) -> ResponseReturnValue:
    """Hear the provider on services that may be rejected: what is intended, why, and by when to answer."""
    application = ours(application_id)
    if (away := elsewhere(application, "hear")) is not None:
        return away
    due_on = rules.default_due_date(helsinki_date(now()), HEARING_DAYS)
    form = hearing_form(application, due_on, request.args.getlist("service"))
    if form.is_submitted():
        filled = form.validate()
        services, reasons, due_on = form.services.data, form.reasons.data or "", form.due_on.data
        refuse_all(form, hearings.refusals(application, services, reasons, due_on=due_on, now=now()))
        if filled and not form.errors:
            hearings.hear(
                session(), application, services, reasons, due_on=due_on, actor=current_actor(), now=now()
            )
            notify(_("The provider has been asked to answer. The application comes back to you."))
            return redirect(review_url(application))
    return render(
        "approvals/hear.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
    )


@blueprint.route(f"{APPLICATION}/proposal", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def proposal(application_id: int) -> ResponseReturnValue:
    """Propose a decision on every service applied for."""
    application = ours(application_id)
    if (away := elsewhere(application, "propose")) is not None:
        return away
    definition = queries.definition_of(session(), application)
    form = proposal_form(application)
    if form.is_submitted() and MORE not in request.form:
        filled, given = form.validate(), proposals(form, application)
        refuse_all(form, service.proposal_refusals(session(), application, given, now=now()))
        if filled and not form.errors:
            service.propose(session(), application, given, actor=current_actor(), now=now())
            notify(_("The proposal waits for another person’s decision."))
            return redirect(review_url(application))
    checks = queries.findings_of(session(), application, today=helsinki_date(now()))
    return render(
        "approvals/proposal.html",
        status=422 if form.errors else 200,
        form=form,
        more=MORE,
        application=application,
        definition=definition,
        labels=labels,
        hearings=office.hearings(session(), application),
        lacking=[labels.finding_title(check, definition) for check in failed(checks)],
    )


@blueprint.route(f"{APPLICATION}/decision", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def decision(application_id: int) -> ResponseReturnValue:
    """The decider's page: decide as proposed."""
    application = ours(application_id)
    if (away := elsewhere(application, "decide")) is not None:
        return away
    form = DecideForm.from_request(seen=deciding.seen_mark(application))
    if form.validate_on_submit():
        try:
            made = deciding.decide(
                session(),
                application,
                seen=form.seen.data or "",
                store=filestore(),
                actor=current_actor(),
                now=now(),
            )
            notify(_("Decision %(number)s has been made and mailed to the applicant.", number=made.number))
            return redirect(review_url(application))
        except DomainError as error:
            form.refuse(error)
    return _decision_page(application, form, ReturnForm(formdata=None))


@blueprint.post(f"{APPLICATION}/return", endpoint="return_proposal")
@requires(Permission.DECIDE_APPLICATIONS)
def return_proposal(application_id: int) -> ResponseReturnValue:
    """Give the proposal back to the reviewer with the reason."""
    application = ours(application_id)
    if (away := elsewhere(application, "return")) is not None:
        return away
    form = ReturnForm.from_request()
    if form.validate_on_submit():
        service.return_to_reviewer(session(), application, form.reason.data, actor=current_actor(), now=now())
        notify(_("The proposal has been returned to the reviewer."))
        return redirect(review_url(application))
    return _decision_page(application, DecideForm(formdata=None, seen=deciding.seen_mark(application)), form)


def _conditions(application: Application, language: str) -> dict[int, list[str]]:
    """The conditions of each line as the decision will state them, in `language`."""
    with in_language(language):
        return {
            line.id: [labels.condition_text(each) for each in line.proposed_conditions]
            for line in application.lines
        }


def _decision_page(
    application: Application, form: DecideForm, return_form: ReturnForm
) -> ResponseReturnValue:
    proposers = [line.proposed_by_id for line in application.lines]
    language = application.created_by.language
    form.seen.data = deciding.seen_mark(application)  # what this page shows, also after a refusal
    definition = queries.definition_of(session(), application)
    return render(
        "approvals/decision.html",
        status=200 if request.method in SAFE_METHODS else 422,
        form=form if form.form_errors else return_form,
        decide_form=form,
        return_form=return_form,
        application=application,
        definition=definition,
        hearings=office.hearings(session(), application),
        grounds={line.id: grounds(line, language) for line in application.lines},
        conditions=_conditions(application, language),
        grounds_language=language,
        may_decide=rules.may_decide(current_actor().user_id, proposers),
        labels=labels,
    )
