"""The decider's pages: decide as proposed, or give the proposal back."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from marketplace.applications import labels
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals.access import APPLICATION, demand_still, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.deciding.forms import DecideForm, ReturnForm
from marketplace.approvals.hearing.queries import hearings
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.phrases import grounds
from marketplace.approvals.reviewing.queries import checked
from marketplace.decisions.rules import may_decide
from marketplace.files.uploads import filestore
from marketplace.i18n import _, in_language
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import current_actor, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


@blueprint.route(f"{APPLICATION}/decision", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def decision(application_id: int) -> ResponseReturnValue:
    """The decider's page: decide as proposed."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.DECIDE)
    form = DecideForm.from_request(seen=deciding.seen_mark(application))
    return carry_out(
        form,
        lambda: deciding.decide(work(), application, seen=form.seen.data or "", store=filestore()),
        done=lambda made: lead_on(
            review_url(application),
            _("Decision %(number)s has been made and mailed to the applicant.", number=made.number),
        ),
        show=lambda: _decision_page(application, form, ReturnForm(formdata=None)),
    )


@blueprint.get(f"{APPLICATION}/decision/preview.pdf")
@requires(Permission.DECIDE_APPLICATIONS)
def preview_decision(application_id: int) -> Response:
    """The document as it would be, to read before it is decided."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.DECIDE)
    response = Response(deciding.preview(work(), application), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="preview.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post(f"{APPLICATION}/return", endpoint="return_proposal")
@requires(Permission.DECIDE_APPLICATIONS)
def return_proposal(application_id: int) -> ResponseReturnValue:
    """Give the proposal back to the reviewer with the reason."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.RETURN)
    form = ReturnForm.from_request()
    return carry_out(
        form,
        lambda: service.return_to_reviewer(work(), application, form.reason.data),
        done=lambda _returned: lead_on(
            review_url(application), _("The proposal has been returned to the reviewer.")
        ),
        show=lambda: _decision_page(application, DecideForm(formdata=None), form),
    )


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
    definition = kept_definition(session(), application.definition_version_id)
    return render(
        "approvals/decision.html",
        form=form if form.form_errors else return_form,
        decide_form=form,
        return_form=return_form,
        application=application,
        definition=definition,
        hearings=hearings(session(), application),
        checked=checked(session(), application, definition),
        grounds={line.id: grounds(line, language) for line in application.lines},
        conditions=_conditions(application, language),
        grounds_language=language,
        may_decide=may_decide(current_actor().user_id, proposers),
        labels=labels,
    )
