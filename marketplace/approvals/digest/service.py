"""Writing the letters of the morning, and switching one's own mail on and off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.approvals.digest import mails
from marketplace.approvals.digest.models import MorningLetter, MutedMail
from marketplace.approvals.digest.queries import morning_of, to_write
from marketplace.approvals.digest.rules import OfficeMail, is_morning
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
            morning = morning_of(
                session,
                user,
                actor.organisation,
                work.today,
                decides=actor.may(Permission.DECIDE_APPLICATIONS, organisation=actor.organisation),
                reviews=actor.may(Permission.REVIEW_APPLICATIONS, organisation=actor.organisation),
            )
            if not morning:
                return 0
            mails.office_morning(work, user, morning)
    except IntegrityError:
        return 0  # another worker has just written it
    return 1


def switch_mail(work: UnitOfWork, wanted: Mapping[OfficeMail, bool]) -> None:
    """Which of these kinds of mail the actor gets from now on; every other stays as it is."""
    for kind, on in wanted.items():
        if on:
            own = sa.and_(MutedMail.user_id == work.person_id, MutedMail.kind == kind)
            work.session.execute(sa.delete(MutedMail).where(own))
        else:
            insert_missing(
                work.session,
                MutedMail,
                {"user_id": work.person_id, "kind": kind, "since": work.now},
            )
