"""Two of an office look at the same proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.approvals.proofs import service
from marketplace.permissions import Actor, Role
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LOOK, LookAction, LookState
from tests.factories import NOW, make_approval, make_evidence, make_provider, make_provider_admin
from tests.races.play import Play, two_of_the_office, verb
from tests.work import work_of


@dataclass
class Looking:
    """A proof of a provider that stands, what is found of it, and the two who look."""

    provider: int
    proof: int
    look: int
    reviewers: tuple[Actor, Actor]


def _stage(session: Session, state: LookState) -> Looking:
    provider = make_provider(session)
    make_provider_admin(session, provider)
    make_approval(session, provider)
    reviewers = two_of_the_office(session, Role.REVIEWER)
    settled = state != LookState.WAITING
    proof = make_evidence(session, provider)
    look = ProofLook(
        evidence_id=proof.id,
        organisation_key="keusote",
        state=state,
        counts_until=NOW.date(),
        looked_by_id=reviewers[0].user_id if settled else None,
        looked_at=NOW if settled else None,
        reason="Sivu puuttuu." if state == LookState.RETURNED else "",
    )
    session.add(look)
    session.flush()
    return Looking(provider.id, proof.id, look.id, reviewers)


PLAYS: Final = (
    Play(
        workflow=LOOK,
        model=ProofLook,
        stage=_stage,
        deeds={
            LookAction.ACCEPT: verb(
                lambda s, scene, hand: service.accept(
                    work_of(s, scene.reviewers[hand]), scene.provider, scene.proof
                )
            ),
            LookAction.RETURN: verb(
                lambda s, scene, hand: service.send_back(
                    work_of(s, scene.reviewers[hand]), scene.provider, scene.proof, "Sivu puuttuu."
                )
            ),
        },
        state=lambda session, scene: session.get_one(ProofLook, scene.look).state,
    ),
)
