"""The office's verbs on a proof: accept it, or return it with a reason."""

from __future__ import annotations

from marketplace.approvals.proofs import mails
from marketplace.approvals.proofs.queries import look_at, office_proof
from marketplace.errors import Invalid, NotFound
from marketplace.i18n import _l
from marketplace.permissions import Permission
from marketplace.providers.audit_actions import EvidenceAudit
from marketplace.providers.company.queries import admins_of
from marketplace.providers.evidence.looking import settle
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookAction
from marketplace.work import UnitOfWork


def accept(work: UnitOfWork, provider_id: int, evidence_id: int) -> ProofLook:
    """The proof is in order. Raises NotFound, NotAllowed, and NoSuchTransition when it has been accepted already."""
    look = _take(work, provider_id, evidence_id)
    _settle(work, look, LookAction.ACCEPT, EvidenceAudit.ACCEPT)
    return look


def send_back(work: UnitOfWork, provider_id: int, evidence_id: int, reason: str) -> ProofLook:
    """The proof does not do: it proves nothing any more in the organisation's pilots, and the provider hears why.

    Raises Invalid without a reason, NotFound, NotAllowed, and NoSuchTransition when it has been returned already.
    """
    look = _take(work, provider_id, evidence_id)
    if not reason.strip():
        raise Invalid(_l("Write what is wrong with the proof."), field="reason")
    _settle(work, look, LookAction.RETURN, EvidenceAudit.RETURN, reason.strip())
    for admin in admins_of(work.session, provider_id):
        mails.proof_returned(work, admin, look)
    return look


def _take(work: UnitOfWork, provider_id: int, evidence_id: int) -> ProofLook:
    """The look of the actor's organisation at the proof, locked. Raises NotFound and NotAllowed."""
    organisation = work.actor.organisation or ""
    proof = office_proof(work, provider_id, evidence_id)
    look = look_at(work.session, proof, organisation, lock=True)
    if look is None:
        raise NotFound()
    work.ensure(Permission.REVIEW_APPLICATIONS, organisation=organisation, about=provider_id)
    return look


def _settle(
    work: UnitOfWork, look: ProofLook, action: LookAction, event: EvidenceAudit, reason: str = ""
) -> None:
    before = {"look": look.state}
    settle(work, look, action, reason)
    after = {"look": look.state, "provider": look.evidence.provider_id, "kind": look.evidence.kind}
    work.record(
        event,
        look.evidence,
        organisation=look.organisation_key,
        before=before,
        after=after | ({"reason": reason} if reason else {}),
    )
