"""A provider's proofs: what there is and until when, and adding one."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import Invalid
from marketplace.i18n import _, date_text, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers import queries
from marketplace.providers.evidence import service
from marketplace.providers.evidence.forms import EvidenceForm, ShownForm
from marketplace.providers.todo import REMINDER
from marketplace.uploads import UploadField
from marketplace.web import current_actor, found, notify, now, render, requires, session

blueprint = Blueprint("evidence", __name__, url_prefix="/<int:provider_id>/evidence")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """Every proof, the newest of each kind first, and the kinds that can be added."""
    provider = queries.my_provider(session(), current_actor(), provider_id)
    today = helsinki_date(now())
    proofs = queries.evidence_of(session(), provider_id)
    return render(
        "providers/evidence/index.html",
        provider=provider,
        proofs=proofs,
        latest={proof.id for proof in queries.latest_evidence(session(), provider_id).values()},
        absent=[kind for key, kind in EVIDENCE_KINDS.items() if key not in {proof.kind for proof in proofs}],
        today=today,
        soon=today + REMINDER,
    )


@blueprint.route("/add/<kind>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def add(provider_id: int, kind: str) -> ResponseReturnValue:
    """Add a proof of one kind, also as the renewal of an earlier one."""
    provider = queries.my_provider(session(), current_actor(), provider_id)
    rule = found(EVIDENCE_KINDS.get(kind))
    form = EvidenceForm.from_request() if rule.file else ShownForm.from_request()
    if form.validate_on_submit():
        document = form["document"] if rule.file else None
        try:
            proof = service.add_evidence(
                session(),
                actor=current_actor(),
                now=now(),
                provider_id=provider_id,
                kind=kind,
                issued_on=form["issued_on"].data,
                valid_until=form["valid_until"].data if rule.file else None,
                received=document.data if isinstance(document, UploadField) else None,
                note=form["note"].data or "",
            )
        except Invalid as error:
            form.refuse(error)
        else:
            _tell(proof.valid_until)
            return redirect(url_for("providers.evidence.index", provider_id=provider_id))
    status = 422 if form.is_submitted() else 200
    return render("providers/evidence/add.html", status=status, form=form, provider=provider, kind=rule)


def _tell(valid_until: date | None) -> None:
    if valid_until is None:
        notify(_("The proof has been saved."))
    elif valid_until < helsinki_date(now()):
        notify(
            _("The proof has been saved, but it expired on %(day)s.", day=date_text(valid_until)), "warning"
        )
    else:
        notify(_("The proof has been saved. It is valid until %(day)s.", day=date_text(valid_until)))
