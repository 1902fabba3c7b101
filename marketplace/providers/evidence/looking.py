"""Which offices have to look at a proof, asked when a proof comes and when a provider comes to stand somewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LOOK, LookAction, LookState
from marketplace.providers.models import Evidence, ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork


def ask_offices(work: UnitOfWork, proof: Evidence) -> None:
    """Let every organisation in whose pilots the provider stands look at a proof that has just come."""
    work.session.flush()
    for organisation, days in sorted(_offices(work.session, proof.provider_id).items()):
        _ask(work, proof.id, organisation, days)


def settle_with_decision(
    work: UnitOfWork,
    provider_id: int,
    organisation: str,
    *,
    seen: Collection[int],
    seen_before: Collection[int],
) -> None:
    """What a decision on an application does: it was made by looking at the proofs in the application.

    Those of them that waited are accepted by who decides (`seen`, by number). Once the provider stands in the
    organisation's pilots, what holds today besides, and no application there has shown (`seen_before`), waits.
    """
    work.session.flush()
    rows = {look.evidence_id: look for look in _looks(work.session, provider_id, organisation)}
    for number in set(seen) & rows.keys():
        if rows[number].state == LookState.WAITING:
            settle(work, rows[number], LookAction.ACCEPT)
    days = _offices(work.session, provider_id).get(organisation)
    if days is None:
        return
    for number in _holding(work, provider_id, {*seen, *seen_before, *rows}):
        _ask(work, number, organisation, days)


def settle(work: UnitOfWork, look: ProofLook, action: LookAction, reason: str = "") -> None:
    """Write down what the actor has found. Raises NoSuchTransition."""
    look.state = LOOK.next(look.state, action)
    look.looked_by_id, look.looked_at, look.reason = work.person_id, work.now, reason


def _offices(session: Session, provider_id: int) -> dict[str, int]:
    """The organisations in whose pilots the provider stands, each with the fewest days that a pilot of those gives."""
    pilots = session.execute(
        sa.select(Pilot.key, Pilot.organisation_key)
        .join(ServiceApproval, ServiceApproval.pilot_key == Pilot.key)
        .where(ServiceApproval.provider_id == provider_id, ServiceApproval.state.in_(APPROVAL.standing))
        .distinct()
    ).all()
    found: dict[str, int] = {}
    for key, organisation in pilots:
        days = current_definition(session, key).proof_look_days
        found[organisation] = min(days, found.get(organisation, days))
    return found


def _ask(work: UnitOfWork, evidence_id: int, organisation: str, days: int) -> None:
    work.session.add(
        ProofLook(
            evidence_id=evidence_id,
            organisation_key=organisation,
            state=LOOK.initial,
            counts_until=work.today + timedelta(days=days),
        )
    )


def _looks(session: Session, provider_id: int, organisation: str) -> Iterable[ProofLook]:
    return session.scalars(
        sa.select(ProofLook)
        .join(Evidence, Evidence.id == ProofLook.evidence_id)
        .where(Evidence.provider_id == provider_id, ProofLook.organisation_key == organisation)
    ).all()


def _holding(work: UnitOfWork, provider_id: int, known: Collection[int]) -> Iterable[int]:
    """The proofs of the provider that have not ended, besides the known ones."""
    return work.session.scalars(
        sa.select(Evidence.id).where(
            Evidence.provider_id == provider_id,
            sa.or_(Evidence.valid_until.is_(None), Evidence.valid_until >= work.today),
            Evidence.id.not_in(list(known)),
        )
    ).all()
