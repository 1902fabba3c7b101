"""A company's draft and its proofs: who writes, who sends, who removes a file, and the office that looks at a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.applications import queries
from marketplace.applications.completeness import EVIDENCE, missing
from marketplace.applications.filling import removing
from marketplace.applications.filling import service as filling
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState, fingerprint
from marketplace.applications.sending import service as sending
from marketplace.approvals.proofs import service as proofs
from marketplace.permissions import Actor, Role
from marketplace.pilots.queries import kept_definition
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Evidence
from marketplace.providers.participation.service import leave_pilot
from tests.factories import (
    NOW,
    make_application,
    make_approval,
    make_evidence,
    make_provider,
    make_provider_admin,
)
from tests.races.play import Shared, store, two_of_the_office, verb
from tests.work import work_of

PILOT: Final = "keusote-2022"


@dataclass(frozen=True)
class Scene:
    """A company with a complete draft, a proof that it rests on and one that it does not; its people, and the office's.

    `look` is what the office has found of `spare`.
    """

    provider: int
    application: int
    proof: int
    spare: int
    look: int
    admins: tuple[Actor, Actor]
    reviewers: tuple[Actor, Actor]


def _make(session: Session) -> Scene:
    provider = make_provider(session, iban="FI2112345600000785")
    first, second = (make_provider_admin(session, provider) for _each in range(2))
    application = make_application(session, provider, first)
    make_approval(session, provider, "carer_leave_home")
    spare = make_evidence(session, provider)
    look = ProofLook(
        evidence_id=spare.id, organisation_key="keusote", state=LookState.WAITING, counts_until=NOW.date()
    )
    session.add(look)
    session.flush()
    return Scene(
        provider.id,
        application.id,
        application.evidence[0].id,
        spare.id,
        look.id,
        (actor_of(first), actor_of(second)),
        two_of_the_office(session, Role.REVIEWER),
    )


def _own(session: Session, scene: Scene) -> Application:
    work = work_of(session, scene.admins[0])
    return queries.for_provider(work, scene.provider, scene.application, lock=True)


def _attach(session: Session, scene: Scene, _hand: int) -> None:
    """The page of the proofs is saved as it was seen, with the spare one ticked as well."""
    application = _own(session, scene)
    definition = kept_definition(session, application.definition_version_id)
    before = queries.section_values(application, definition, EVIDENCE)
    work = work_of(session, scene.admins[0])
    filling.attach_evidence(work, application, [*before, scene.spare], seen=fingerprint(before))


def _remove(session: Session, scene: Scene, proof: int) -> object:
    work = work_of(session, scene.admins[1])
    return removing.remove_proof(work, provider_id=scene.provider, proof_id=proof)


def _state(session: Session, scene: Scene) -> object:
    """Where the draft stands and on how many proofs it rests, which proofs there are, and what was found."""
    application = session.get_one(Application, scene.application)
    look = session.get(ProofLook, scene.look)
    return (
        application.state,
        len(application.evidence),
        [session.get(Evidence, each) is not None for each in (scene.proof, scene.spare)],
        None if look is None else look.state,
    )


def _wrong(session: Session, scene: Scene) -> list[str]:
    """An application never reaches the office without a proof that it needs."""
    application = session.get_one(Application, scene.application)
    if application.state is not ApplicationState.SUBMITTED:
        return []
    outline = queries.outline_of(session, application, today=NOW.date())
    return [f"sent without {each}" for each in missing(outline)]


APPLIED: Final = Shared(
    "application",
    _make,
    {
        "send it": verb(
            lambda s, scene, _hand: sending.submit(work_of(s, scene.admins[0]), _own(s, scene), store=store())
        ),
        "remove a proof of it": verb(lambda s, scene, _hand: _remove(s, scene, scene.proof)),
        "remove another proof": verb(lambda s, scene, _hand: _remove(s, scene, scene.spare)),
        "attach another proof": verb(_attach),
        "take it back": verb(
            lambda s, scene, _hand: sending.withdraw(work_of(s, scene.admins[0]), _own(s, scene))
        ),
        "leave the pilot": verb(
            lambda s, scene, _hand: leave_pilot(
                work_of(s, scene.admins[1]), provider_id=scene.provider, pilot_key=PILOT, reason="Lopetamme."
            )
        ),
        "accept the proof": verb(
            lambda s, scene, _hand: proofs.accept(work_of(s, scene.reviewers[0]), scene.provider, scene.spare)
        ),
        "return the proof": verb(
            lambda s, scene, _hand: proofs.send_back(
                work_of(s, scene.reviewers[1]), scene.provider, scene.spare, "Sivu puuttuu."
            )
        ),
    },
    {
        "remove a proof of it": (
            "send it",
            "take it back",
            "leave the pilot",
            "attach another proof",
        ),
        "remove another proof": (
            "send it",
            "attach another proof",
            "accept the proof",
            "return the proof",
        ),
        "leave the pilot": (
            "send it",
            "attach another proof",
        ),
    },
    _state,
    _wrong,
)
