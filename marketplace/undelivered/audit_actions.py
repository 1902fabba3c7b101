"""What the audit trail calls what is done with mail that was given up."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class MailAudit(AuditAction):
    """What the office does with a message; neither its text nor its address is kept in the trail."""

    SEND_AGAIN = "mail.send_again", _l("E-mail sent again")
