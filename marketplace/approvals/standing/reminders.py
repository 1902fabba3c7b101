"""What the worker does for approvals every hour: remind providers in time, end hearings whose last day has passed.

A reminder and the row that says it was sent are one transaction, and the database lets each row be written once: a
crash or a second worker never reminds twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.approvals.standing import mails, queries, rules
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure, StandingReminder
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.approvals.standing.service import admins, lapse
from marketplace.db import Database
from marketplace.i18n import helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder to send now: what it is about, how many days from the last day, and what the mail speaks of.

    `approval_id` is any approval that the matter touches; `kinds` are proofs, `condition_id` a condition.
    """

    subject: str
    step: int
    approval_id: int
    day: date
    kinds: tuple[str, ...] = ()
    condition_id: int | None = None


def remind(database: Database, now: datetime) -> int:
    """Do what is due; how many reminders were sent. Needs an application context for the templates."""
    today = helsinki_date(now)
    with database.read() as session:
        due = [*due_proofs(session, today), *_due_conditions(session, today)]
        sent = {
            (each.subject, each.step)
            for each in session.scalars(
                sa.select(StandingReminder).where(StandingReminder.subject.in_([d.subject for d in due]))
            )
        }
        over = session.scalars(
            sa.select(ApprovalMeasure.id).where(
                ApprovalMeasure.state == MeasureState.HEARING, ApprovalMeasure.hearing_due_on < today
            )
        ).all()
    for measure_id in over:
        _end_hearing(database, measure_id, now)
    return sum(_send(database, each, now) for each in due if (each.subject, each.step) not in sent)


def due_proofs(session: Session, today: date) -> list[Due]:
    """One reminder for all proofs of a provider that its approvals need and that end on the same day."""
    approvals = session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.state.in_(APPROVAL.standing))
        .order_by(ServiceApproval.id)
    ).all()
    proofs = queries.proofs_by_provider(session, {approval.provider_id for approval in approvals})
    ending: dict[tuple[int, date], set[str]] = defaultdict(set)
    first: dict[tuple[int, date], int] = {}
    for approval in approvals:
        for expiry in queries.expiries(session, approval, proofs[approval.provider_id], today):
            if expiry.day is not None:
                ending[approval.provider_id, expiry.day].add(expiry.kind)
                first.setdefault((approval.provider_id, expiry.day), approval.id)
    return [
        Due(f"proofs:{provider_id}:{day}", step, first[provider_id, day], day, tuple(sorted(kinds)))
        for (provider_id, day), kinds in ending.items()
        if (step := rules.step_due(day, today, rules.EVIDENCE_STEPS)) is not None
    ]


def _due_conditions(session: Session, today: date) -> list[Due]:
    conditions = session.scalars(
        sa.select(ApprovalCondition)
        .join(ServiceApproval, ServiceApproval.id == ApprovalCondition.approval_id)
        .where(ApprovalCondition.state == ConditionState.OPEN, ServiceApproval.state.in_(APPROVAL.standing))
    )
    return [
        Due(f"condition:{each.id}", step, each.approval_id, each.due_on, condition_id=each.id)
        for each in conditions
        if (step := rules.step_due(each.due_on, today, rules.CONDITION_STEPS)) is not None
    ]


def _send(database: Database, due: Due, now: datetime) -> int:
    try:
        with database.transaction() as session:
            session.add(StandingReminder(subject=due.subject, step=due.step, sent_at=now))
            session.flush()
            _write(UnitOfWork(session, SYSTEM, now), due)
    except IntegrityError:
        return 0  # another worker has just sent it
    return 1


def _write(work: UnitOfWork, due: Due) -> None:
    approval = work.session.get_one(ServiceApproval, due.approval_id)
    if due.condition_id is not None:
        condition = work.session.get_one(ApprovalCondition, due.condition_id)
        for admin in admins(work.session, approval.provider_id):
            mails.approval_condition_reminder(work, admin, condition)
    else:
        for admin in admins(work.session, approval.provider_id):
            mails.proof_reminder(work, admin, approval, due.kinds, day=due.day, step=due.step)
    after = {"about": due.subject, "days": due.step}
    record_in_pilot(work, ApprovalAudit.REMIND, approval, after=after)


def _end_hearing(database: Database, measure_id: int, now: datetime) -> None:
    with database.transaction() as session:
        measure = queries.measure_to_change(session, measure_id)
        if measure is not None and measure.state == MeasureState.HEARING:
            lapse(UnitOfWork(session, SYSTEM, now), measure)
