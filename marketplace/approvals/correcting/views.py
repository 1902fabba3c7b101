"""The office's pages for correcting a clerical error: propose it, look at the corrected copy, make it."""

from __future__ import annotations

from flask import make_response, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications.models import Decision
from marketplace.approvals.access import APPLICATION, office_application, review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.contesting.queries import Contested, decided_on, is_set_aside, thing_of
from marketplace.approvals.correcting import service as correcting
from marketplace.approvals.correcting.forms import CorrectionForm, MakeCorrectionForm
from marketplace.approvals.correcting.queries import correction_of, decision_with, file_of
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.views import MEASURE_PAGE, measure_of, ours, page_of
from marketplace.decisions.rules import CorrectionState, may_decide
from marketplace.decisions.wording import places
from marketplace.errors import Conflict, NotFound
from marketplace.files.uploads import filestore, hand_out
from marketplace.i18n import _, _l
from marketplace.permissions import Permission
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

CORRECTION = f"{APPLICATION}/corrections/<int:correction_id>"
MEASURE_CORRECTION = f"{MEASURE_PAGE}/corrections/<int:correction_id>"


# --- of decisions on applications ------------------------------------------------------------------------------------


@blueprint.route(f"{APPLICATION}/decisions/<int:decision_id>/correction", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def correction(application_id: int, decision_id: int) -> ResponseReturnValue:
    """Propose to correct a clerical error in a decision."""
    return _propose(correcting.decision_of(office_application(application_id), decision_id))


@blueprint.route(CORRECTION, methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def make_correction(application_id: int, correction_id: int) -> ResponseReturnValue:
    """What would change in the decision, and the way to make the correction."""
    return _make(decision_with(office_application(application_id), correction_id), correction_id)


@blueprint.post(f"{CORRECTION}/drop", endpoint="drop_correction")
@requires(Permission.DECIDE_APPLICATIONS)
def drop_correction(application_id: int, correction_id: int) -> ResponseReturnValue:
    """Give a proposed correction up."""
    return _drop(decision_with(office_application(application_id), correction_id), correction_id)


@blueprint.get(f"{CORRECTION}.pdf", endpoint="correction_preview")
@requires(Permission.VIEW_APPLICATIONS)
def correction_preview(application_id: int, correction_id: int) -> ResponseReturnValue:
    """The corrected copy before the correction is made."""
    return _preview(decision_with(office_application(application_id), correction_id), correction_id)


# --- of decisions on approvals ---------------------------------------------------------------------------------------


def _decided(approval_id: int, measure_id: int) -> ApprovalMeasure:
    measure = measure_of(ours(approval_id), measure_id)
    if measure.number is None:
        raise NotFound()
    return measure


@blueprint.route(f"{MEASURE_PAGE}/correction", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def measure_correction(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """Propose to correct a clerical error in a decision on an approval."""
    return _propose(_decided(approval_id, measure_id))


@blueprint.route(MEASURE_CORRECTION, methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def make_measure_correction(approval_id: int, measure_id: int, correction_id: int) -> ResponseReturnValue:
    """What would change in the decision on an approval, and the way to make the correction."""
    return _make(_decided(approval_id, measure_id), correction_id)


@blueprint.post(f"{MEASURE_CORRECTION}/drop")
@requires(Permission.DECIDE_APPLICATIONS)
def drop_measure_correction(approval_id: int, measure_id: int, correction_id: int) -> ResponseReturnValue:
    """Give a proposed correction of a decision on an approval up."""
    return _drop(_decided(approval_id, measure_id), correction_id)


@blueprint.get(f"{MEASURE_CORRECTION}.pdf")
@requires(Permission.VIEW_APPLICATIONS)
def measure_correction_preview(approval_id: int, measure_id: int, correction_id: int) -> ResponseReturnValue:
    """The corrected copy of a decision on an approval before the correction is made."""
    return _preview(_decided(approval_id, measure_id), correction_id)


@blueprint.get(f"{MEASURE_CORRECTION}/<any(correction, copy):which>.pdf")
@requires(Permission.VIEW_APPLICATIONS)
def measure_correction_file(
    approval_id: int, measure_id: int, correction_id: int, which: str
) -> ResponseReturnValue:
    """The archived correction of a decision on an approval, or the corrected copy."""
    return hand_out(file_of(_decided(approval_id, measure_id), correction_id, which))


# --- of either -------------------------------------------------------------------------------------------------------


def _back(subject: Contested) -> str:
    if isinstance(subject, Decision):
        return review_url(subject.application)
    return page_of(subject.approval)


def _propose(subject: Contested) -> ResponseReturnValue:
    form, back = CorrectionForm.from_request(), _back(subject)
    with conflicts_lead_to(back):
        correcting.demand_correctable(session(), subject)
        correcting.words_of(subject)
    return carry_out(
        form,
        lambda: correcting.propose(work(), subject, wrong=form.wrong.data or "", right=form.right.data or ""),
        done=lambda _made: lead_on(
            back, _("The correction waits for a decider. The provider has been told nothing yet.")
        ),
        show=lambda: render(
            "approvals/correcting/propose.html",
            form=form,
            subject=subject,
            name=thing_of(subject).provider.name,
            day=decided_on(subject),
            back=back,
        ),
        faults=lambda: correcting.refusals(subject, form.wrong.data or "", form.right.data or ""),
        moved_on=back,
    )


def _make(subject: Contested, correction_id: int) -> ResponseReturnValue:
    found, back = correction_of(subject, correction_id), _back(subject)
    _demand_waiting(found.state)
    form = MakeCorrectionForm.from_request()
    return carry_out(
        form,
        lambda: correcting.make(work(), subject, found, store=filestore()),
        done=lambda made: lead_on(
            back,
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
            subject=subject,
            name=thing_of(subject).provider.name,
            day=decided_on(subject),
            back=back,
            correction=found,
            preview=_address("correction_preview", subject, found.id),
            dropping=_address("drop_correction", subject, found.id),
            places=places(correcting.words_of(subject), found.wrong, found.right),
            may_make=may_decide(current_actor().user_id, [found.proposed_by_id]),
            stands=not is_set_aside(session(), subject),
        ),
        moved_on=back,
    )


def _address(page: str, subject: Contested, correction_id: int) -> str:
    """The address of a page of the correction, which has a name of its own for decisions on approvals."""
    if isinstance(subject, Decision):
        return url_for(
            f"approvals.{page}", application_id=subject.application_id, correction_id=correction_id
        )
    names = {"correction_preview": "measure_correction_preview", "drop_correction": "drop_measure_correction"}
    return url_for(
        f"approvals.{names[page]}",
        approval_id=subject.approval_id,
        measure_id=subject.id,
        correction_id=correction_id,
    )


def _drop(subject: Contested, correction_id: int) -> ResponseReturnValue:
    correcting.drop(work(), subject, correction_of(subject, correction_id))
    return lead_on(_back(subject), _("The correction has been dropped."))


def _preview(subject: Contested, correction_id: int) -> ResponseReturnValue:
    found = correction_of(subject, correction_id)
    _demand_waiting(found.state)
    answer = make_response(correcting.preview(subject, found, now()))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="correction-{found.id}.pdf"'
    return answer


def _demand_waiting(state: CorrectionState) -> None:
    if state is not CorrectionState.PROPOSED:
        raise Conflict(_l("The correction does not wait any more."))
