"""The office's page for correcting a clerical error, and the provider's way to the correction."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from marketplace.approvals.access import APPLICATION, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.correcting.forms import CorrectionForm
from marketplace.files.uploads import filestore
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


@blueprint.route(f"{APPLICATION}/decisions/<int:decision_id>/correction", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def correction(application_id: int, decision_id: int) -> ResponseReturnValue:
    """Correct a clerical error in a decision with a document of its own."""
    application = office_application(application_id)
    decision = correcting.decision_of(application, decision_id)
    form = CorrectionForm.from_request()
    return carry_out(
        form,
        lambda: correcting.correct(
            work(),
            application,
            decision,
            wrong=form.wrong.data or "",
            right=form.right.data or "",
            store=filestore(),
        ),
        done=lambda made: lead_on(
            review_url(application),
            _("Correction %(number)s has been made and mailed to the applicant.", number=made.number),
        ),
        show=lambda: render(
            "approvals/correction.html",
            form=form,
            application=application,
            decision=decision,
            definition=kept_definition(session(), application.definition_version_id),
        ),
    )
