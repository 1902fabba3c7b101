"""Looking at personal data leaves a trace of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marketplace.web.frame import database, work
from marketplace.work import AuditAction


def record_view(
    subject: object,
    *,
    organisation: str,
    action: AuditAction,
    detail: str = "",
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `subject`, a mapped object or a pair (type, id), was opened by, or handed to, who is signed in.

    `detail` says what exactly was opened, `after` what more there is to tell. A page is opened
    with a safe method, whose session writes nothing: the event has a transaction of its own.
    """
    with database().transaction() as session:
        replace(work(), session=session).record(
            action, subject, organisation=organisation, after={"opened": detail} if detail else after
        )
