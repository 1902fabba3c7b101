"""What the audit trail calls what is done to summaries: names that never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class SummaryAudit(AuditAction):
    """What is done to the summary of a client's month."""

    WRITE = "client_summary.write", _l("Summary of a month written to the client")
    POST = "client_summary.post", _l("Summary of a month posted to the client")
