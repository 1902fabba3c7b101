"""What the processes do that are killed: sending invitations and deciding, each with the delivery of its mail.

These functions are named by tests and run in processes forked off a warm one; they import the portal only there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from tests.work import work_of

PIECE = 3
"""Letters written, or messages delivered, before the process turns to the other."""
BEAT = b"!"
"""What a process sends when it begins and after each piece of work, so that it can be killed at any stage of it."""


@dataclass(frozen=True)
class Job:
    """Where a process works and when: the portal's database, its files, its mail server, and its clock."""

    url: str
    folder: Path
    mail_url: str
    now: datetime


def send_invitations(job: Job, pilot_key: str, table: bytes, beats: Connection) -> None:
    """Invite everybody of a CSV table and see the mail out; those that are invited already are left alone."""
    from marketplace.outbox import Postman, deliver
    from marketplace.recruiting.invitations import addresses, sending
    from marketplace.sheets import read_tables
    from tests.approvals.crashes.warm import PORTAL, on

    database, postman = on(job.url, job.folder), Postman(job.mail_url, "palvelutori@example.fi")
    with PORTAL.app_context():
        beats.send_bytes(BEAT)
        with database.transaction() as session:
            sending.invite(work_of(session, now=job.now), pilot_key, addresses.read(read_tables(table)))
        busy = 1
        while busy:
            busy = sending.write_letters(database, now=job.now, limit=PIECE)
            busy += deliver(database, postman, now=job.now, limit=PIECE)
            beats.send_bytes(BEAT)


def decide_all(job: Job, decider_id: int, application_ids: list[int], beats: Connection) -> None:
    """Decide applications one after another through the decider's page and see the mail out."""
    from marketplace.accounts.browser import SESSION_COOKIE
    from marketplace.accounts.models import User
    from marketplace.accounts.sessions.service import open_session
    from marketplace.outbox import Postman, deliver
    from tests.approvals.crashes.warm import PORTAL, on

    database, postman = on(job.url, job.folder), Postman(job.mail_url, "palvelutori@example.fi")
    PORTAL.extensions["clock"] = lambda: job.now
    decider = PORTAL.test_client()
    with database.transaction() as session:
        token = open_session(session, session.get_one(User, decider_id), agent="", now=job.now)
    decider.set_cookie(SESSION_COOKIE, token)
    beats.send_bytes(BEAT)
    deliver(database, postman, now=job.now)
    for application_id in application_ids:
        page = f"/fi/office/applications/{application_id}/decision"
        form = decider.get(page).text
        entries = {name: _hidden(form, name) for name in ("csrf_token", "seen")}
        assert decider.post(page, data=entries).status_code == 303, application_id
        deliver(database, postman, now=job.now, limit=PIECE)
        beats.send_bytes(BEAT)


def deliver_mail(job: Job, beats: Connection) -> None:
    """See the mail out that waits."""
    from marketplace.outbox import Postman, deliver
    from tests.approvals.crashes.warm import on

    database = on(job.url, job.folder)
    beats.send_bytes(BEAT)
    deliver(database, Postman(job.mail_url, "palvelutori@example.fi"), now=job.now)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found is not None, f"the page has no {name}"
    return found[1]
