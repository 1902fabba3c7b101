"""Writing summaries, once for each client and month, and posting those that no mail tells of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.budgets.summaries import queries
from marketplace.budgets.summaries.audit_actions import SummaryAudit
from marketplace.budgets.summaries.mails import client_summary
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client
from marketplace.clients.queries import client_for_staff
from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import SYSTEM, Permission
from marketplace.vouchers.granting.rules import add_months
from marketplace.work import UnitOfWork

WRITTEN_FROM: Final = 3
"""The day of the month from which the month before is told: budgets have been carried and what came late is in."""

LOOKS_BACK: Final = 3
"""Of so many past months summaries are written when they are missing."""


def write_summaries(database: Database, *, now: datetime) -> int:
    """Write the summaries of past months that are missing, each in a transaction of its own; how many.

    A duty of the worker. What is unused of a month returns at the end of the next one, so the client is told weeks
    before; a month that was missed while the worker stood still is told later, and returns later.
    """
    today = helsinki_date(now)
    if today.day < WRITTEN_FROM:
        return 0
    months = [add_months(today.replace(day=1), -back) for back in range(LOOKS_BACK, 0, -1)]
    with database.read() as session:
        waiting = [(client, month) for month in months for client in queries.without_summary(session, month)]

    def do(missing: tuple[int, date]) -> bool:
        with database.transaction() as session:
            return write_summary(UnitOfWork(session, SYSTEM, now), *missing)

    return sum(each_by_itself(database, "write a client's summary", waiting, do, now=now))


def write_summary(work: UnitOfWork, client_id: int, month: date) -> bool:
    """Write the summary of a client's month and tell the client; False when there is one already.

    A client without e-mail, or under a non-disclosure order, gets it by a letter that the office posts.
    """
    client = work.session.get_one(Client, client_id, with_for_update=for_change(Client))
    if any(each.month == month for each in queries.summaries_of(work.session, client_id)):
        return False
    summary = ClientSummary(
        client=client,
        month=month,
        content=queries.content_of(work.session, client, month, work.today),
        made_at=work.now,
        mailed=bool(client.email) and not client.protected,
    )
    work.session.add(summary)
    work.session.flush()
    if summary.mailed:
        client_summary(work, summary)
    work.record(SummaryAudit.WRITE, client, organisation=client.organisation_key)
    return True


def forget_summaries(session: Session, client_id: int) -> None:
    """Delete what was told to the client: the client's data are erased. For the slot `clients.erased`."""
    session.execute(sa.delete(ClientSummary).where(ClientSummary.client_id == client_id))


def post_summary(work: UnitOfWork, client_id: int, month: date) -> ClientSummary:
    """Write down that the letter has been posted today. Raises NotFound, and Conflict when nothing is to be posted."""
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    summary = queries.summary_of(work.session, client_id, month)
    if summary.mailed or summary.posted_on is not None:
        raise Conflict(_l("This summary need not be posted any more."))
    summary.posted_on, summary.posted_by_id = work.today, work.person_id
    work.record(SummaryAudit.POST, client, organisation=client.organisation_key)
    return summary
