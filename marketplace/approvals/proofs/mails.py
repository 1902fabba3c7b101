"""Mail about a proof that the office has looked at, to one of those who take care of the provider's matters."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.outbox import OutboxMessage
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers.evidence.models import ProofLook
from marketplace.work import UnitOfWork


def proof_returned(work: UnitOfWork, admin: User, look: ProofLook) -> OutboxMessage:
    """The office has returned a proof: why, and that another one is needed."""
    proof = look.evidence
    return outbox.send(
        work,
        admin,
        "proof_returned",
        organisation_key=look.organisation_key,
        proof=EVIDENCE_KINDS[proof.kind].name[admin.language],
        issued_on=proof.issued_on,
        organisation=work.session.get_one(Organisation, look.organisation_key).name[admin.language],
        reason=look.reason,
        link=outbox.address(
            "providers.evidence.add", admin.language, provider_id=proof.provider_id, kind=proof.kind
        ),
    )
