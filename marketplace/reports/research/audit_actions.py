"""What the audit trail calls what is done about research extracts."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class ResearchAudit(AuditAction):
    """What is done to an extract."""

    GIVE = "research_extract.give", _l("Research extract given")
