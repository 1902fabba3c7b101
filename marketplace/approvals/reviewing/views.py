"""The office's pages: the queue, one application's review, and the steps towards its decision."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.approvals import queries, rules, words
from marketplace.approvals.applying.forms import PlainForm
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.findings import failed
from marketplace.approvals.models import Application
from marketplace.approvals.reviewing import deciding, service
from marketplace.approvals.reviewing.forms import (
    QueueForm,
    ReturnForm,
    asked_items,
    completion_form,
    proposal_form,
    proposals,
    refuse_lines,
)
from marketplace.approvals.reviewing.queries import (
    NOBODY,
    QUEUE_STATES,
    QueueFilter,
    QueuePage,
    handlers,
    organisation_pilots,
)
from marketplace.approvals.reviewing.queries import (
    queue as find_queue,
)
from marketplace.approvals.summary import summary
from marketplace.errors import DomainError, NotAllowed
from marketplace.forms import options
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.models import Organisation
from marketplace.uploads import filestore, hand_out
from marketplace.web import SAFE_METHODS, current_actor, notify, now, render, requires, session

APPLICATION = "/office/applications/<int:application_id>"
_WORST_FIRST = {"fail": 0, "judge": 1, "pass": 2}


@blueprint.get("/office/applications")
@requires(Permission.VIEW_APPLICATIONS)
def queue() -> ResponseReturnValue:
    """What waits in the organisation's pilots, the oldest first; the filters are in the address."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    form = _queue_form(organisation)
    wanted = QueueFilter(
        **{
            name: form[name].data or "" for name in ("state", "pilot", "handler") if form[name].validate(form)
        },
        page=request.args.get("page", 1, type=int),
    )
    page = find_queue(session(), organisation, wanted)
    g.theme = session().get_one(Organisation, organisation).theme
    return render("approvals/queue.html", form=form, page=page, rows=_queue_rows(page), page_url=_page_url)


def _queue_form(organisation: str) -> QueueForm:
    form = QueueForm(formdata=MultiDict(request.args.items(multi=True)))
    language = current_language()
    names = [
        (pilot.key, pilots.current_definition(session(), pilot.key).name[language])
        for pilot in organisation_pilots(session(), organisation)
    ]
    people = [(str(person.id), person.name) for person in handlers(session(), organisation)]
    states = [(key, words.STATES[key][0]) for key in QUEUE_STATES]
    form.state.choices = options([("", _("All that wait")), *states])
    form.pilot.choices = options([("", _("All pilots")), *names])
    form.handler.choices = options([("", _("Anybody")), (NOBODY, _("Nobody yet")), *people])
    return form


def _queue_rows(page: QueuePage) -> list[dict[str, Any]]:
    today = helsinki_date(now())
    rows = []
    for application in page.applications:
        form = queries.definition_of(session(), application)
        lacking = failed(queries.findings_of(session(), application, today=today))
        age = rules.age_in_days(queries.applied_on(application, today), today)
        rows.append(
            {
                "application": application,
                "pilot": form.name[current_language()],
                "services": [words.service_name(key) for key in queries.service_keys(application)],
                "state": words.STATES[application.state],
                "age": age,
                "late": rules.TURNS[application.state] is not None and age > form.handling_days,
                "turn": words.TURNS[rules.TURNS[application.state]],
                "lacking": [words.finding_title(finding, form) for finding in lacking],
            }
        )
    return rows


def _page_url(number: int) -> str:
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("state", "pilot", "handler") if request.args.get(name)
    }
    return url_for("approvals.queue", **kept, page=number)


def _ours(application_id: int) -> Application:
    """The application of the actor's organisation, locked when the request changes it. Raises NotFound."""
    lock = request.method not in SAFE_METHODS
    application = queries.for_office(session(), current_actor(), application_id, lock=lock)
    g.theme = application.pilot.organisation.theme
    return application


def _review_url(application: Application) -> str:
    return url_for("approvals.review", application_id=application.id)


@blueprint.get(APPLICATION)
@requires(Permission.VIEW_APPLICATIONS)
def review(application_id: int) -> ResponseReturnValue:
    """Answers beside the automatic findings, the evidence, what was asked and everything that was done."""
    application = _ours(application_id)
    form = queries.definition_of(session(), application)
    checks = queries.findings_of(session(), application, today=helsinki_date(now()))
    history = queries.history(session(), application)
    returned = next((each for each in history if each.action == "application.return"), None)
    return render(
        "approvals/review.html",
        application=application,
        definition=form,
        sections=summary(session(), application, form),
        findings=[
            (check, words.finding_title(check, form), words.finding_value(check, form))
            for check in sorted(checks, key=lambda check: _WORST_FIRST[check.verdict])
        ],
        checks={check.key: check for check in checks},
        history=[each for each in history if each.action != "application.save"],
        returned=returned if application.state == "in_review" else None,
        actions=_actions(application),
        turn=rules.TURNS[application.state],
        words=words,
        file_url=lambda file_id: url_for(
            "approvals.office_file", application_id=application.id, file_id=file_id
        ),
    )


def _actions(application: Application) -> set[str]:
    """What the actor may do to the application now."""
    actor, organisation = current_actor(), application.pilot.organisation_key
    return {
        action
        for action in rules.WORKFLOW.actions(application.state)
        if actor.may(rules.ACTION_PERMISSIONS[action], organisation=organisation)
    }


@blueprint.post(f"{APPLICATION}/take")
@requires(Permission.REVIEW_APPLICATIONS)
def take(application_id: int) -> ResponseReturnValue:
    """Take the application into review."""
    application = _ours(application_id)
    if application.state != "submitted":
        notify(_("Somebody has already taken this application."), "info")
        return redirect(_review_url(application))
    service.take(session(), application, actor=current_actor(), now=now())
    notify(_("The application is now yours to check."))
    return redirect(_review_url(application))


@blueprint.route(f"{APPLICATION}/completion", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def completion(application_id: int) -> ResponseReturnValue:
    """Ask the provider to complete named parts, in one's own words, by a day."""
    application = _ours(application_id)
    if (elsewhere := _elsewhere(application, "request_completion")) is not None:
        return elsewhere
    definition = queries.definition_of(session(), application)
    sections = [
        (key, words.section_title(key, definition)) for key in queries.section_keys(application, definition)
    ]
    today = helsinki_date(now())
    form = completion_form(sections, rules.default_due_date(today, definition.completion_days))
    if form.validate_on_submit():
        try:
            service.request_completion(
                session(),
                application,
                asked_items(form),
                due_on=form.due_on.data,
                actor=current_actor(),
                now=now(),
            )
            notify(_("The request has been sent. The answer comes back to you."))
            return redirect(_review_url(application))
        except DomainError as error:
            form.refuse(error)
    return render(
        "approvals/completion.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
        definition=definition,
        sections=sections,
    )


@blueprint.route(f"{APPLICATION}/proposal", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def proposal(application_id: int) -> ResponseReturnValue:
    """Propose a decision on every service applied for."""
    application = _ours(application_id)
    if (elsewhere := _elsewhere(application, "propose")) is not None:
        return elsewhere
    definition = queries.definition_of(session(), application)
    form = proposal_form(application)
    if form.validate_on_submit():
        try:
            service.propose(
                session(), application, proposals(form, application), actor=current_actor(), now=now()
            )
            notify(_("The proposal waits for another person’s decision."))
            return redirect(_review_url(application))
        except service.ProposalRefused as refusal:
            refuse_lines(form, refusal.faults)
    checks = queries.findings_of(session(), application, today=helsinki_date(now()))
    return render(
        "approvals/proposal.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
        definition=definition,
        words=words,
        lacking=[words.finding_title(check, definition) for check in failed(checks)],
    )


@blueprint.route(f"{APPLICATION}/decision", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def decision(application_id: int) -> ResponseReturnValue:
    """The decider's page: decide as proposed."""
    application = _ours(application_id)
    if (elsewhere := _elsewhere(application, "decide")) is not None:
        return elsewhere
    form = PlainForm.from_request()
    if form.validate_on_submit():
        try:
            made = deciding.decide(
                session(), application, store=filestore(), actor=current_actor(), now=now()
            )
            notify(_("Decision %(number)s has been made and mailed to the applicant.", number=made.number))
            return redirect(_review_url(application))
        except NotAllowed as error:
            form.refuse(error)
    return _decision_page(application, form, ReturnForm(formdata=None))


@blueprint.post(f"{APPLICATION}/return", endpoint="return_proposal")
@requires(Permission.DECIDE_APPLICATIONS)
def return_proposal(application_id: int) -> ResponseReturnValue:
    """Give the proposal back to the reviewer with the reason."""
    application = _ours(application_id)
    if (elsewhere := _elsewhere(application, "return")) is not None:
        return elsewhere
    form = ReturnForm.from_request()
    if form.validate_on_submit():
        service.return_to_reviewer(session(), application, form.reason.data, actor=current_actor(), now=now())
        notify(_("The proposal has been returned to the reviewer."))
        return redirect(_review_url(application))
    return _decision_page(application, PlainForm(formdata=None), form)


def _decision_page(application: Application, form: PlainForm, return_form: ReturnForm) -> ResponseReturnValue:
    proposers = [line.proposed_by_id for line in application.lines]
    definition = queries.definition_of(session(), application)
    return render(
        "approvals/decision.html",
        status=200 if request.method in SAFE_METHODS else 422,
        form=form if form.form_errors else return_form,
        decide_form=form,
        return_form=return_form,
        application=application,
        definition=definition,
        may_decide=rules.may_decide(current_actor().user_id, proposers),
        words=words,
    )


def _elsewhere(application: Application, action: str) -> ResponseReturnValue | None:
    """Back to the review page when the application has moved on and the step is no longer possible, else None."""
    if rules.WORKFLOW.allows(application.state, action):
        return None
    notify(
        _("The application has moved on: this step is no longer possible. See below where it is now."), "info"
    )
    return redirect(_review_url(application))


@blueprint.get(f"{APPLICATION}/files/<int:file_id>")
@requires(Permission.VIEW_APPLICATIONS)
def office_file(application_id: int, file_id: int) -> ResponseReturnValue:
    """A proof, an answer or a decision of an application of the actor's organisation."""
    return hand_out(queries.file_of(session(), _ours(application_id), file_id))
