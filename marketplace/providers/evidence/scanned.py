"""What follows when the virus scanner has judged a file: an event for the offices, and word to who sent it."""

from __future__ import annotations

import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.providers.audit_actions import FileAudit
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.evidence import mails
from marketplace.providers.models import Evidence
from marketplace.work import UnitOfWork


def record_and_tell(work: UnitOfWork, file: StoredFile, harm: str | None) -> None:
    """Record the verdict for the offices of the company whose proof the file is; no office sees it of any other file.
    Whoever sent an infected file hears of it.
    """
    before, after = {"state": FileState.QUARANTINED}, {"state": file.state, "found": harm}
    owners = work.session.scalars(
        sa.select(Evidence.provider_id).where(Evidence.file_id == file.id).distinct()
    ).all()
    for provider_id in owners:
        record_of_company(work, provider_id, FileAudit.SCAN, file, before=before, after=after)
    if not owners:
        work.record(FileAudit.SCAN, file, before=before, after=after)
    sender = work.session.get(User, file.uploaded_by_id) if file.uploaded_by_id else None
    if harm is not None and sender is not None:
        mails.file_infected(work, sender, file)
