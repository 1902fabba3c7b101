"""The pages of a hearing: the office's, to ask, and the provider's, to answer."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.applications.access import own_application, page_url
from marketplace.applications.rules import ApplicationAction
from marketplace.applications.views import APPLICATION as OWN_APPLICATION
from marketplace.approvals.access import APPLICATION, demand_still, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.hearing import service as hearings
from marketplace.approvals.hearing.forms import HearingAnswerForm, hearing_form
from marketplace.approvals.hearing.queries import open_hearing, unanswered
from marketplace.approvals.hearing.written_page import written_answer_page
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.decisions.rules import HEARING_DAYS, default_due_date
from marketplace.files.uploads import UploadField, take_files
from marketplace.i18n import _, helsinki_date
from marketplace.offers.pricing.days import is_day_off
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, lead_on


@blueprint.route(f"{OWN_APPLICATION}/hearing", methods=["GET", "POST"], endpoint="hearing")
@requires(Permission.EDIT_PROVIDER)
def hearing(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Answer before the office proposes a rejection."""
    application = own_application(provider_id, application_id)
    waiting = open_hearing(session(), application)
    if waiting is None:
        raise Elsewhere(
            page_url(application),
            _("The office is not waiting for an answer to a hearing: it has one, or the time has passed."),
        )
    form: Any = HearingAnswerForm.from_request()

    def page() -> ResponseReturnValue:
        return render(
            "approvals/hearing.html",
            form=form,
            application=application,
            definition=kept_definition(session(), application.definition_version_id),
            hearing=waiting,
        )

    if form.attachments.asked:
        return page()
    return carry_out(
        form,
        lambda: hearings.answer(work(), application, form.answer.data or "", form.attachments.files),
        done=lambda _answered: lead_on(page_url(application), _("Your answer has been sent to the office.")),
        show=page,
    )


@blueprint.route(f"{APPLICATION}/hearing", methods=["GET", "POST"], endpoint="hear")
@requires(Permission.REVIEW_APPLICATIONS)
def hear(application_id: int) -> ResponseReturnValue:
    """Hear the provider on services that may be rejected: what is intended, why, and by when to answer."""
    application = office_application(application_id)
    demand_still(application, ApplicationAction.HEAR)
    last_day = default_due_date(helsinki_date(now()), HEARING_DAYS, is_day_off)
    form: Any = hearing_form(application, last_day, request.args.getlist("service"))
    services, reasons, due_on = form.services.data, form.reasons.data or "", form.due_on.data
    short = form.short_reason.data or ""
    return carry_out(
        form,
        lambda: hearings.hear(work(), application, services, reasons, due_on=due_on, short_reason=short),
        done=lambda asked: lead_on(
            review_url(application),
            outcome(
                Served.HEARING,
                ServedDocument.hearing_id,
                asked.id,
                _("The provider has been asked to answer. The application comes back to you."),
            ),
        ),
        show=lambda: render("approvals/hear.html", form=form, application=application),
        faults=lambda: hearings.refusals(
            application, services, reasons, due_on=due_on, now=now(), short_reason=short
        ),
    )


@blueprint.route(f"{APPLICATION}/hearing/answer", methods=["GET", "POST"], endpoint="write_down_hearing")
@requires(Permission.REVIEW_APPLICATIONS)
def write_down(application_id: int) -> ResponseReturnValue:
    """Write down an answer to a hearing that came by letter or mail."""
    take_files(UploadField, "letter")
    application = office_application(application_id)
    waits = unanswered(session(), application)
    if waits is None:
        raise Elsewhere(
            review_url(application), _("No answer to a hearing is waited for any more."), "warning"
        )
    return written_answer_page(
        lambda given: hearings.write_down(work(), application, given),
        provider=application.provider.name,
        asked_on=helsinki_date(waits.heard_at),
        back=review_url(application),
    )
