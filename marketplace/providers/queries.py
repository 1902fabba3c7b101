"""Reading providers, their proofs, approvals and offers. `my_…` gives a person only what is that person's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import asked_once, for_change
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile
from marketplace.paging import contains
from marketplace.permissions import Permission
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork


def my_provider(work: UnitOfWork, provider_id: int, *, lock: bool = False) -> Provider:
    """A provider for which the actor works; `lock` for a change. Raises NotFound for any other."""
    provider = (
        provider_to_change(work.session, provider_id) if lock else work.session.get(Provider, provider_id)
    )
    if provider is None or not work.actor.may(Permission.EDIT_PROVIDER, provider=provider_id):
        raise NotFound()
    return provider


def provider_to_change(session: Session, provider_id: int) -> Provider | None:
    """The provider, locked: whatever concerns its facts, its people and its account goes one after another."""
    return session.get(Provider, provider_id, with_for_update=for_change(Provider))


def my_providers(work: UnitOfWork) -> Sequence[Provider]:
    """The providers for which the actor works, by name."""
    query = (
        sa.select(Provider)
        .where(Provider.id.in_(work.actor.providers))
        .order_by(by_name(Provider.official_name))
    )
    return work.session.scalars(query).all()


def provider_with_business_id(session: Session, business_id: str) -> Provider | None:
    """The provider with this business ID, written `1234567-8`, or None."""
    return session.scalar(sa.select(Provider).where(Provider.business_id == business_id))


def evidence_of(session: Session, provider_id: int) -> Sequence[Evidence]:
    """All proofs of a provider, the newest of each kind first."""
    return session.scalars(
        sa.select(Evidence)
        .where(Evidence.provider_id == provider_id)
        .order_by(Evidence.kind, Evidence.issued_on.desc(), Evidence.id.desc())
    ).all()


def latest_evidence(session: Session, provider_id: int) -> dict[str, Evidence]:
    """Kind → the provider's newest proof of it."""
    latest: dict[str, Evidence] = {}
    for proof in evidence_of(session, provider_id):
        latest.setdefault(proof.kind, proof)
    return latest


def my_file(work: UnitOfWork, provider_id: int, file_id: int) -> StoredFile:
    """A file among the proofs of the actor's provider. Raises NotFound for any other."""
    my_provider(work, provider_id)
    found = work.session.scalar(
        sa.select(StoredFile)
        .join(Evidence, Evidence.file_id == StoredFile.id)
        .where(StoredFile.id == file_id, Evidence.provider_id == provider_id)
        .limit(1)
    )
    if found is None:
        raise NotFound()
    return found


@asked_once
def approvals_of(session: Session, provider_id: int) -> Sequence[ServiceApproval]:
    """What the provider has been approved for, in every pilot."""
    return session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.provider_id == provider_id)
        .order_by(ServiceApproval.pilot_key, ServiceApproval.service_key, ServiceApproval.id)
    ).all()


def my_approval(work: UnitOfWork, provider_id: int, approval_id: int) -> ServiceApproval:
    """An approval of the actor's provider. Raises NotFound for any other."""
    my_provider(work, provider_id)
    approval = work.session.get(ServiceApproval, approval_id)
    if approval is None or approval.provider_id != provider_id:
        raise NotFound()
    return approval


def called(words: str) -> sa.Select[int]:
    """The ids of the companies whose name holds the words, or whose business ID they are; its hyphen may be missing."""
    return sa.select(Provider.id).where(
        sa.or_(
            contains(Provider.official_name, words),
            contains(Provider.trade_name, words),
            Provider.business_id == words,
            sa.func.replace(Provider.business_id, "-", "") == words,
        )
    )


def names_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The names of companies, by their ids."""
    rows = session.execute(
        sa.select(Provider.id, Provider.trade_name, Provider.official_name).where(
            Provider.id.in_(sorted(ids))
        )
    )
    return {row.id: row.trade_name or row.official_name for row in rows}
