"""The pages of a hearing: the office's, to ask, and the provider's, to answer."""

from __future__ import annotations

from flask import redirect, request
from flask.typing import ResponseReturnValue

from marketplace.applications import queries
from marketplace.applications.access import mine, page_url
from marketplace.applications.rules import ApplicationAction
from marketplace.applications.views import APPLICATION as OWN_APPLICATION
from marketplace.approvals.access import APPLICATION, elsewhere, ours, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.hearing import service as hearings
from marketplace.approvals.hearing.forms import AnswerForm, hearing_form
from marketplace.approvals.hearing.queries import open_hearing
from marketplace.decisions.forms import refuse_all
from marketplace.decisions.rules import HEARING_DAYS, default_due_date
from marketplace.errors import DomainError
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.web.frame import notify, now, render, requires, session, work


@blueprint.route(f"{OWN_APPLICATION}/hearing", methods=["GET", "POST"], endpoint="hearing")
@requires(Permission.EDIT_PROVIDER)
def hearing(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Answer before the office proposes a rejection."""
    application = mine(provider_id, application_id)
    waiting = open_hearing(session(), application)
    if waiting is None:
        notify(
            _("The office is not waiting for an answer to a hearing: it has one, or the time has passed."),
            "info",
        )
        return redirect(page_url(application))
    form = AnswerForm.from_request()
    if form.validate_on_submit():
        try:
            hearings.answer(work(), application, form.answer.data or "")
            notify(_("Your answer has been sent to the office."))
            return redirect(page_url(application))
        except DomainError as error:
            form.refuse(error)
    return render(
        "approvals/hearing.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
        definition=queries.definition_of(session(), application),
        hearing=waiting,
    )


@blueprint.route(f"{APPLICATION}/hearing", methods=["GET", "POST"], endpoint="hear")
@requires(Permission.REVIEW_APPLICATIONS)
def hear(application_id: int) -> ResponseReturnValue:
    """Hear the provider on services that may be rejected: what is intended, why, and by when to answer."""
    application = ours(application_id)
    if (away := elsewhere(application, ApplicationAction.HEAR)) is not None:
        return away
    due_on = default_due_date(helsinki_date(now()), HEARING_DAYS)
    form = hearing_form(application, due_on, request.args.getlist("service"))
    if form.is_submitted():
        filled = form.validate()
        services, reasons, due_on = form.services.data, form.reasons.data or "", form.due_on.data
        refuse_all(form, hearings.refusals(application, services, reasons, due_on=due_on, now=now()))
        if filled and not form.errors:
            hearings.hear(work(), application, services, reasons, due_on=due_on)
            notify(_("The provider has been asked to answer. The application comes back to you."))
            return redirect(review_url(application))
    return render(
        "approvals/hear.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
    )
