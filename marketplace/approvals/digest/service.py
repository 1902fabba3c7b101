"""Writing the letters of the morning, and switching one's own on and off."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.approvals.digest import mails
from marketplace.approvals.digest.models import MorningLetter, NoMorningLetter
from marketplace.approvals.digest.queries import morning_of, to_write
from marketplace.approvals.digest.rules import is_morning
from marketplace.db import Database, insert_missing
from marketplace.duties import each_by_itself
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.permissions import SYSTEM, Permission
from marketplace.work import UnitOfWork


def write_letters(database: Database, *, now: datetime) -> int:
    """Write the letters of the morning that are due; how many. Needs an application context for the template.

    A letter and the row that says so are one transaction, and each row can be written once: neither a crash nor a
    second worker writes to anybody twice. Who has nothing to do gets none.
    """
    if not is_morning(now.astimezone(HELSINKI)):
        return 0
    with database.read() as session:
        people = to_write(session, helsinki_date(now))
    written = each_by_itself(
        database,
        "write a letter of the morning",
        people,
        lambda person: _write(database, person, now),
        now=now,
    )
    return sum(written)


def _write(database: Database, user_id: int, now: datetime) -> int:
    try:
        with database.transaction() as session:
            work = UnitOfWork(session, SYSTEM, now)
            session.add(MorningLetter(user_id=user_id, day=work.today, at=now))
            session.flush()
            user = session.get_one(User, user_id)
            actor = actor_of(user)
            if actor.organisation is None:
                return 0
            decides = actor.may(Permission.DECIDE_APPLICATIONS, organisation=actor.organisation)
            morning = morning_of(session, user, actor.organisation, work.today, decides=decides)
            if not morning:
                return 0
            mails.office_morning(work, user, morning)
    except IntegrityError:
        return 0  # another worker has just written it
    return 1


def switch_letter(work: UnitOfWork, *, on: bool) -> None:
    """Whether the actor gets the letter of the morning from now on."""
    if on:
        own = NoMorningLetter.user_id == work.person_id
        work.session.execute(sa.delete(NoMorningLetter).where(own))
    else:
        insert_missing(work.session, NoMorningLetter, {"user_id": work.person_id, "since": work.now})
