"""What the pages of the office and of applications open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CircularState
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.decisions.rules import CorrectionState
from marketplace.demo.people import MAIN_ORGANISATION, staff_address
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import VersionState
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.recruiting.importing.models import SentList
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.sessions.models import InformationSession
from tests.journeys.opened.demo import PILOT, first

APPLICATION_STATES: Final = {
    "applications.application": ("draft",),
    "applications.area": ("draft",),
    "applications.check": ("draft",),
    "approvals.checklist": ("in_review",),
    "approvals.hear": ("in_review",),
    "approvals.hearing": ("hearing",),
    "approvals.put_off_application": ("hearing",),
    "approvals.write_down_hearing": ("hearing",),
    "applications.company": ("draft",),
    "approvals.completion": ("in_review",),
    "approvals.take_back_completion": ("completion_requested",),
    "approvals.decision": ("proposed",),
    "applications.evidence": ("draft",),
    "applications.proof": ("draft",),
    "approvals.proposal": ("in_review",),
    "approvals.review": ("in_review", "decided"),
    "applications.rulebook": ("draft",),
    "applications.section": ("draft",),
    "applications.services": ("draft",),
    "applications.withdraw": ("draft",),
}


def application_in(session: Session, states: tuple[str, ...]) -> Application:
    wanted = sa.select(Application).where(Application.state.in_(states), Application.pilot_key == PILOT)
    found = session.scalars(wanted.order_by(Application.id)).first()
    assert found is not None, f"the demo has no application that is {' or '.join(states)}"
    return found


def _decision(session: Session) -> int:
    decisions = sa.select(Decision.id).join(Application).where(Application.pilot_key == PILOT)
    found = session.scalars(decisions.order_by(Decision.id)).first()
    assert found is not None
    return found


def _decided(session: Session) -> int:
    return session.get_one(Decision, _decision(session)).application_id


def _waiting_version(session: Session) -> int:
    waiting = sa.select(OfferVersion.id).join(Offer).where(OfferVersion.state == VersionState.WAITING)
    found = session.scalars(waiting.where(Offer.pilot_key == PILOT).order_by(OfferVersion.id)).first()
    assert found is not None, "the demo has no offer version that waits"
    return found


def _approval(session: Session) -> int:
    found = session.scalars(sa.select(ServiceApproval.id).where(ServiceApproval.pilot_key == PILOT)).first()
    assert found is not None
    return found


def _served(session: Session) -> int:
    """A document that went to a provider of the main organisation."""
    wanted = sa.select(ServedDocument.id).where(ServedDocument.pilot_key == PILOT)
    found = session.scalars(wanted.order_by(ServedDocument.id)).first()
    assert found is not None, "the demo has no document that was served"
    return found


def _measure(session: Session, state: str) -> ApprovalMeasure:
    measures = sa.select(ApprovalMeasure).join(ApprovalMeasure.approval)
    wanted = measures.where(ApprovalMeasure.state == state, ServiceApproval.pilot_key == PILOT)
    found = session.scalars(wanted.order_by(ApprovalMeasure.id)).first()
    assert found is not None, f"the demo has no measure that is {state}"
    return found


def _heard(session: Session) -> dict[str, Any]:
    """A measure that its provider may still explain, opened by a person of the company."""
    measure = _measure(session, "hearing")
    provider_id = measure.approval.provider_id
    who = session.scalars(
        sa.select(User.email).join(RoleGrant).where(RoleGrant.provider_id == provider_id)
    ).first()
    return {"provider_id": provider_id, "measure_id": measure.id, "who": who}


def _in_state(state: str) -> Callable[[Session], dict[str, Any]]:
    """A measure in a state, and its approval."""

    def found(session: Session) -> dict[str, Any]:
        measure = _measure(session, state)
        return {"approval_id": measure.approval_id, "measure_id": measure.id}

    return found


def _unseen_proof(session: Session) -> dict[str, Any]:
    """A proof that the main organisation has not looked at yet."""
    waits = sa.select(ProofLook).where(
        ProofLook.state == LookState.WAITING, ProofLook.organisation_key == MAIN_ORGANISATION
    )
    look = session.scalars(waits.order_by(ProofLook.id)).first()
    assert look is not None, "the demo has no proof that waits for the main organisation"
    return {"provider_id": look.evidence.provider_id, "evidence_id": look.evidence_id}


def _open_request(session: Session) -> dict[str, Any]:
    """A request in the pilot that has not been settled; the pages of conditions open it too."""
    waits = (
        sa.select(ApprovalCondition)
        .join(ApprovalCondition.approval)
        .where(
            ApprovalCondition.state == ConditionState.OPEN,
            ApprovalCondition.binding.is_(False),
            ServiceApproval.state == ApprovalState.APPROVED,
            ServiceApproval.pilot_key == PILOT,
        )
    )
    condition = session.scalars(waits.order_by(ApprovalCondition.id)).first()
    assert condition is not None, "the demo has no open request"
    return {"approval_id": condition.approval_id, "condition_id": condition.id}


def _proof_file(session: Session) -> dict[str, Any]:
    """A file among the proofs of an application in review."""
    application = application_in(session, ("in_review",))
    return {
        "application_id": application.id,
        "file_id": next(proof.file_id for proof in application.evidence if proof.file_id is not None),
    }


VALUES: Final[dict[str, Callable[[Session], Any]]] = {
    "file_id": lambda session: _proof_file(session)["file_id"],
    "measure_id": lambda session: _measure(session, "hearing").id,
    "approval_id": _approval,
    "document_id": _served,
    "decision_id": _decision,
    "invitation_id": first(Invitation),
    "list_id": first(SentList),
    "key": lambda _: PILOT,
    "kind": lambda _: "tax",
    "number": lambda _: 1,
    "pilot_key": lambda _: PILOT,
    "section": lambda _: "operations",
    "session_id": first(InformationSession),
    "topic": lambda _: "accessibility",
    "version_id": _waiting_version,
}

QUERIES: Final[dict[str, Callable[[Session], str]]] = {
    "approvals.companies": lambda _: "?words=oy",
    "approvals.queue": lambda _: "?state=submitted",
}


def _proposed_correction(session: Session) -> dict[str, Any]:
    """The correction that waits in the demo."""
    waiting = sa.select(Correction).where(
        Correction.state == CorrectionState.PROPOSED, Correction.decision_id.is_not(None)
    )
    correction = session.scalars(waiting.order_by(Correction.id)).first()
    assert correction is not None
    assert correction.decision is not None
    return {"application_id": correction.decision.application_id, "correction_id": correction.id}


def _corrected_measure(session: Session) -> dict[str, Any]:
    """The correction of a decision on an approval that waits in the demo."""
    waiting = sa.select(ApprovalMeasure).join(ApprovalMeasure.corrections)
    measure = session.scalars(waiting.where(Correction.state == CorrectionState.PROPOSED)).first()
    assert measure is not None
    return {
        "approval_id": measure.approval_id,
        "measure_id": measure.id,
        "correction_id": measure.corrections[0].id,
    }


def _uncorrected_measure(session: Session) -> dict[str, Any]:
    """A measure whose decision nobody proposes to correct, opened by a reviewer of its organisation."""
    proposed = sa.exists().where(
        Correction.measure_id == ApprovalMeasure.id, Correction.state == CorrectionState.PROPOSED
    )
    wanted = sa.select(ApprovalMeasure).where(ApprovalMeasure.state == MeasureState.DECIDED, ~proposed)
    measure = session.scalars(wanted.order_by(ApprovalMeasure.id.desc())).first()
    assert measure is not None, "the demo proposes to correct every measure"
    who = staff_address("reviewer", measure.approval.pilot.organisation_key)
    return {"approval_id": measure.approval_id, "measure_id": measure.id, "who": who}


def _circular(state: CircularState) -> Callable[[Session], dict[str, Any]]:
    """A message of the main organisation to many providers, in a state."""

    def found(session: Session) -> dict[str, Any]:
        wanted = sa.select(Circular.id).where(
            Circular.state == state, Circular.organisation_key == MAIN_ORGANISATION
        )
        return {"circular_id": session.scalars(wanted).one()}

    return found


SPECIAL: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    "approvals.circular": _circular(CircularState.DRAFT),
    "approvals.edit_circular": _circular(CircularState.DRAFT),
    "approvals.fail_condition": _open_request,
    "approvals.decide_measure": _in_state("proposed"),
    "approvals.propose_measure": _in_state("with_reviewer"),
    "approvals.write_down_answer": _in_state("hearing"),
    "approvals.put_off_measure": _in_state("hearing"),
    "approvals.drop_measure": _in_state("hearing"),
    "approvals.put_off_request": _open_request,
    "pages.plain": lambda _: {"topic": "complaining"},
    "reports.report": lambda _: {"key": PILOT, "name": "money"},
    "approvals.measure": _heard,
    "approvals.office_file_page": _proof_file,
    "approvals.proof": _unseen_proof,
    "approvals.correction": lambda session: {
        "application_id": _decided(session),
        "decision_id": _decision(session),
    },
    "approvals.record_review": lambda session: {
        "application_id": _decided(session),
        "decision_id": _decision(session),
    },
    "approvals.record_measure_review": _in_state("decided"),
    "approvals.settle_review": lambda session: {"request_id": first(ReviewRequest)(session)},
    "approvals.make_correction": _proposed_correction,
    "approvals.measure_correction": _uncorrected_measure,
    "approvals.make_measure_correction": _corrected_measure,
    "approvals.open_measure": lambda _: {"kind": "condition"},
    "recruiting.send_invitations": lambda _: {"kind": "invitation"},
}
