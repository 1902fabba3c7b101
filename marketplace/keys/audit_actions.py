"""What the audit trail calls what is done with the portal's keys."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class KeyAudit(AuditAction):
    """What the operator does with keys; the subject is the name of a key, which does not give it away."""

    RENEW = "key.renew", _l("Former keys given up")
