"""Mail about the files of proofs."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.files.models import StoredFile
from marketplace.outbox import OutboxMessage
from marketplace.work import UnitOfWork


def file_infected(work: UnitOfWork, sender: User, file: StoredFile) -> OutboxMessage:
    """The virus scanner found something in a file, which has been removed; to who sent it."""
    return outbox.send(work, sender, "file_infected", organisation_key=None, file=file.name)
