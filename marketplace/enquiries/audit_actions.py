"""What the audit trail calls what is done with questions: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class EnquiryAudit(AuditAction):
    """What is done with a question about an offer. The trail keeps nothing of what was written, nor who wrote."""

    ASK = "enquiry.ask", _l("Question asked about an offer")
    ANSWER = "enquiry.answer", _l("Question about an offer answered")
