"""Looking at personal data leaves a trace of its own."""

from __future__ import annotations

from marketplace.web.frame import current_actor, database, now
from marketplace.work import AuditAction, UnitOfWork


def record_view(subject: object, *, organisation: str, action: AuditAction, detail: str = "") -> None:
    """Write down that the signed-in person has opened `subject`, a mapped object or a pair (type, id).

    `detail` says what exactly was opened. A page is
    opened with a safe method, whose session writes nothing: the event has a transaction of its own.
    """
    with database().transaction() as session:
        UnitOfWork(session, current_actor(), now()).record(
            action, subject, organisation=organisation, after={"opened": detail} if detail else None
        )
