"""The office's pages for correcting a clerical error: propose it, look at the corrected copy, make it."""

from __future__ import annotations

from flask import make_response
from flask.typing import ResponseReturnValue

from marketplace.approvals.access import APPLICATION, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.correcting.forms import CorrectionForm, MakeCorrectionForm
from marketplace.approvals.correcting.queries import correction_of
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.decisions.rules import CorrectionState, may_decide
from marketplace.decisions.wording import places
from marketplace.errors import Conflict
from marketplace.files.uploads import filestore
from marketplace.i18n import _, _l
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

CORRECTION = f"{APPLICATION}/corrections/<int:correction_id>"


@blueprint.route(f"{APPLICATION}/decisions/<int:decision_id>/correction", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def correction(application_id: int, decision_id: int) -> ResponseReturnValue:
    """Propose to correct a clerical error in a decision."""
    application = office_application(application_id)
    decision = correcting.decision_of(application, decision_id)
    form = CorrectionForm.from_request()
    return carry_out(
        form,
        lambda: correcting.propose(
            work(), application, decision, wrong=form.wrong.data or "", right=form.right.data or ""
        ),
        done=lambda _made: lead_on(
            review_url(application),
            _("The correction waits for a decider. The provider has been told nothing yet."),
        ),
        show=lambda: render(
            "approvals/correcting/propose.html",
            form=form,
            application=application,
            decision=decision,
            definition=kept_definition(session(), application.definition_version_id),
        ),
        moved_on=review_url(application),
    )


@blueprint.route(CORRECTION, methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def make_correction(application_id: int, correction_id: int) -> ResponseReturnValue:
    """What would change in the decision, and the way to make the correction."""
    application = office_application(application_id)
    found = correction_of(session(), application, correction_id)
    if found.state != CorrectionState.PROPOSED:
        raise Conflict(_l("The correction does not wait any more."))
    form = MakeCorrectionForm.from_request()
    return carry_out(
        form,
        lambda: correcting.make(work(), application, found, store=filestore()),
        done=lambda made: lead_on(
            review_url(application),
            outcome(
                Served.CORRECTION,
                ServedDocument.correction_id,
                made.id,
                _("Correction %(number)s has been made and mailed to the provider.", number=made.number),
            ),
        ),
        show=lambda: render(
            "approvals/correcting/make.html",
            form=form,
            application=application,
            correction=found,
            places=places(correcting.words_of(found.decision), found.wrong, found.right),
            may_make=may_decide(current_actor().user_id, [found.proposed_by_id]),
        ),
        moved_on=review_url(application),
    )


@blueprint.post(f"{CORRECTION}/drop", endpoint="drop_correction")
@requires(Permission.DECIDE_APPLICATIONS)
def drop_correction(application_id: int, correction_id: int) -> ResponseReturnValue:
    """Give a proposed correction up."""
    application = office_application(application_id)
    correcting.drop(work(), application, correction_of(session(), application, correction_id))
    return lead_on(review_url(application), _("The correction has been dropped."))


@blueprint.get(f"{CORRECTION}.pdf", endpoint="correction_preview")
@requires(Permission.VIEW_APPLICATIONS)
def correction_preview(application_id: int, correction_id: int) -> ResponseReturnValue:
    """The corrected copy before the correction is made."""
    application = office_application(application_id)
    found = correction_of(session(), application, correction_id)
    if found.state != CorrectionState.PROPOSED:
        raise Conflict(_l("The correction does not wait any more."))
    answer = make_response(correcting.preview(found.decision, found, now()))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="correction-{found.id}.pdf"'
    return answer
