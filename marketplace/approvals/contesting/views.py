"""The office's pages of requests for a review: write one down, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.applications.models import Application
from marketplace.approvals.access import APPLICATION, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.contesting import labels, queries, service
from marketplace.approvals.contesting.forms import ReviewOutcomeForm, ReviewRequestForm
from marketplace.approvals.contesting.rules import ReviewAction, ReviewState
from marketplace.approvals.correcting.service import decision_of
from marketplace.approvals.standing.views import APPROVAL_PAGE, measure_of, ours, page_of
from marketplace.decisions.authority import data_of
from marketplace.errors import Conflict, NotFound
from marketplace.i18n import _, _l, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.entries import in_force
from marketplace.web.frame import SAFE_METHODS, now, render, requires, session, work
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on


@blueprint.route(f"{APPLICATION}/decisions/<int:decision_id>/review", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def record_review(application_id: int, decision_id: int) -> ResponseReturnValue:
    """Write down that a review of a decision on an application was asked for."""
    application = office_application(application_id)
    return _record(decision_of(application, decision_id), application.provider.name)


@blueprint.route(f"{APPROVAL_PAGE}/measures/<int:measure_id>/review", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def record_measure_review(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """Write down that a review of a decision on an approval was asked for."""
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    if measure.number is None:
        raise NotFound()
    return _record(measure, approval.provider.name)


def _record(subject: queries.Contested, provider: str) -> ResponseReturnValue:
    form = ReviewRequestForm.from_request(by=provider)
    back = _matter(subject)
    with conflicts_lead_to(back):
        queries.demand_standing(session(), subject)
    return carry_out(
        form,
        lambda: service.record_request(
            work(), subject, by=form.by.data or "", received_on=cast(date, form.received_on.data)
        ),
        done=lambda _made: lead_on(back, _("The request for a review has been written down.")),
        show=lambda: render(
            "approvals/contesting/record.html",
            form=form,
            number=subject.number,
            provider=provider,
            back=back,
            force=labels.force_text(queries.contest_of(session(), subject, helsinki_date(now())).force),
        ),
        faults=lambda: service.day_refusals(
            "received_on", form.received_on.data, queries.decided_on(subject), helsinki_date(now())
        ),
        moved_on=back,
    )


@blueprint.route("/office/reviews/<int:request_id>", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def settle_review(request_id: int) -> ResponseReturnValue:
    """Write down what came of a review."""
    found = queries.request_for_office(work(), request_id, lock=request.method not in SAFE_METHODS)
    if found.state is not ReviewState.PENDING:
        raise Conflict(_l("The review has been settled already."))
    subject = cast(queries.Contested, found.decision or found.measure)
    organisation = queries.thing_of(subject).pilot.organisation
    show_organisation(organisation)
    data = data_of(organisation)
    body = None if data is None else in_force(data.deciding_body, helsinki_date(now()))
    form = ReviewOutcomeForm.from_request(decided_by="" if body is None else body.name[current_language()])
    return carry_out(
        form,
        lambda: service.settle(
            work(),
            found,
            ReviewAction(form.outcome.data),
            decided_on=cast(date, form.decided_on.data),
            decided_by=form.decided_by.data or "",
            note=form.note.data or "",
        ),
        done=lambda _settled: lead_on(_matter(subject), _("What came of the review has been written down.")),
        show=lambda: render(
            "approvals/contesting/settle.html",
            form=form,
            asked=found,
            number=subject.number,
            provider=queries.thing_of(subject).provider.name,
            undoes=found.measure is not None,
            back=_matter(subject),
        ),
        faults=lambda: service.day_refusals(
            "decided_on", form.decided_on.data, found.received_on, helsinki_date(now())
        ),
        moved_on=_matter(subject),
    )


def _matter(subject: queries.Contested) -> str:
    """The office's page where the decision is shown."""
    thing = queries.thing_of(subject)
    return review_url(thing) if isinstance(thing, Application) else page_of(thing)
