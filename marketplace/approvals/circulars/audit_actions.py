"""What the audit trail calls what is done with messages to many providers."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class CircularAudit(AuditAction):
    """What is done with a message to many, about each company that it goes to."""

    SEND = "circular.send", _l("Message to many sent to the company")
    POST = "circular.post", _l("Message to many posted to the company")
