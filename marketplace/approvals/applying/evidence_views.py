"""The evidence page of an application, and adding a proof to it."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue

from marketplace.approvals import queries, words
from marketplace.approvals.applying import service as verbs
from marketplace.approvals.applying.access import closed, look_again, mine, page_url, section_url
from marketplace.approvals.applying.forms import EvidenceForm
from marketplace.approvals.applying.rules import EVIDENCE
from marketplace.approvals.applying.saving import save_page, status_of
from marketplace.approvals.applying.takeover import offered_evidence, usable_evidence
from marketplace.approvals.applying.views import APPLICATION
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.findings import requirement_state
from marketplace.approvals.models import Application
from marketplace.approvals.rules import fingerprint
from marketplace.approvals.summary import evidence_text
from marketplace.errors import DomainError, NotFound
from marketplace.forms import options
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers.evidence.forms import proof_form
from marketplace.providers.evidence.service import add_evidence
from marketplace.web import current_actor, notify, now, render, requires, session


@blueprint.route(f"{APPLICATION}/evidence", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def evidence(provider_id: int, application_id: int) -> ResponseReturnValue:
    """What must be proven, how it stands, and which of the provider's proofs belong to the application."""
    application = mine(provider_id, application_id)
    if elsewhere := closed(application, EVIDENCE):
        return elsewhere
    definition = queries.definition_of(session(), application)
    offered = offered_evidence(session(), application)
    attached = sorted(proof.id for proof in application.evidence)
    usable = usable_evidence(session(), application, today=helsinki_date(now()))
    form = EvidenceForm.from_request(
        proofs=attached or [each.id for each in usable], seen=fingerprint(attached)
    )
    names = {
        proof.id: f"{EVIDENCE_KINDS[proof.kind].name[current_language()]} – {evidence_text(proof)}"
        for proof in offered
    }
    form.proofs.choices = options((str(proof_id), name) for proof_id, name in names.items())
    overtaken = None
    if form.validate_on_submit():
        saved, overtaken = save_page(
            form,
            lambda: verbs.attach_evidence(
                session(),
                application,
                form.proofs.data,
                seen=form.seen.data,
                actor=current_actor(),
                now=now(),
            ),
        )
        if saved:
            return redirect(page_url(application))
    return render(
        "approvals/evidence.html",
        status=status_of(form, overtaken),
        form=form,
        application=application,
        definition=definition,
        requirements=_requirement_rows(application, definition),
        combined=_combined(application, definition),
        overtaken=None
        if overtaken is None
        else [(_("Proofs"), "; ".join(names[each] for each in overtaken if each in names))],
        **look_again(application, EVIDENCE),
    )


def _requirement_rows(application: Application, definition: PilotDefinition) -> list[dict[str, Any]]:
    """Each kind that is asked for, how it stands, and what proves it now."""
    today = helsinki_date(now())
    proofs = [queries.proof_of(proof) for proof in application.evidence if proof.counts]
    rows = []
    for each in queries.requirements(definition, queries.service_keys(application)):
        state = requirement_state(
            each, proofs, applied_on=queries.applied_on(application, today), today=today
        )
        name, tone = words.PROOF_STATES[state]
        rows.append(
            {
                "kind": EVIDENCE_KINDS[each.kind],
                "state": name,
                "tone": tone,
                "max_age_months": each.max_age_months,
                "proofs": [proof for proof in application.evidence if proof.kind in each.proven_by],
                "lacking": state != "valid",
            }
        )
    return rows


def _combined(application: Application, definition: PilotDefinition) -> list[Any]:
    """Reports that stand for several of the kinds asked for."""
    kinds = {each.kind for each in queries.requirements(definition, queries.service_keys(application))}
    return [kind for kind in EVIDENCE_KINDS.values() if len(kinds & set(kind.stands_for)) > 1]


@blueprint.route(f"{APPLICATION}/evidence/<kind>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def proof(provider_id: int, application_id: int, kind: str) -> ResponseReturnValue:
    """Add a proof of one kind to the company's evidence and to this application."""
    application = mine(provider_id, application_id)
    if elsewhere := closed(application, EVIDENCE):
        return elsewhere
    if kind not in EVIDENCE_KINDS:
        raise NotFound()
    shape = EVIDENCE_KINDS[kind]
    form = proof_form(shape)
    if form.validate_on_submit():
        try:
            added = add_evidence(
                session(),
                actor=current_actor(),
                now=now(),
                provider_id=provider_id,
                kind=kind,
                **form.facts,
            )
            verbs.attach_new_proof(session(), application, added, actor=current_actor(), now=now())
            notify(_("The proof has been added. It is also kept among your company’s evidence."))
            return redirect(section_url(application, EVIDENCE))
        except DomainError as error:
            form.refuse(error)
    return render(
        "approvals/proof.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        application=application,
        kind=shape,
    )
