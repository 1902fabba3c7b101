"""Reading proofs as offices see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import HeldProof, LookState, Unaccepted
from marketplace.providers.models import Evidence


def proofs_by_provider(session: Session, providers: Iterable[int]) -> dict[int, list[HeldProof]]:
    """Provider → its proofs that count (as `Evidence.counts`), each with what stands against it where; one query."""
    query = (
        sa.select(
            Evidence.id,
            Evidence.provider_id,
            Evidence.kind,
            Evidence.issued_on,
            Evidence.valid_until,
            Evidence.number,
            Evidence.address,
            Evidence.stated_until,
            ProofLook.organisation_key,
            ProofLook.state,
            ProofLook.counts_until,
        )
        .outerjoin(StoredFile, StoredFile.id == Evidence.file_id)
        .outerjoin(
            ProofLook,
            sa.and_(ProofLook.evidence_id == Evidence.id, ProofLook.state != LookState.ACCEPTED),
        )
        .where(
            Evidence.provider_id.in_(list(providers)),
            sa.or_(Evidence.file_id.is_(None), StoredFile.state == FileState.CLEAN),
        )
        .order_by(Evidence.id)
    )
    against: defaultdict[int, dict[str, Unaccepted]] = defaultdict(dict)
    rows = {}
    for row in session.execute(query):
        rows[row.id] = row
        if row.organisation_key is not None:
            against[row.id][row.organisation_key] = Unaccepted(row.state, row.counts_until)
    found: defaultdict[int, list[HeldProof]] = defaultdict(list)
    for number, row in rows.items():
        found[row.provider_id].append(
            HeldProof(
                row.kind,
                row.issued_on,
                row.valid_until,
                against.get(number, {}),
                row.number,
                row.address,
                row.stated_until,
            )
        )
    return found


def looks_of_provider(session: Session, provider_id: int) -> Mapping[int, list[ProofLook]]:
    """Proof of the provider → what each organisation has found of it, or has still to find."""
    found: defaultdict[int, list[ProofLook]] = defaultdict(list)
    query = (
        sa.select(ProofLook)
        .join(Evidence, Evidence.id == ProofLook.evidence_id)
        .where(Evidence.provider_id == provider_id)
        .options(joinedload(ProofLook.looked_by))
        .order_by(ProofLook.organisation_key)
    )
    for look in session.scalars(query):
        found[look.evidence_id].append(look)
    return found
