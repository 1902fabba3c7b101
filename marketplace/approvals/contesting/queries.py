"""Reading requests for a review, and the legal force of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, ApplicationLine, Decision
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.rules import AskedReview, LegalForce, ReviewState, legal_force
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import document_of
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.db import for_change
from marketplace.decisions.rules import Channel, presumed_service
from marketplace.errors import Conflict, NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.offers.pricing.days import is_day_off
from marketplace.permissions import Permission
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork

Contested = Decision | ApprovalMeasure


@dataclass(frozen=True, slots=True)
class Contest:
    """A decision's requests for a review, the first one first, and its legal force today."""

    requests: Sequence[ReviewRequest]
    force: LegalForce


def contest_of(session: Session, subject: Contested, today: date) -> Contest:
    """What is known of a decision on an application, or of one on a measure that has been made."""
    requests = session.scalars(
        sa.select(ReviewRequest).where(_about(subject)).order_by(ReviewRequest.id)
    ).all()
    asked = [AskedReview(each.state, each.decided_on) for each in requests]
    return Contest(requests, legal_force(served_on(session, subject), asked, today, is_day_off))


def is_set_aside(session: Session, subject: Contested) -> bool:
    """Whether a review has set the decision aside: it has never been."""
    query = sa.select(ReviewRequest.id).where(_about(subject), ReviewRequest.state == ReviewState.SET_ASIDE)
    return session.scalar(query.limit(1)) is not None


def demand_standing(session: Session, subject: Contested) -> None:
    """Raise Conflict when a review has set the decision aside: nothing goes on from it."""
    if is_set_aside(session, subject):
        raise Conflict(
            _l(
                "A review has set this decision aside. It does not stand, so nothing can be done to it any more."
            )
        )


def unfounded_services(session: Session, provider_id: int, pilot_key: str) -> set[str]:
    """The services whose approvals stand, though a review has set the decision aside that gave them."""
    return set(
        session.scalars(
            sa.select(ServiceApproval.service_key)
            .join(ApplicationLine, ApplicationLine.id == ServiceApproval.application_line_id)
            .join(Decision, Decision.application_id == ApplicationLine.application_id)
            .join(ReviewRequest, ReviewRequest.decision_id == Decision.id)
            .where(
                ServiceApproval.provider_id == provider_id,
                ServiceApproval.pilot_key == pilot_key,
                ServiceApproval.state.in_(APPROVAL.standing),
                ReviewRequest.state == ReviewState.SET_ASIDE,
            )
        )
    )


def conditions_set_by(session: Session, subject: Contested) -> Sequence[ApprovalCondition]:
    """The conditions with a day that a decision has set; those of one on an application were made with its lines."""
    if isinstance(subject, ApprovalMeasure):
        return session.scalars(
            sa.select(ApprovalCondition).where(ApprovalCondition.measure_id == subject.id)
        ).all()
    of_line = sa.and_(
        ApplicationLine.application_id == subject.application_id,
        ApplicationLine.service_key == ServiceApproval.service_key,
        ApplicationLine.decided_at == ApprovalCondition.created_at,
    )
    return session.scalars(
        sa.select(ApprovalCondition)
        .join(ServiceApproval, ServiceApproval.id == ApprovalCondition.approval_id)
        .where(
            ServiceApproval.provider_id == subject.application.provider_id,
            ServiceApproval.pilot_key == subject.application.pilot_key,
            ApprovalCondition.binding.is_(True),
            ApprovalCondition.measure_id.is_(None),
            sa.exists().where(of_line),
        )
        .order_by(ApprovalCondition.id)
    ).all()


def served_on(session: Session, subject: Contested) -> date | None:
    """When the decision is taken to have been received; what went before the portal wrote that down went by mail."""
    if isinstance(subject, Decision):
        document = document_of(session, Served.DECISION, ServedDocument.decision_id, subject.id)
    else:
        document = document_of(session, Served.MEASURE_DECISION, ServedDocument.measure_id, subject.id)
    if document is not None:
        return document.served_on
    return presumed_service(Channel.PEOPLE, decided_on(subject))


def decided_on(subject: Contested) -> date:
    """The day of the decision. Raises NotFound for a measure that has not been decided."""
    if isinstance(subject, Decision):
        return subject.decided_on
    if subject.decided_at is None:
        raise NotFound()
    return helsinki_date(subject.decided_at)


def thing_of(subject: Contested) -> Application | ServiceApproval:
    """The application or approval in whose history the decision stands."""
    return subject.application if isinstance(subject, Decision) else subject.approval


def request_for_office(work: UnitOfWork, request_id: int, *, lock: bool = False) -> ReviewRequest:
    """A request about a decision of the actor's organisation; `lock`, its matter too, for a change: what is decided,
    corrected or asked there meanwhile waits. Raises NotFound for any other.
    """
    request = work.session.get(ReviewRequest, request_id)
    subject = None if request is None else request.decision or request.measure
    if request is None or subject is None:
        raise NotFound()
    thing = thing_of(subject)
    if not work.actor.may(
        Permission.VIEW_APPLICATIONS, organisation=thing.pilot.organisation_key, about=thing.provider_id
    ):
        raise NotFound()
    if lock:
        work.session.refresh(thing, with_for_update=for_change(type(thing)))
        work.session.refresh(request)
    return request


def _about(subject: Contested) -> sa.ColumnElement[bool]:
    if isinstance(subject, Decision):
        return ReviewRequest.decision_id == subject.id
    return ReviewRequest.measure_id == subject.id
