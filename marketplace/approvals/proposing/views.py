"""The reviewer’s page of a proposal."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.findings import failed
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationAction
from marketplace.approvals.access import APPLICATION, demand_still, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.hearing.queries import heard_services, hearings
from marketplace.approvals.proposing import service
from marketplace.approvals.proposing.forms import MORE, SAME, ProposalForm, proposal_form, proposals
from marketplace.approvals.proposing.phrases import LIBRARY
from marketplace.approvals.reviewing.queries import checked
from marketplace.decisions.phrases import translations
from marketplace.i18n import _, helsinki_date, ngettext
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import notify, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


@blueprint.route(f"{APPLICATION}/proposal", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def proposal(application_id: int) -> ResponseReturnValue:
    """Propose a decision on every service applied for."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.PROPOSE)
    form = proposal_form(application)
    if MORE in request.form:
        return _page(application, form)
    shares = form.shares
    if shares:
        _share(application, form)
    if SAME in request.form:
        form.show_faults(form.unshared() if shares else form.nothing_to_share())
        return _page(application, form)
    return carry_out(
        form,
        lambda: service.propose(work(), application, proposals(form, application)),
        done=lambda _proposed: lead_on(
            review_url(application), _("The proposal waits for another person’s decision.")
        ),
        show=lambda: _page(application, form),
        faults=lambda: [
            *form.unshared(),
            *service.proposal_refusals(session(), application, proposals(form, application), now=now()),
        ],
    )


def _share(application: Application, form: ProposalForm) -> None:
    """Give what is written for all services to them; who asked for it by its button is told how many took it."""
    count = form.share(application)
    if SAME in request.form and count:
        notify(
            ngettext(
                "This is now in %(num)d service. Read it there before you send the proposal.",
                "This is now in %(num)d services. Read it there before you send the proposal.",
                count,
            )
        )


def _page(application: Application, form: ProposalForm) -> ResponseReturnValue:
    definition = kept_definition(session(), application.definition_version_id)
    checks = queries.findings_of(session(), application, today=helsinki_date(now()))
    heard = heard_services(session(), application)
    return render(
        "approvals/proposal.html",
        form=form,
        more=MORE,
        same=SAME,
        application=application,
        definition=definition,
        labels=labels,
        said=translations(
            ((each.key, each.text) for each in LIBRARY.phrases.values()), application.created_by.language
        ),
        hearings=hearings(session(), application),
        unheard=[line.service_key for line in application.lines if line.service_key not in heard],
        checked=checked(session(), application, definition),
        lacking=[labels.finding_title(check, definition) for check in failed(checks)],
    )
