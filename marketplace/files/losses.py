"""Contents that the database speaks of and that are gone for good: the operator says so, with the reason.

Backups, which stop for a content that is missing, then go on without it, and `check` goes on telling of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import insert_missing
from marketplace.errors import Invalid
from marketplace.files import quarantine
from marketplace.files.audit_actions import ContentAudit
from marketplace.files.models import LostContent
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.work import UnitOfWork


def give_up(work: UnitOfWork, store: FileStore, start: str, *, reason: str) -> str:
    """Say that a missing or damaged content is gone for good; its SHA-256, of which `start` may be the beginning.

    Raises Invalid for a content that the database does not speak of, is there as it was, or was given up already, for
    a beginning of several, and without a reason.
    """
    if not reason.strip():
        raise Invalid("say in a sentence why the file cannot be brought back", field="reason")
    found = [sha256 for sha256 in quarantine.needed(work.session) if sha256.startswith(start.lower())]
    if len(found) != 1:
        raise Invalid(f"{len(found)} stored files begin with {start}: give one of those that 'check' names")
    sha256 = found[0]
    if not is_gone(store, sha256):
        raise Invalid(f"file {sha256} is there and is what it was")
    values = {"sha256": sha256, "reason": reason.strip(), "given_up_at": work.now}
    if not insert_missing(work.session, LostContent, values):
        raise Invalid(f"file {sha256} has been given up already")
    lost = work.session.get_one(LostContent, sha256)
    work.record(ContentAudit.GIVE_UP, lost, after={"reason": lost.reason})
    return sha256


def given_up(session: Session) -> Mapping[str, str]:
    """SHA-256 of what was given up → since when and why, for the operator."""
    return {
        lost.sha256: f"given up on {helsinki_date(lost.given_up_at).isoformat()}: {lost.reason}"
        for lost in session.scalars(sa.select(LostContent).order_by(LostContent.sha256))
    }


def is_gone(store: FileStore, sha256: str) -> bool:
    """Whether a content is missing, or not what it was."""
    return not store.holds(sha256) or not store.is_unchanged(sha256)
