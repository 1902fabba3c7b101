"""The evidence page of an application, and adding a proof to it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.access import demand_open, look_again, onward_url, own_application, section_url
from marketplace.applications.blueprint import blueprint
from marketplace.applications.completeness import EVIDENCE
from marketplace.applications.filling import removing
from marketplace.applications.filling import service as verbs
from marketplace.applications.filling.forms import EvidenceForm
from marketplace.applications.filling.saving import save_or_show
from marketplace.applications.findings import ProofState, requirement_state
from marketplace.applications.models import Application
from marketplace.applications.prefill.service import offered_evidence, usable_evidence
from marketplace.applications.rules import fingerprint
from marketplace.applications.summary import file_text, proof_name
from marketplace.applications.views import APPLICATION
from marketplace.errors import NotFound
from marketplace.files.uploads import UploadField, take_files
from marketplace.i18n import _, current_language, helsinki_date, ngettext
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.entries import EvidenceKind
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers.evidence.forms import faults_in, proof_form
from marketplace.providers.evidence.service import add_evidence
from marketplace.providers.queries import my_provider
from marketplace.web.forms import PlainForm, options
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on


@blueprint.route(f"{APPLICATION}/evidence", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def evidence(provider_id: int, application_id: int) -> ResponseReturnValue:
    """What must be proven, how it stands, and which of the provider's proofs belong to the application."""
    application = own_application(provider_id, application_id)
    demand_open(application, EVIDENCE)
    definition = kept_definition(session(), application.definition_version_id)
    offered = offered_evidence(session(), application)
    attached = sorted(proof.id for proof in application.evidence)
    usable = usable_evidence(session(), application, today=helsinki_date(now()))
    form = EvidenceForm.from_request(
        proofs=attached or [each.id for each in usable], seen=fingerprint(attached)
    )
    names = {proof.id: proof_name(proof) for proof in offered}
    form.proofs.choices = options((str(proof_id), name) for proof_id, name in names.items())
    return save_or_show(
        form,
        save=lambda: verbs.attach_evidence(work(), application, form.proofs.data, seen=form.seen.data),
        onward=lambda: onward_url(application, EVIDENCE),
        show=lambda saved: render(
            "applications/evidence.html",
            form=form,
            application=application,
            definition=definition,
            **_asked_for(application, definition),
            overtaken=None
            if saved is None
            else [(_("Proofs"), "; ".join(names[each] for each in saved if each in names))],
            **look_again(application, EVIDENCE),
        ),
    )


def _asked_for(application: Application, definition: PilotDefinition) -> dict[str, Any]:
    """The proofs asked for as task lists: `first`, to be given each, and `separate`, which one report stands for.

    `split`: the company has begun to give the separate ones.
    """
    rows = _requirement_rows(application, definition)
    combined = [
        (kind, covered)
        for kind in EVIDENCE_KINDS.values()
        for covered in ([row for row in rows if row["kind"].key in kind.stands_for],)
        if len(covered) > 1
    ]
    separate = [row for _kind, covered in combined for row in covered]
    return {
        "first": [
            *(
                _task(application, _together(kind, covered), stands_for=len(covered))
                for kind, covered in combined
            ),
            *(_task(application, row) for row in rows if row not in separate),
        ],
        "separate": [_task(application, row) for row in separate],
        "split": any(proof.kind == row["kind"].key for row in separate for proof in row["proofs"]),
    }


def _together(kind: EvidenceKind, covered: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of a combined report: it stands as the worst of what it stands for."""
    worst = next((row for row in covered if row["lacking"]), covered[0])
    ages = [row["max_age_months"] for row in covered if row["max_age_months"] is not None]
    reports = [proof for proof in covered[0]["proofs"] if proof.kind == kind.key]
    return worst | {"kind": kind, "max_age_months": min(ages, default=None), "proofs": reports}


def _task(application: Application, row: dict[str, Any], *, stands_for: int = 0) -> dict[str, Any]:
    """A row of the task list of proofs; `stands_for`: how many of them a combined report does for."""
    language = current_language()
    kind, months = row["kind"], row["max_age_months"]
    hints = [file_text(proof, too_old=row["too_old"]) for proof in row["proofs"]]
    if not hints and stands_for:
        hints.append(
            ngettext("Does for %(num)d separate proof", "Does for %(num)d separate proofs", stands_for)
        )
    if months and (not hints or row["too_old"]):
        hints.append(ngettext("At most %(num)d month old", "At most %(num)d months old", months))
    return {
        "title": kind.name[language],
        "href": url_for(
            "applications.proof",
            provider_id=application.provider_id,
            application_id=application.id,
            kind=kind.key,
        ),
        "hint": "; ".join(hints),
        "status": row["state"],
        "tone": row["tone"],
    }


def _requirement_rows(application: Application, definition: PilotDefinition) -> list[dict[str, Any]]:
    """Each kind that is asked for, how it stands, and what proves it now."""
    today = helsinki_date(now())
    proofs = [queries.proof_of(proof) for proof in application.evidence if proof.counts]
    rows = []
    for each in queries.requirements(definition, queries.service_keys(application)):
        state = requirement_state(
            each, proofs, applied_on=queries.applied_on(application, today), today=today
        )
        name, tone = labels.PROOF_STATES[state]
        rows.append(
            {
                "kind": EVIDENCE_KINDS[each.kind],
                "state": name,
                "tone": tone,
                "max_age_months": each.max_age_months,
                "proofs": [proof for proof in application.evidence if proof.kind in each.proven_by],
                "lacking": state != ProofState.VALID,
                "too_old": state == ProofState.TOO_OLD,
            }
        )
    return rows


@blueprint.route("/provider/<int:provider_id>/evidence/<int:proof_id>/remove", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def remove_proof(provider_id: int, proof_id: int) -> ResponseReturnValue:
    """Remove a proof that was given by mistake, after asking; why it stays when it cannot be removed."""
    proof = removing.own_proof(work(), provider_id, proof_id)
    form, page = PlainForm.from_request(), url_for("providers.evidence.index", provider_id=provider_id)
    return carry_out(
        form,
        lambda: removing.remove_proof(work(), provider_id=provider_id, proof_id=proof_id),
        done=lambda _gone: lead_on(page, _("The proof has been removed.")),
        show=lambda: render(
            "applications/remove_proof.html",
            form=form,
            provider=my_provider(work(), provider_id),
            proof=proof,
            name=proof_name(proof),
            reason=removing.kept_because(session(), proof),
        ),
        moved_on=page,
    )


@blueprint.route(f"{APPLICATION}/evidence/<kind>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def proof(provider_id: int, application_id: int, kind: str) -> ResponseReturnValue:
    """Add a proof of one kind to the company's evidence and to this application."""
    take_files(UploadField, "document")
    application = own_application(provider_id, application_id)
    demand_open(application, EVIDENCE)
    if kind not in EVIDENCE_KINDS:
        raise NotFound()
    shape = EVIDENCE_KINDS[kind]
    form = proof_form(shape)
    return carry_out(
        form,
        lambda: verbs.attach_new_proof(
            work(), application, add_evidence(work(), provider_id=provider_id, kind=kind, **form.facts)
        ),
        done=lambda _added: _proof_added(application, shape),
        show=lambda: render(
            "applications/proof.html",
            form=form,
            application=application,
            definition=kept_definition(session(), application.definition_version_id),
            kind=shape,
        ),
        faults=lambda: faults_in(form, shape, helsinki_date(now())),
    )


def _proof_added(application: Application, kind: EvidenceKind) -> ResponseReturnValue:
    """Back to the proofs while one is lacking, otherwise on; told how old it may be when it is too old."""
    definition = kept_definition(session(), application.definition_version_id)
    rows = _requirement_rows(application, definition)
    lacking = any(row["lacking"] for row in rows)
    page = section_url(application, EVIDENCE) if lacking else onward_url(application, EVIDENCE)
    proven = {kind.key, *kind.stands_for}
    ages = [row["max_age_months"] for row in rows if row["too_old"] and row["kind"].key in proven]
    added = _("The proof has been added. It is also kept among your company’s evidence.")
    if not ages:
        return lead_on(page, added)
    return lead_on(
        page, f"{added} {labels.too_old_text(kind.name[current_language()], min(ages))}", "warning"
    )
