"""What follows when the virus scanner has judged a file: an event for the offices, and word to who sent it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.audit.service import record
from marketplace.files.models import StoredFile
from marketplace.permissions import SYSTEM
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.models import Evidence


def record_and_tell(session: Session, file: StoredFile, harm: str | None, now: datetime) -> None:
    """Record the verdict for the offices of the company whose proof the file is; no office sees it of any other file.
    Whoever sent an infected file hears of it.
    """
    event: dict[str, Any] = {
        "action": "file.scan",
        "subject": file,
        "before": {"state": "quarantined"},
        "after": {"state": file.state, "found": harm},
    }
    owners = session.scalars(
        sa.select(Evidence.provider_id).where(Evidence.file_id == file.id).distinct()
    ).all()
    for provider_id in owners:
        record_of_company(session, provider_id, actor=SYSTEM, now=now, **event)
    if not owners:
        record(session, actor=SYSTEM, now=now, **event)
    sender = session.get(User, file.uploaded_by_id) if file.uploaded_by_id else None
    if harm is not None and sender is not None:
        outbox.send(
            session,
            to=sender.email,
            language=sender.language,
            template="file_infected",
            now=now,
            context={"name": sender.name, "file": file.name},
        )
