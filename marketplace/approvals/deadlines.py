"""Due dates that pass without an answer: reminders to both sides, and back to the office. Run by the worker.

Every application is settled in a transaction of its own and marked there, so that a second run, or one after a crash,
does nothing twice.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, CompletionRequest, Hearing
from marketplace.applications.rules import APPLICATION, ApplicationAction, ApplicationState
from marketplace.approvals import mails
from marketplace.approvals.completion.rules import GRACE_DAYS, has_lapsed
from marketplace.approvals.hearing.queries import open_hearing
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.queries import is_unserved, unposted
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.service import reach_of
from marketplace.approvals.steps import move, record_step
from marketplace.db import Database, for_change
from marketplace.decisions.rules import is_missed
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork


def catch_up(database: Database, *, now: datetime) -> int:
    """Settle every missed due date; the number of applications settled."""
    today = helsinki_date(now)
    with database.read() as session:
        late = _late(session, today)

    def do(application_id: int) -> bool:
        with database.transaction() as session:
            return settle(UnitOfWork(session, SYSTEM, now), application_id)

    return sum(each_by_itself(database, "settle a due date", late, do, now=now))


def settle(work: UnitOfWork, application_id: int) -> bool:
    """Remind of, or end, what an application waits for; whether anything was done."""
    application = work.session.get(Application, application_id, with_for_update=for_change(Application))
    if application is None:
        return False
    today = work.today
    if application.state == ApplicationState.HEARING:
        return _settle_hearing(work, application, today)
    request = queries.waiting_completion(application)
    if application.state != ApplicationState.COMPLETION_REQUESTED or request is None:
        return False
    if is_unserved(work.session, Served.COMPLETION, ServedDocument.completion_id, request.id):
        return False
    if has_lapsed(request.due_on, today):
        _lapse(work, application, request)
    elif is_missed(request.due_on, today) and request.reminded_at is None:
        _remind(work, application, request)
    else:
        return False
    return True


def _late(session: Session, today: date) -> list[int]:
    """The applications whose completion or hearing is past its due date and not settled yet."""
    lapsing = today - timedelta(days=GRACE_DAYS)
    requests = (
        sa.select(CompletionRequest.application_id)
        .join(Application, Application.id == CompletionRequest.application_id)
        .where(
            Application.state == ApplicationState.COMPLETION_REQUESTED,
            CompletionRequest.answered_at.is_(None),
            CompletionRequest.lapsed_at.is_(None),
            CompletionRequest.due_on < today,
            CompletionRequest.id.not_in(unposted(Served.COMPLETION, ServedDocument.completion_id)),
            sa.or_(CompletionRequest.reminded_at.is_(None), CompletionRequest.due_on < lapsing),
        )
    )
    heard = sa.select(Hearing.application_id).where(
        Hearing.closed_at.is_(None),
        Hearing.due_on < today,
        Hearing.id.not_in(unposted(Served.HEARING, ServedDocument.hearing_id)),
    )
    waiting = sa.select(Application.id).where(
        Application.state.in_(APPLICATION.answerable),
        Application.id.in_(sa.union(requests, heard).scalar_subquery()),
    )
    return list(session.scalars(waiting.order_by(Application.id)))


def _settle_hearing(work: UnitOfWork, application: Application, today: date) -> bool:
    hearing = open_hearing(work.session, application)
    if hearing is None or not is_missed(hearing.due_on, today):
        return False
    if is_unserved(work.session, Served.HEARING, ServedDocument.hearing_id, hearing.id):
        return False
    before = move(application, ApplicationAction.LAPSE)
    hearing.closed_at = work.now
    record_step(
        work,
        application,
        ApplicationAudit.LAPSE,
        before=before,
        after={"due_on": hearing.due_on.isoformat()},
    )
    mails.application_heard(work, application, hearing)
    return True


def _remind(work: UnitOfWork, application: Application, request: CompletionRequest) -> None:
    request.reminded_at = work.now
    last_day = request.due_on + timedelta(days=GRACE_DAYS)
    after = {"due_on": request.due_on.isoformat()}
    record_step(work, application, ApplicationAudit.REMIND, after=after)
    for recipient in reach_of(work.session, application.provider, application.created_by).recipients:
        mails.completion_reminder(work, recipient, application, request, last_day=last_day)
    mails.completion_late(work, application, request, last_day=last_day)


def _lapse(work: UnitOfWork, application: Application, request: CompletionRequest) -> None:
    before = move(application, ApplicationAction.LAPSE)
    request.lapsed_at = work.now
    after = {"due_on": request.due_on.isoformat()}
    record_step(work, application, ApplicationAudit.LAPSE, before=before, after=after)
    mails.completion_late(work, application, request, last_day=None)
