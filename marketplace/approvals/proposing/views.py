"""The reviewer’s page of a proposal."""

from __future__ import annotations

from flask import redirect, request
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.findings import failed
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals.access import APPLICATION, elsewhere, ours, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.hearing.queries import hearings
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.forms import MORE, proposal_form, proposals
from marketplace.decisions.forms import refuse_all
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.web.frame import notify, now, render, requires, session, work


@blueprint.route(f"{APPLICATION}/proposal", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def proposal(application_id: int) -> ResponseReturnValue:
    """Propose a decision on every service applied for."""
    application = ours(application_id)
    if (away := elsewhere(application, ApplicationAction.PROPOSE)) is not None:
        return away
    definition = queries.definition_of(session(), application)
    form = proposal_form(application)
    if form.is_submitted() and MORE not in request.form:
        filled, given = form.validate(), proposals(form, application)
        refuse_all(form, service.proposal_refusals(session(), application, given, now=now()))
        if filled and not form.errors:
            service.propose(work(), application, given)
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
        hearings=hearings(session(), application),
        lacking=[labels.finding_title(check, definition) for check in failed(checks)],
    )
