"""The office's pages of proofs: those that wait, and one with its file."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.proofs import queries, service
from marketplace.approvals.proofs.forms import ProofListForm, ReturnProofForm
from marketplace.approvals.reviewing.viewer import SHOWN, show
from marketplace.approvals.serving.service import reading_language
from marketplace.audit.viewing import record_view
from marketplace.errors import NotAllowed, NotFound
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.providers.audit_actions import EvidenceAudit
from marketplace.providers.evidence.labels import LOOK_STATES
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LOOK, LookState
from marketplace.providers.models import Evidence, Provider
from marketplace.providers.queries import evidence_of
from marketplace.web.forms import PlainForm, options
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.posting import carry_out, lead_on

PROOF = "/office/proofs/<int:provider_id>/<int:evidence_id>"


@blueprint.get("/office/proofs")
@requires(Permission.VIEW_APPLICATIONS)
def proofs() -> ResponseReturnValue:
    """The proofs that wait for the organisation, the first to stop counting first, or those looked at already."""
    organisation = _organisation()
    show_own_organisation()
    form = ProofListForm(formdata=MultiDict(request.args.items(multi=True)))
    form.state.choices = options([(state, LOOK_STATES[state][0]) for state in LookState])
    given = {name: form[name].data or "" for name in ("words", "state") if form[name].validate(form)}
    state = LookState(given.get("state") or LOOK.initial)
    page = queries.looks(
        session(), organisation, state=state, words=given.get("words", ""), page=asked_page()
    )
    return render(
        "approvals/proofs/list.html",
        form=form,
        page=page,
        waits=state == LookState.WAITING,
        states=LOOK_STATES,
        today=helsinki_date(now()),
        page_url=page_links(given),
    )


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    return organisation


@blueprint.get(PROOF)
@requires(Permission.VIEW_APPLICATIONS)
def proof(provider_id: int, evidence_id: int) -> ResponseReturnValue:
    """A proof with its file, what the office has found of it, and the ones before and after it."""
    return _page(queries.office_proof(work(), provider_id, evidence_id), ReturnProofForm(formdata=None))


def _page(shown: Evidence, form: Any) -> ResponseReturnValue:
    organisation = _organisation()
    show_own_organisation()
    look = queries.look_at(session(), shown, organisation)
    before, after = queries.neighbours(shown, evidence_of(session(), shown.provider_id))
    opened = shown.file is not None and shown.file.state == FileState.CLEAN
    return render(
        "approvals/proofs/proof.html",
        provider=session().get_one(Provider, shown.provider_id),
        proof=shown,
        look=look,
        states=LOOK_STATES,
        actions=LOOK.actions(look.state) if look is not None and _may_look(shown) else (),
        form=form,
        accept_form=PlainForm(formdata=None),
        next_waiting=_after(look, organisation),
        before=before,
        after=after,
        shown=opened and shown.file.media_type in SHOWN,  # type: ignore[union-attr]
        sandboxed=opened and shown.file.media_type != "application/pdf",  # type: ignore[union-attr]
        opened=opened,
        today=helsinki_date(now()),
    )


def _may_look(shown: Evidence) -> bool:
    return work().may(Permission.REVIEW_APPLICATIONS, organisation=_organisation(), about=shown.provider_id)


def _after(look: ProofLook | None, organisation: str) -> ProofLook | None:
    return queries.next_waiting(session(), organisation, look) if look is not None else None


@blueprint.post(f"{PROOF}/accept")
@requires(Permission.REVIEW_APPLICATIONS)
def accept_proof(provider_id: int, evidence_id: int) -> ResponseReturnValue:
    """The proof is in order."""
    return carry_out(
        PlainForm.from_request(),
        lambda: service.accept(work(), provider_id, evidence_id),
        done=lambda look: _on(look, _("The proof has been accepted.")),
        show=lambda: _page(
            queries.office_proof(work(), provider_id, evidence_id), ReturnProofForm(formdata=None)
        ),
        moved_on=url_for("approvals.proof", provider_id=provider_id, evidence_id=evidence_id),
    )


@blueprint.post(f"{PROOF}/return")
@requires(Permission.REVIEW_APPLICATIONS)
def return_proof(provider_id: int, evidence_id: int) -> ResponseReturnValue:
    """The proof does not do; the reason goes to the provider by e-mail."""
    shown = queries.office_proof(work(), provider_id, evidence_id)
    language = reading_language(session(), session().get_one(Provider, shown.provider_id))
    form = ReturnProofForm.from_request().addressed(language)
    return carry_out(
        form,
        lambda: service.send_back(work(), provider_id, evidence_id, form.reason.data or ""),
        done=lambda look: _on(look, _("The proof has been returned. The provider was told by e-mail.")),
        show=lambda: _page(queries.office_proof(work(), provider_id, evidence_id), form),
        moved_on=url_for("approvals.proof", provider_id=provider_id, evidence_id=evidence_id),
    )


def _on(look: ProofLook, told: str) -> ResponseReturnValue:
    """To the next proof that waits, or back to the list."""
    following = _after(look, look.organisation_key)
    if following is None:
        return lead_on(url_for("approvals.proofs"), told)
    return lead_on(
        url_for(
            "approvals.proof",
            provider_id=following.evidence.provider_id,
            evidence_id=following.evidence_id,
        ),
        told,
    )


@blueprint.get(f"{PROOF}/frame")
@requires(Permission.VIEW_APPLICATIONS)
def proof_frame(provider_id: int, evidence_id: int) -> ResponseReturnValue:
    """The file itself, for the frame. Raises NotFound for a type that is not shown."""
    file = _opened(provider_id, evidence_id)
    if file.media_type not in SHOWN:
        raise NotFound()
    return show(file)


@blueprint.get(f"{PROOF}/file")
@requires(Permission.VIEW_APPLICATIONS)
def proof_file(provider_id: int, evidence_id: int) -> ResponseReturnValue:
    """The file, to keep."""
    return hand_out(_opened(provider_id, evidence_id))


def _opened(provider_id: int, evidence_id: int) -> StoredFile:
    """The proof's file, handed out now; that it was opened is written down. Raises NotFound."""
    held = queries.office_proof(work(), provider_id, evidence_id)
    if held.file is None or held.file.state != FileState.CLEAN:
        raise NotFound()
    record_view(held, organisation=_organisation(), action=EvidenceAudit.VIEW, detail=held.file.name)
    return held.file
