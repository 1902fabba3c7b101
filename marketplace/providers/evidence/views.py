"""A provider's proofs: what there is and until when, and adding one."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.files.uploads import UploadField, take_files
from marketplace.i18n import _, date_text, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.queries import organisations
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, kinds_that_prove
from marketplace.providers import queries
from marketplace.providers.evidence import service
from marketplace.providers.evidence.forms import faults_in, proof_form
from marketplace.providers.evidence.labels import GROUPS
from marketplace.providers.evidence.queries import looks_of_provider
from marketplace.providers.models import Evidence
from marketplace.providers.rules import is_valid_on
from marketplace.providers.todo import REMINDER
from marketplace.web.frame import found, notify, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("evidence", __name__, url_prefix="/<int:provider_id>/evidence")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """Every kind of proof in groups by what it proves: what there is, the newest first, and what stands for it."""
    provider = queries.my_provider(work(), provider_id)
    today = helsinki_date(now())
    proofs = queries.evidence_of(session(), provider_id)
    latest = {proof.id for proof in queries.latest_evidence(session(), provider_id).values()}
    return render(
        "providers/evidence/index.html",
        provider=provider,
        groups=_groups(proofs, latest, today),
        latest=latest,
        looks=(looks := looks_of_provider(session(), provider_id)),
        fixed={number for number, found in looks.items() if any(look.looked_at for look in found)},
        organisations={each.key: each.name for each in organisations(session())},
        today=today,
        soon=today + REMINDER,
    )


def _groups(proofs: Sequence[Evidence], latest: Container[int], today: date) -> list[dict[str, Any]]:
    """For each group its kinds with the proofs of that kind and, where there are none, the ones that stand for it.

    What a newer one has replaced is apart (`earlier`); a file that waits for the scanner, or was removed by it, is not.
    """
    current = [proof for proof in proofs if proof.id in latest or not proof.counts]
    good = [proof for proof in proofs if proof.counts and is_valid_on(proof, today)]
    groups = []
    for key, name in GROUPS.items():
        kinds = [
            (
                kind,
                [proof for proof in current if proof.kind == kind.key],
                [proof for proof in good if proof.kind in kinds_that_prove(kind.key)][:1],
            )
            for kind in EVIDENCE_KINDS.values()
            if kind.group == key
        ]
        held = any(own for _kind, own, _others in kinds)
        earlier = [
            proof
            for proof in proofs
            if proof not in current and proof.kind in {kind.key for kind, _own, _others in kinds}
        ]
        groups.append({"key": key, "name": name, "kinds": kinds, "held": held, "earlier": earlier})
    return groups


@blueprint.route("/add/<kind>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def add(provider_id: int, kind: str) -> ResponseReturnValue:
    """Add a proof of one kind, also as the renewal of an earlier one."""
    provider = queries.my_provider(work(), provider_id)
    rule = found(EVIDENCE_KINDS.get(kind))
    take_files(UploadField, "document")
    form = proof_form(rule)
    return carry_out(
        form,
        lambda: service.add_evidence(work(), provider_id=provider_id, kind=kind, **form.facts),
        done=_added,
        show=lambda: render("providers/evidence/add.html", form=form, provider=provider, kind=rule),
        faults=lambda: faults_in(form, rule, helsinki_date(now())),
    )


def _added(proof: Evidence) -> ResponseReturnValue:
    _tell(proof)
    return lead_on(url_for("providers.evidence.index", provider_id=proof.provider_id))


def _tell(proof: Evidence) -> None:
    valid_until = proof.valid_until
    if not proof.counts:
        notify(
            _(
                "The proof has been received. It counts when the virus scanner has let it through, "
                "usually within an hour."
            ),
            "warning",
        )
    elif valid_until is None:
        notify(_("The proof has been saved."))
    elif valid_until < helsinki_date(now()):
        notify(
            _("The proof has been saved, but a new one was due on %(day)s.", day=date_text(valid_until))
            if proof.is_due
            else _("The proof has been saved, but it expired on %(day)s.", day=date_text(valid_until)),
            "warning",
        )
    elif proof.outlasts:
        notify(
            _(
                "The proof has been saved. It is valid until %(until)s, but a new one is due on %(due)s.",
                until=date_text(proof.outlasts),
                due=date_text(valid_until),
            )
        )
    elif proof.is_due:
        notify(_("The proof has been saved. A new one is due on %(day)s.", day=date_text(valid_until)))
    else:
        notify(_("The proof has been saved. It is valid until %(day)s.", day=date_text(valid_until)))
