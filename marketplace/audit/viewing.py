"""Looking at personal data leaves a trace of its own."""

from __future__ import annotations

from dataclasses import replace

from marketplace.web.frame import database, work
from marketplace.work import AuditAction


def record_view(subject: object, *, organisation: str, action: AuditAction, detail: str = "") -> None:
    """Write down that `subject`, a mapped object or a pair (type, id), was opened by, or handed to, who is signed in.

    `detail` says what exactly was opened. A page is opened with a safe method, whose session writes nothing: the event
    has a transaction of its own.
    """
    with database().transaction() as session:
        replace(work(), session=session).record(
            action, subject, organisation=organisation, after={"opened": detail} if detail else None
        )
