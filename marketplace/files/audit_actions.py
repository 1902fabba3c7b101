"""What the audit trail calls what the operator does with stored contents."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class ContentAudit(AuditAction):
    """What is said of a content; the subject is its SHA-256."""

    GIVE_UP = "content.give_up", _l("Stored file given up as lost")
