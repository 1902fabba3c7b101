"""What the worker does for approvals every hour: remind providers in time, end hearings whose last day has passed.

A reminder and the row that says it was sent are one transaction, and the database lets each row be written once: a
crash or a second worker never reminds twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import unposted
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of
from marketplace.approvals.standing import mails, queries, rules
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure, StandingReminder
from marketplace.approvals.standing.rules import ConditionState, Expiry, MeasureState
from marketplace.approvals.standing.service import lapse
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.evidence.queries import proofs_by_provider
from marketplace.providers.evidence.rules import HeldProof
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder to send now: what it is about, how many days from the last day, and what the mail speaks of.

    `approval_id` is any approval that the matter touches; `proofs` are kinds that end, `condition_id` a condition.
    """

    subject: str
    step: int
    approval_id: int
    day: date
    proofs: tuple[Expiry, ...] = ()
    condition_id: int | None = None


def remind(database: Database, now: datetime) -> int:
    """Do what is due; how many reminders were sent. Needs an application context for the templates."""
    today = helsinki_date(now)
    with database.read() as session:
        due = _due(database, session, now)
        sent = {
            (each.subject, each.step)
            for each in session.scalars(
                sa.select(StandingReminder).where(StandingReminder.subject.in_([d.subject for d in due]))
            )
        }
        over = session.scalars(
            sa.select(ApprovalMeasure.id).where(
                ApprovalMeasure.state == MeasureState.HEARING,
                ApprovalMeasure.hearing_due_on < today,
                ApprovalMeasure.id.not_in(unposted(Served.MEASURE_HEARING, ServedDocument.measure_id)),
            )
        ).all()
    each_by_itself(
        database, "end a hearing", over, lambda measure: _end_hearing(database, measure, now), now=now
    )
    unsent = [each for each in due if (each.subject, each.step) not in sent]
    return sum(
        each_by_itself(database, "send a reminder", unsent, lambda one: _send(database, one, now), now=now)
    )


def _due(database: Database, session: Session, now: datetime) -> list[Due]:
    """Every reminder to send now; a provider or a condition with an impossible day keeps the others from nothing."""
    today = helsinki_date(now)
    of_providers = _approvals_by_provider(session)
    proofs = proofs_by_provider(session, set(of_providers))
    found = each_by_itself(
        database,
        "look at the proofs of a provider",
        of_providers,
        lambda provider: _due_of_provider(session, of_providers[provider], proofs[provider], today),
        now=now,
    )
    conditions = {each.id: each for each in _open_conditions(session)}
    found += each_by_itself(
        database,
        "look at a condition",
        conditions,
        lambda condition: _due_of_condition(conditions[condition], today),
        now=now,
    )
    return [due for each in found for due in each]


def due_proofs(session: Session, today: date) -> list[Due]:
    """One reminder for all proofs of a provider that its approvals need and that end on the same day."""
    of_providers = _approvals_by_provider(session)
    proofs = proofs_by_provider(session, set(of_providers))
    return [
        due
        for provider, approvals in of_providers.items()
        for due in _due_of_provider(session, approvals, proofs[provider], today)
    ]


def _approvals_by_provider(session: Session) -> dict[int, list[ServiceApproval]]:
    standing = session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.state.in_(APPROVAL.bound))
        .order_by(ServiceApproval.id)
    )
    found: dict[int, list[ServiceApproval]] = {}
    for approval in standing:
        found.setdefault(approval.provider_id, []).append(approval)
    return found


def _due_of_provider(
    session: Session, approvals: Sequence[ServiceApproval], proofs: Sequence[HeldProof], today: date
) -> list[Due]:
    ending: dict[date, dict[str, Expiry]] = defaultdict(dict)
    first: dict[date, int] = {}
    for approval in approvals:
        for expiry in queries.expiries(session, approval, proofs, today):
            if expiry.day is not None:
                ending[expiry.day][expiry.kind] = expiry
                first.setdefault(expiry.day, approval.id)
    return [
        Due(
            f"proofs:{approvals[0].provider_id}:{day}",
            step,
            first[day],
            day,
            tuple(kinds[each] for each in sorted(kinds)),
        )
        for day, kinds in ending.items()
        if (step := rules.step_due(day, today, rules.EVIDENCE_STEPS)) is not None
    ]


def _open_conditions(session: Session) -> Iterable[ApprovalCondition]:
    return session.scalars(
        sa.select(ApprovalCondition)
        .join(ServiceApproval, ServiceApproval.id == ApprovalCondition.approval_id)
        .where(ApprovalCondition.state == ConditionState.OPEN, ServiceApproval.state.in_(APPROVAL.standing))
    )


def _due_of_condition(condition: ApprovalCondition, today: date) -> list[Due]:
    told_on = helsinki_date(condition.created_at)
    step = rules.step_due(condition.due_on, today, rules.CONDITION_STEPS, told_on=told_on)
    if step is None:
        return []
    about = f"condition:{condition.id}"
    return [Due(about, step, condition.approval_id, condition.due_on, condition_id=condition.id)]


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
    recipients = reach_of(work.session, approval.provider).recipients
    if due.condition_id is not None:
        condition = work.session.get_one(ApprovalCondition, due.condition_id)
        for recipient in recipients:
            mails.approval_condition_reminder(work, recipient, condition)
    else:
        for recipient in recipients:
            mails.proof_reminder(work, recipient, approval, due.proofs, day=due.day)
    after = {"about": due.subject, "days": due.step}
    record_in_pilot(work, ApprovalAudit.REMIND, approval, after=after)


def _end_hearing(database: Database, measure_id: int, now: datetime) -> None:
    with database.transaction() as session:
        measure = queries.measure_to_change(session, measure_id)
        if measure is not None and measure.state == MeasureState.HEARING:
            lapse(UnitOfWork(session, SYSTEM, now), measure)
