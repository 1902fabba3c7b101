"""Taking back a proof that was given by mistake, as long as nobody has it before them.

A proof that a sent application rests on, or that an office has looked at, stays: what was decided must be explained by
what was there. The trail keeps what was removed, with the fingerprint of its file.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, ApplicationEvidence, CompletionRequest
from marketplace.applications.queries import open_applications
from marketplace.applications.rules import ApplicationState
from marketplace.db import for_change
from marketplace.errors import Conflict, NotFound
from marketplace.i18n import _l
from marketplace.providers.audit_actions import EvidenceAudit
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.evidence.service import days_told
from marketplace.providers.models import Evidence
from marketplace.providers.queries import my_provider
from marketplace.work import UnitOfWork


def own_proof(work: UnitOfWork, provider_id: int, proof_id: int) -> Evidence:
    """A proof of the actor's own company. Raises NotFound."""
    provider = my_provider(work, provider_id)
    proof = work.session.get(Evidence, proof_id)
    if proof is None or proof.provider_id != provider.id:
        raise NotFound()
    return proof


def kept_because(session: Session, proof: Evidence) -> str | None:
    """Why the proof cannot be removed any more, as a sentence; None when it can."""
    looked = sa.select(ProofLook.id).where(
        ProofLook.evidence_id == proof.id, ProofLook.state != LookState.WAITING
    )
    if session.scalar(looked.limit(1)) is not None:
        return str(_l("The office has looked at this proof, so it stays. Add a new one in its place."))
    if any(_has_it(session, application, proof) for application in _resting_on(session, proof)):
        return str(
            _l(
                "An application that you have sent rests on this proof, so it stays. Add a new one in its place."
            )
        )
    return None


def _resting_on(session: Session, proof: Evidence) -> Collection[Application]:
    return session.scalars(
        sa.select(Application)
        .join(ApplicationEvidence, ApplicationEvidence.application_id == Application.id)
        .where(ApplicationEvidence.evidence_id == proof.id)
    ).all()


def _has_it(session: Session, application: Application, proof: Evidence) -> bool:
    """Whether the office has the proof with this application: it was sent, and the proof was there."""
    if application.submitted_at is None:
        return False
    asked = session.scalar(
        sa.select(sa.func.max(CompletionRequest.requested_at)).where(
            CompletionRequest.application_id == application.id
        )
    )
    if application.state != ApplicationState.COMPLETION_REQUESTED or asked is None:
        return True
    return proof.created_at <= asked


def remove_proof(work: UnitOfWork, *, provider_id: int, proof_id: int) -> Evidence:
    """Remove a proof given by mistake, also from applications that are not sent. Raises NotFound, Conflict.

    The applications under way are locked after the company, then what offices have found of the proof: no application
    is sent or takes the proof meanwhile, and nobody looks at it.
    """
    my_provider(work, provider_id, lock=True)
    open_applications(work.session, provider_id, None)
    proof = own_proof(work, provider_id, proof_id)
    looks = work.session.scalars(
        sa.select(ProofLook)
        .where(ProofLook.evidence_id == proof.id)
        .order_by(ProofLook.id)
        .with_for_update(**for_change(ProofLook))
    ).all()
    reason = kept_because(work.session, proof)
    if reason is not None:
        raise Conflict(reason)
    for application in _resting_on(work.session, proof):
        application.evidence = [each for each in application.evidence if each is not proof]
    for look in looks:
        work.session.delete(look)
    record_of_company(
        work,
        provider_id,
        EvidenceAudit.REMOVE,
        proof,
        before={
            "provider": provider_id,
            "kind": proof.kind,
            "issued_on": proof.issued_on.isoformat(),
            **days_told(proof),
            "sha256": proof.file.sha256 if proof.file else None,
            "address": proof.address,
            "number": proof.number,
        },
    )
    work.session.flush()
    file = proof.file
    work.session.delete(proof)
    if file is not None:
        work.session.delete(file)  # what nothing speaks of any more, the worker removes from the store
    work.session.flush()
    return proof
