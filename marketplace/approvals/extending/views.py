"""The office's pages for putting off a day: of an application, a measure, a request or a condition."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.approvals.access import APPLICATION, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.extending import labels, queries
from marketplace.approvals.extending.forms import PutOffForm
from marketplace.approvals.extending.queries import Awaited
from marketplace.approvals.extending.service import language_of, put_off, refusals
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.approvals.standing.condition_views import CONDITION_PAGE, condition_here
from marketplace.approvals.standing.views import MEASURE_PAGE, measure_of, ours, page_of
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, lead_on


@blueprint.route(f"{APPLICATION}/due-day", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def put_off_application(application_id: int) -> ResponseReturnValue:
    """Put off the day of a completion or of an answer to a hearing."""
    application = office_application(application_id)
    return _page(queries.of_application(session(), application), review_url(application))


@blueprint.route(f"{MEASURE_PAGE}/due-day", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def put_off_measure(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """Put off the day of an explanation."""
    approval = ours(approval_id)
    return _page(queries.of_measure(measure_of(approval, measure_id)), page_of(approval))


@blueprint.route(f"{CONDITION_PAGE}/due-day", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def put_off_request(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Put off the day of a request."""
    approval = ours(approval_id)
    return _page(queries.of_request(condition_here(approval, condition_id)), page_of(approval))


@blueprint.route(f"{CONDITION_PAGE}/term", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def put_off_condition(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Put off the day of a condition, which stands in a decision."""
    approval = ours(approval_id)
    return _page(queries.of_condition(condition_here(approval, condition_id)), page_of(approval))


def _page(awaited: Awaited | None, back: str) -> ResponseReturnValue:
    if awaited is None:
        raise Elsewhere(back, _("Nothing is waited for that could be put off."), "warning")
    form: Any = PutOffForm.from_request().addressed(language_of(session(), awaited))
    return carry_out(
        form,
        lambda: put_off(work(), awaited, form.due_on.data, form.reason.data or ""),
        done=lambda _told: lead_on(
            back,
            outcome(
                Served.PUT_OFF,
                queries.column_of(awaited),
                awaited.subject.id,
                _("The day has been put off, and the provider has been told."),
            ),
        ),
        show=lambda: render(
            "approvals/extending/put_off.html", form=form, awaited=awaited, back=back, labels=labels
        ),
        faults=lambda: refusals(awaited, form.due_on.data, form.reason.data or "", helsinki_date(now())),
        moved_on=back,
    )
