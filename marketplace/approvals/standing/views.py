"""The office's pages of an approval: what is known of it, its measures, the yearly check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.applications import labels as approval_words
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.contesting import labels as review_words
from marketplace.approvals.contesting.queries import contest_of
from marketplace.approvals.deciding.forms import ReturnForm
from marketplace.approvals.hearing.written_page import written_answer_page
from marketplace.approvals.serving import labels as served_words
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import of_measures
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.approvals.standing import deciding, labels, queries, rules, service
from marketplace.approvals.standing.forms import (
    ConditionForm,
    DropForm,
    MeasureForm,
    ProposeConditionForm,
    ProposeForm,
    RecheckForm,
    ReinstateForm,
    RequestForm,
)
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.phrases import LIBRARY, RESPONSE
from marketplace.approvals.standing.rules import ConditionState, MeasureAction, MeasureState
from marketplace.audit.viewing import record_view
from marketplace.decisions.rules import HEARING_DAYS, default_due_date
from marketplace.errors import NotFound
from marketplace.files.uploads import UploadField, filestore, hand_out, take_files
from marketplace.i18n import _, helsinki_date, in_language
from marketplace.offers.labels import HIDDEN, availability_text
from marketplace.offers.models import Offer
from marketplace.offers.pricing.days import is_day_off
from marketplace.offers.queries import standings_of
from marketplace.offers.rules import reasons_hidden
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.company.queries import lacks_admin
from marketplace.providers.evidence.labels import LOOK_STATES
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.queries import looks_of_provider
from marketplace.providers.models import Evidence, ServiceApproval
from marketplace.providers.queries import evidence_of
from marketplace.providers.rules import APPROVAL, ApprovalAction
from marketplace.slots import Panel
from marketplace.text import whole_number
from marketplace.web.forms import PlainForm
from marketplace.web.frame import SAFE_METHODS, current_actor, now, render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, conflicts_lead_to, lead_on

APPROVAL_PAGE = "/office/approvals/<int:approval_id>"

approval_panels: Final = Panel[Callable[[ServiceApproval], Markup]](
    "approvals.touched",
    "What an approval touches, on its page and where a measure is opened and decided: ready HTML for an approval.",
)


def _today() -> Any:
    return helsinki_date(now())


def ours(approval_id: int) -> ServiceApproval:
    """The approval of the actor's organisation, locked when the request changes it. Raises NotFound."""
    lock = request.method not in SAFE_METHODS
    approval = queries.for_office(work(), approval_id, lock=lock)
    show_organisation(approval.pilot.organisation)
    return approval


def page_of(approval: ServiceApproval) -> str:
    """The address of the approval's page."""
    return url_for("approvals.standing", approval_id=approval.id)


@blueprint.get(APPROVAL_PAGE, endpoint="standing")
@requires(Permission.VIEW_APPLICATIONS)
def approval_page(approval_id: int) -> ResponseReturnValue:
    """One approval: proofs, conditions, measures, what it touches, and everything that was done."""
    approval = ours(approval_id)
    organisation = approval.pilot.organisation_key
    record_view(approval, organisation=organisation, action=ApprovalAudit.VIEW)
    return show_approval(approval)


def show_approval(
    approval: ServiceApproval, *, request_form: Any = None, recheck: Any = None
) -> ResponseReturnValue:
    """The page, with a form shown again when it has errors."""
    standing = queries.standings(session(), [approval], today=_today())[0]
    request_form = request_form or RequestForm(formdata=None)
    actor, organisation = current_actor(), approval.pilot.organisation_key
    offers = queries.offers_of(session(), approval)
    standings = standings_of(session(), offers, _today())
    measures = queries.measures_of(session(), approval)
    decision = queries.decision_of(session(), approval)
    founded = service.stands(session(), decision)
    served = of_measures(session(), [each.id for each in measures], [each.id for each in standing.conditions])
    return render(
        "approvals/standing/approval.html",
        approval=approval,
        standing=standing,
        lacks_admin=lacks_admin(session(), approval.provider_id),
        definition=pilots.kept_definition(session(), approval.pilot_version_id),
        decision=decision,
        founded=founded,
        kinds=[
            kind
            for kind in (() if standing.measure else rules.possible(approval.state))
            if founded or kind is not ApprovalAction.CONDITION
        ],
        measures=measures,
        contests={each.id: contest_of(session(), each, _today()) for each in measures if each.number},
        review_words=review_words,
        unreached={each.measure_id for each in served if each.sent_on is None and each.measure_id},
        served=served,
        served_words=served_words,
        rechecks=queries.rechecks_of(session(), approval),
        touched=_touched(approval),
        offers=[(offer, reasons_hidden(standings[offer.id], _today())) for offer in offers],
        history=queries.history(session(), approval),
        form=recheck if recheck is not None and recheck.errors else request_form,
        request_form=request_form,
        recheck_form=recheck or _asking(RecheckForm(formdata=None), approval),
        is_current=approval.state in APPROVAL.standing,
        may_review=actor.may(Permission.REVIEW_APPLICATIONS, organisation=organisation),
        may_decide=actor.may(Permission.DECIDE_APPLICATIONS, organisation=organisation),
        labels=labels,
        area=approval_words.area_text,
        availability=availability_text,
        proofs=_proofs(approval),
        look_states=LOOK_STATES,
        hidden=HIDDEN,
        today=_today(),
    )


def _asking(form: RecheckForm, approval: ServiceApproval) -> RecheckForm:
    return form.asking(queries.yearly_points(session(), approval))


def _proofs(approval: ServiceApproval) -> list[tuple[Evidence, ProofLook | None]]:
    """Every proof of the provider with what the organisation has found of it."""
    organisation = approval.pilot.organisation_key
    found = looks_of_provider(session(), approval.provider_id)
    return [
        (proof, next((look for look in found[proof.id] if look.organisation_key == organisation), None))
        for proof in evidence_of(session(), approval.provider_id)
    ]


def _seen_now(approval: ServiceApproval) -> list[Offer]:
    """The offers that clients would lose: those that they see now."""
    offers = queries.offers_of(session(), approval)
    standings = standings_of(session(), offers, _today())
    return [each for each in offers if not reasons_hidden(standings[each.id], _today())]


def _touched(approval: ServiceApproval) -> list[Markup]:
    return [panel(approval) for panel in approval_panels]


@blueprint.route(
    f"{APPROVAL_PAGE}/<any(condition, suspend, reinstate, withdraw):kind>", methods=["GET", "POST"]
)
@requires(Permission.REVIEW_APPLICATIONS)
def open_measure(approval_id: int, kind: str) -> ResponseReturnValue:
    """Open a measure on the approval: with a hearing, or straight to the decider."""
    approval, measure = ours(approval_id), ApprovalAction(kind)
    with conflicts_lead_to(page_of(approval)):
        service.demand_possible(session(), approval, measure)
        service.demand_no_other(session(), approval)
    against = measure in rules.MEASURE.heard
    first: dict[str, Any] = {"grounds": _grounds(approval, whole_number(request.args.get("condition")))}
    if against:
        first["due_on"] = default_due_date(_today(), HEARING_DAYS, is_day_off)
    language = service.language_of(session(), approval)
    phrases = LIBRARY.ready(approval.service_key, measure)
    form: Any = _FORMS[measure].from_request(**first).offering(phrases, language)
    return carry_out(
        form,
        lambda: service.open_measure(work(), approval, _plan(measure, form, language)),
        done=lambda opened: lead_on(page_of(approval), _opened_text(opened)),
        show=lambda: render(
            "approvals/standing/measure.html",
            form=form,
            kind=measure,
            against=against,
            approval=approval,
            language=language,
            offers=_seen_now(approval),
            hides=measure in rules.MEASURE.hiding,
            touched=_touched(approval) if measure in rules.MEASURE.hiding else [],
            labels=labels,
        ),
        faults=lambda: service.plan_refusals(_plan(measure, form, language), _today()),
        moved_on=page_of(approval),
    )


_FORMS: Final = {
    ApprovalAction.CONDITION: ConditionForm,
    ApprovalAction.SUSPEND: MeasureForm,
    ApprovalAction.REINSTATE: ReinstateForm,
    ApprovalAction.WITHDRAW: MeasureForm,
}


def _grounds(approval: ServiceApproval, condition_id: int | None) -> str:
    """What a condition that was not met, or a request without an answer, gives as grounds in the provider's language;
    empty without one.
    """
    condition = queries.condition_of(session(), approval, condition_id)
    if condition is None or condition.state != ConditionState.NOT_MET:
        return ""
    with in_language(service.language_of(session(), approval)):
        said = labels.not_met_grounds if condition.binding else labels.unanswered_grounds
        return said(condition.text, condition.due_on, condition.reason)


def _opened_text(measure: ApprovalMeasure) -> str:
    if measure.state == MeasureState.HEARING:
        return outcome(
            Served.MEASURE_HEARING,
            ServedDocument.measure_id,
            measure.id,
            _("The provider has been asked to explain."),
        )
    return _("The proposal waits for another person’s decision.")


def _plan(kind: ApprovalAction, form: Any, language: str) -> rules.MeasurePlan:
    grounds = LIBRARY.grounds(form.ready.data, form.grounds.data, language)
    if kind not in rules.MEASURE.heard:
        return rules.MeasurePlan(kind, grounds)
    return rules.MeasurePlan(
        kind,
        grounds,
        safety=form.safety.data,
        safety_reason=form.safety_reason.data or "",
        due_on=form.due_on.data,
        short_reason=form.short_reason.data or "",
        **_condition(form),
    )


def _condition(form: Any) -> dict[str, Any]:
    """What the form says of a condition, if it is about one."""
    if not isinstance(form, ConditionForm):
        return {}
    return {
        "condition": form.condition.data,
        "condition_due_on": form.condition_due_on.data,
        "condition_public": form.condition_public.data,
    }


MEASURE_PAGE = f"{APPROVAL_PAGE}/measures/<int:measure_id>"


def measure_of(approval: ServiceApproval, measure_id: int) -> ApprovalMeasure:
    """A measure of this very approval. Raises NotFound for any other."""
    measure = session().get(ApprovalMeasure, measure_id)
    if measure is None or measure.approval_id != approval.id:
        raise NotFound()
    return measure


@blueprint.route(f"{MEASURE_PAGE}/decision", methods=["GET", "POST"])
@requires(Permission.DECIDE_APPLICATIONS)
def decide_measure(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """The decider's page: decide as proposed."""
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    if not rules.MEASURE.allows(measure.state, MeasureAction.DECIDE):
        raise Elsewhere(page_of(approval), _("The measure does not wait for a decision."), "warning")
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: deciding.decide(work(), measure, store=filestore()),
        done=lambda made: lead_on(
            page_of(approval),
            outcome(
                Served.MEASURE_DECISION,
                ServedDocument.measure_id,
                made.id,
                _("Decision %(number)s has been made and mailed to the provider.", number=made.number),
            ),
        ),
        show=lambda: _decision_page(measure, form, ReturnForm(formdata=None)),
        moved_on=page_of(approval),
    )


@blueprint.get(f"{MEASURE_PAGE}/decision/preview.pdf")
@requires(Permission.DECIDE_APPLICATIONS)
def preview_measure(approval_id: int, measure_id: int) -> Response:
    """The document as it would be, to read before it is decided."""
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    if not rules.MEASURE.allows(measure.state, MeasureAction.DECIDE):
        raise Elsewhere(page_of(approval), _("The measure does not wait for a decision."), "warning")
    response = Response(deciding.preview(work(), measure), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="preview.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route(f"{MEASURE_PAGE}/proposal", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def propose_measure(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """After the hearing, or when the decider has returned it: answer the explanation and propose."""
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    if not rules.MEASURE.allows(measure.state, MeasureAction.PROPOSE):
        raise Elsewhere(page_of(approval), _("The measure is not with the reviewer."), "warning")
    form: Any = _propose_form(measure)
    response = LIBRARY.grounds(form.ready.data or (), form.response.data, measure.language)
    day = form.condition_due_on.data if measure.condition else None
    return carry_out(
        form,
        lambda: service.propose(work(), measure, response, condition_due_on=day),
        done=lambda _proposed: lead_on(
            page_of(approval), _("The proposal waits for another person’s decision.")
        ),
        show=lambda: render(
            "approvals/standing/propose.html", form=form, measure=measure, approval=approval, labels=labels
        ),
        faults=lambda: service.proposal_refusals(measure, response, day, _today()),
        moved_on=page_of(approval),
    )


def _propose_form(measure: ApprovalMeasure) -> ProposeForm:
    phrases = LIBRARY.ready(measure.approval.service_key, RESPONSE) if measure.answer else ()
    if not measure.condition:
        return ProposeForm.from_request(response=measure.response).offering(phrases, measure.language)
    return ProposeConditionForm.from_request(
        response=measure.response, condition_due_on=measure.condition_due_on
    ).offering(phrases, measure.language)


@blueprint.route(f"{MEASURE_PAGE}/explanation", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def write_down_answer(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """Write down an explanation that came by letter or mail."""
    take_files(UploadField, "letter")
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    if not labels.may_be_written_down(measure):
        raise Elsewhere(page_of(approval), _("The explanation is no longer waited for."), "warning")
    return written_answer_page(
        lambda given: service.write_down_answer(work(), measure, given),
        provider=approval.provider.name,
        asked_on=service.asked_on(session(), measure),
        back=page_of(approval),
    )


@blueprint.post(f"{MEASURE_PAGE}/return")
@requires(Permission.DECIDE_APPLICATIONS)
def return_measure(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """Do not decide as proposed; the reason goes back to the reviewer."""
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    form = ReturnForm.from_request()
    return carry_out(
        form,
        lambda: service.send_back(work(), measure, form.reason.data),
        done=lambda _returned: lead_on(
            page_of(approval), _("The proposal has been returned to the reviewer.")
        ),
        show=lambda: _decision_page(measure, PlainForm(formdata=None), form),
        moved_on=page_of(approval),
    )


def _decision_page(measure: ApprovalMeasure, form: Any, return_form: Any) -> ResponseReturnValue:
    return render(
        "approvals/standing/decision.html",
        form=form if form.form_errors else return_form,
        decide_form=form,
        return_form=return_form,
        measure=measure,
        approval=measure.approval,
        definition=pilots.kept_definition(session(), measure.approval.pilot_version_id),
        offers=_seen_now(measure.approval),
        hides=measure.kind in rules.MEASURE.hiding,
        touched=_touched(measure.approval) if measure.kind in rules.MEASURE.hiding else [],
        own=measure.proposed_by_id == current_actor().user_id,
        labels=labels,
    )


@blueprint.route(f"{MEASURE_PAGE}/drop", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def drop_measure(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """Give a measure up before it is decided, with the reason."""
    approval = ours(approval_id)
    measure = measure_of(approval, measure_id)
    if not rules.MEASURE.allows(measure.state, MeasureAction.DROP):
        raise Elsewhere(page_of(approval), _("The measure is no longer under way."), "warning")
    form: Any = DropForm.from_request().addressed(measure.language)
    return carry_out(
        form,
        lambda: service.drop(work(), measure, form.reason.data or ""),
        done=lambda _dropped: lead_on(page_of(approval), _("The measure has been dropped.")),
        show=lambda: render(
            "approvals/standing/drop.html",
            form=form,
            measure=measure,
            approval=approval,
            labels=labels,
            told=service.has_been_heard_of(session(), measure),
        ),
        moved_on=page_of(approval),
    )


@blueprint.get(f"{MEASURE_PAGE}/decision.pdf")
@requires(Permission.VIEW_APPLICATIONS)
def measure_file(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """The archived decision."""
    measure = measure_of(ours(approval_id), measure_id)
    if measure.file is None:
        raise NotFound()
    return hand_out(measure.file)


@blueprint.get(f"{MEASURE_PAGE}/letter")
@requires(Permission.VIEW_APPLICATIONS)
def measure_letter(approval_id: int, measure_id: int) -> ResponseReturnValue:
    """The letter in which the provider explained."""
    measure = measure_of(ours(approval_id), measure_id)
    if measure.answer_file is None:
        raise NotFound()
    return hand_out(measure.answer_file)


@blueprint.get(f"{MEASURE_PAGE}/attachments/<int:file_id>")
@requires(Permission.VIEW_APPLICATIONS)
def office_measure_attachment(approval_id: int, measure_id: int, file_id: int) -> ResponseReturnValue:
    """A file that went with the provider's explanation."""
    return hand_out(queries.attachment_of(measure_of(ours(approval_id), measure_id), file_id))


@blueprint.post(f"{APPROVAL_PAGE}/recheck")
@requires(Permission.REVIEW_APPLICATIONS)
def recheck(approval_id: int) -> ResponseReturnValue:
    """Write down the yearly check."""
    approval = ours(approval_id)
    form = _asking(RecheckForm.from_request(), approval)
    return carry_out(
        form,
        lambda: service.recheck(work(), approval, form.note.data or "", form.points.data or ()),
        done=lambda _checked: lead_on(page_of(approval), _("The yearly check has been written down.")),
        show=lambda: show_approval(approval, recheck=form),
        moved_on=page_of(approval),
    )
