"""What time does to requests: providers are reminded of them, and what nobody answers lapses. Duties of the worker."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.queries import provider_people
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.vouchers.agreeing import mails, queries
from marketplace.vouchers.agreeing.service import let_lapse
from marketplace.vouchers.rules import AGREEMENT, AgreementAction
from marketplace.work import UnitOfWork


def remind(database: Database, *, now: datetime) -> int:
    """Remind providers of requests whose time for an answer is nearly over, once each; how many."""
    with database.read() as session:
        waiting = queries.to_remind(session, helsinki_date(now))

    def do(agreement_id: int) -> bool:
        with database.transaction() as session:
            work = UnitOfWork(session, SYSTEM, now)
            agreement = queries.for_change(session, agreement_id)
            if agreement.state is not AGREEMENT.initial or agreement.reminded_at is not None:
                return False
            agreement.reminded_at = now
            for person in provider_people(session, agreement.offer.provider_id):
                mails.agreement_waits(work, agreement, person)
        return True

    return sum(each_by_itself(database, "remind of a request", waiting, do, now=now))


def lapse(database: Database, *, now: datetime) -> int:
    """Let the requests lapse that providers have not answered in time, each in a transaction of its own; how many."""
    with database.read() as session:
        waiting = queries.unanswered(session, helsinki_date(now))
    return sum(
        each_by_itself(
            database, "let a request lapse", waiting, lambda one: lapse_one(database, one, now), now=now
        )
    )


def lapse_one(database: Database, agreement_id: int, now: datetime) -> bool:
    """Let one request lapse; False when something else has happened to it meanwhile."""
    with database.transaction() as session:
        work = UnitOfWork(session, SYSTEM, now)
        agreement = queries.for_change(session, agreement_id)
        if not AGREEMENT.allows(agreement.state, AgreementAction.LAPSE):
            return False
        let_lapse(work, agreement)
    return True
