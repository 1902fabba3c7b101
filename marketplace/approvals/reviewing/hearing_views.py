"""The provider's page of a hearing: what the office intends and why, and the answer."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from marketplace.applications import queries
from marketplace.applications.access import mine, page_url
from marketplace.applications.views import APPLICATION
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.reviewing import hearing as hearings
from marketplace.approvals.reviewing.forms import AnswerForm
from marketplace.approvals.reviewing.queries import open_hearing
from marketplace.errors import DomainError
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.frame import current_actor, notify, now, render, requires, session


@blueprint.route(f"{APPLICATION}/hearing", methods=["GET", "POST"], endpoint="hearing")
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
            hearings.answer(session(), application, form.answer.data or "", actor=current_actor(), now=now())
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
