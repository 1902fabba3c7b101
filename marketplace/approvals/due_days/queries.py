"""Reading every day that lies ahead in an organisation's applications and approvals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application, CompletionRequest, Hearing
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.due_days.rules import DueKind
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import unposted
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.queries import StandingFilter, whole_list
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.pilots.models import Pilot
from marketplace.providers.models import Provider, ServiceApproval

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day on which something is due: what, of which company, and the application or approval that it belongs to."""

    kind: DueKind
    id: int
    day: date
    provider: Provider
    thing: Application | ServiceApproval


def due_days(session: Session, organisation: str, today: date) -> list[DueDay]:
    """What is waited for in the organisation's pilots, late or to come, and its yearly checks, by day.

    What still has to be posted is left out: its time has not begun.
    """
    found = [
        *_of_applications(session, organisation),
        *_of_measures(session, organisation),
        *_of_conditions(session, organisation),
        *_yearly(session, organisation, today),
    ]
    return sorted(found, key=lambda each: (each.day, each.kind, each.id))


def _of_applications(session: Session, organisation: str) -> Iterator[DueDay]:
    asked = _in_pilots(
        sa.select(CompletionRequest)
        .join(Application, Application.id == CompletionRequest.application_id)
        .where(
            Application.state == ApplicationState.COMPLETION_REQUESTED,
            CompletionRequest.answered_at.is_(None),
            CompletionRequest.lapsed_at.is_(None),
            CompletionRequest.id.not_in(unposted(Served.COMPLETION, ServedDocument.completion_id)),
        )
        .options(joinedload(CompletionRequest.application).joinedload(Application.provider)),
        organisation,
    )
    for request in session.scalars(asked):
        application = request.application
        yield DueDay(DueKind.COMPLETION, request.id, request.due_on, application.provider, application)
    heard = _in_pilots(
        sa.select(Hearing)
        .join(Application, Application.id == Hearing.application_id)
        .where(
            Application.state == ApplicationState.HEARING,
            Hearing.closed_at.is_(None),
            Hearing.id.not_in(unposted(Served.HEARING, ServedDocument.hearing_id)),
        )
        .options(joinedload(Hearing.application).joinedload(Application.provider)),
        organisation,
    )
    for hearing in session.scalars(heard):
        application = hearing.application
        yield DueDay(DueKind.HEARING, hearing.id, hearing.due_on, application.provider, application)


def _in_pilots(query: sa.Select[_T], organisation: str) -> sa.Select[_T]:
    """Of what belongs to applications, that in the organisation's pilots."""
    return query.join(Pilot, Pilot.key == Application.pilot_key).where(Pilot.organisation_key == organisation)


def _of_measures(session: Session, organisation: str) -> Iterator[DueDay]:
    waits = (
        sa.select(ApprovalMeasure)
        .join(ServiceApproval, ServiceApproval.id == ApprovalMeasure.approval_id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(
            Pilot.organisation_key == organisation,
            ApprovalMeasure.state == MeasureState.HEARING,
            ApprovalMeasure.id.not_in(unposted(Served.MEASURE_HEARING, ServedDocument.measure_id)),
        )
        .options(joinedload(ApprovalMeasure.approval).joinedload(ServiceApproval.provider))
    )
    for measure in session.scalars(waits):
        if measure.hearing_due_on is not None:
            approval = measure.approval
            yield DueDay(DueKind.EXPLANATION, measure.id, measure.hearing_due_on, approval.provider, approval)


def _of_conditions(session: Session, organisation: str) -> Iterator[DueDay]:
    waits = (
        sa.select(ApprovalCondition)
        .join(ServiceApproval, ServiceApproval.id == ApprovalCondition.approval_id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(
            Pilot.organisation_key == organisation,
            ApprovalCondition.state == ConditionState.OPEN,
            ApprovalCondition.id.not_in(unposted(Served.REQUEST, ServedDocument.condition_id)),
        )
        .options(joinedload(ApprovalCondition.approval).joinedload(ServiceApproval.provider))
    )
    for each in session.scalars(waits):
        kind = DueKind.CONDITION if each.binding else DueKind.REQUEST
        yield DueDay(kind, each.id, each.due_on, each.approval.provider, each.approval)


def _yearly(session: Session, organisation: str, today: date) -> Iterator[DueDay]:
    for each in whole_list(session, organisation, StandingFilter(), today=today):
        yield DueDay(DueKind.YEARLY, each.approval.id, each.recheck_on, each.approval.provider, each.approval)
