"""Reading the proofs of providers that stand in the organisation's pilots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.paging import Page, contains, page_of
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LOOK, LookState
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A proof in the office's list, with whose it is."""

    look: ProofLook
    provider: Provider

    @property
    def proof(self) -> Evidence:
        """The proof itself."""
        return self.look.evidence


def looks(
    session: Session, organisation: str, *, state: LookState = LOOK.initial, words: str = "", page: int = 1
) -> Page[ProofRow]:
    """The organisation's proofs in a state: those that wait by the day on which they stop to count, others the last
    first. `words`: a part of the provider's name or its business ID.
    """
    query = _of(organisation, state)
    if words:
        query = query.where(
            sa.or_(
                contains(Provider.official_name, words),
                contains(Provider.trade_name, words),
                Provider.business_id == words,
            )
        )
    waits = state == LookState.WAITING
    order = (ProofLook.counts_until, ProofLook.id) if waits else (ProofLook.looked_at.desc(), ProofLook.id)
    found = page_of(session, query.options(joinedload(ProofLook.looked_by)).order_by(*order), page)
    names = _providers(session, found.rows)
    return found.showing([ProofRow(look, names[look.evidence.provider_id]) for look in found.rows])


def _of(organisation: str, state: LookState) -> sa.Select[ProofLook]:
    query = (
        sa.select(ProofLook)
        .join(Evidence, Evidence.id == ProofLook.evidence_id)
        .join(Provider, Provider.id == Evidence.provider_id)
        .where(ProofLook.organisation_key == organisation)
    )
    return query.where(_waits(organisation) if state == LookState.WAITING else ProofLook.state == state)


def _waits(organisation: str) -> sa.ColumnElement[bool]:
    """Whether somebody of the organisation has to look at a proof: nobody has, its provider is bound by an approval
    there, and no later proof of the kind, which lasts as long and has not been returned, has replaced it.

    Both are looked up for each proof that waits, by index. As EXISTS, PostgreSQL makes joins of them, which read every
    proof that there is, whether any waits or not; a number that is asked for is never made a join.
    """
    bound = (
        sa.select(ServiceApproval.id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(
            ServiceApproval.provider_id == Evidence.provider_id,
            ServiceApproval.state.in_(APPROVAL.bound),
            Pilot.organisation_key == organisation,
        )
        .correlate(Evidence)
    )
    return sa.and_(
        ProofLook.state == LookState.WAITING,
        _first(bound).is_not(None),
        _first(_replacing(organisation)).is_(None),
    )


def _first(found: sa.Select[int]) -> sa.ScalarSelect[int]:
    return found.limit(1).scalar_subquery()


def _replacing(organisation: str) -> sa.Select[int]:
    newer, found, file = aliased(Evidence), aliased(ProofLook), aliased(StoredFile)
    returned = (
        sa.select(found.id)
        .where(
            found.evidence_id == newer.id,
            found.organisation_key == organisation,
            found.state == LookState.RETURNED,
        )
        .correlate(newer)
    )
    return (
        sa.select(newer.id)
        .outerjoin(file, file.id == newer.file_id)
        .where(
            newer.provider_id == Evidence.provider_id,
            newer.kind == Evidence.kind,
            newer.id > Evidence.id,
            sa.or_(newer.valid_until.is_(None), newer.valid_until >= Evidence.valid_until),
            sa.or_(newer.file_id.is_(None), file.state == FileState.CLEAN),
            _first(returned).is_(None),
        )
        .correlate(Evidence)
    )


def _providers(session: Session, rows: Sequence[ProofLook]) -> dict[int, Provider]:
    ids = {look.evidence.provider_id for look in rows}
    return {each.id: each for each in session.scalars(sa.select(Provider).where(Provider.id.in_(ids)))}


def waiting_count(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts the proofs that wait for the organisation."""
    counted = _of(organisation, LookState.WAITING).with_only_columns(sa.func.count(ProofLook.id))
    return counted.scalar_subquery()


def waiting(session: Session, organisation: str) -> int:
    """How many proofs wait for the organisation."""
    return session.scalar(sa.select(waiting_count(organisation))) or 0


def next_waiting(session: Session, organisation: str, after: ProofLook) -> ProofLook | None:
    """The proof that waits next in the list's order, the first one again after the last; None when no other waits."""
    order = sa.tuple_(ProofLook.counts_until, ProofLook.id)
    others = (
        _of(organisation, LookState.WAITING)
        .where(ProofLook.id != after.id)
        .order_by(order <= sa.tuple_(sa.literal(after.counts_until), sa.literal(after.id)), *order.clauses)
    )
    return session.scalars(others.limit(1)).first()


def office_proof(work: UnitOfWork, provider_id: int, evidence_id: int, *, lock: bool = False) -> Evidence:
    """A proof of a provider that is or was approved in a pilot of the actor's organisation; `lock`, what the office has
    found of it, for a change. Raises NotFound for any other, Disqualified.
    """
    organisation = work.actor.organisation
    proof = work.session.get(Evidence, evidence_id)
    stood = sa.select(ServiceApproval.id).join(Pilot, Pilot.key == ServiceApproval.pilot_key)
    stood = stood.where(
        ServiceApproval.provider_id == provider_id, Pilot.organisation_key == organisation
    ).limit(1)
    if (
        proof is None
        or proof.provider_id != provider_id
        or organisation is None
        or not work.actor.may(Permission.VIEW_APPLICATIONS, organisation=organisation)
        or work.session.scalar(stood) is None
    ):
        raise NotFound()
    demand_impartial(work.actor, provider_id)
    if lock:
        look_at(work.session, proof, organisation, lock=True)
    return proof


def look_at(session: Session, proof: Evidence, organisation: str, *, lock: bool = False) -> ProofLook | None:
    """What the organisation has found of the proof, None when it was seen with an application; `lock` for a change."""
    query = sa.select(ProofLook).where(
        ProofLook.evidence_id == proof.id, ProofLook.organisation_key == organisation
    )
    return session.scalar(query.with_for_update(**for_change(ProofLook)) if lock else query)


def neighbours(proof: Evidence, proofs: Sequence[Evidence]) -> tuple[Evidence | None, Evidence | None]:
    """The proofs before and after it in a list."""
    at = next((place for place, each in enumerate(proofs) if each.id == proof.id), None)
    if at is None:
        return None, None
    return (proofs[at - 1] if at else None), (proofs[at + 1] if at + 1 < len(proofs) else None)
