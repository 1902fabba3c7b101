"""What the audit trail calls what is done to the demo content."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class DemoAudit(AuditAction):
    """What the demo content does."""

    LOAD = "demo.load", _l("Demo content loaded")
