"""What the audit trail calls what is done to agreements: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class AgreementAudit(AuditAction):
    """What is done to the agreement of a client."""

    END = "agreement.end", _l("Agreement of a client ended")
    RECORD = "agreement.record", _l("Agreement of a client recorded")
    VIEW = "agreement.view", _l("Agreements of clients opened")
