"""What the audit trail calls what is done with itself: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class TrailAudit(AuditAction):
    """What is done with the audit trail."""

    DOWNLOAD = "trail.download", _l("Events of the audit trail downloaded")
