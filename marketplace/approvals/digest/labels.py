"""What the kinds of mail to the office are called."""

from __future__ import annotations

from typing import Any, Final

from marketplace.approvals.digest.rules import OfficeMail
from marketplace.i18n import _l

KINDS: Final[dict[OfficeMail, Any]] = {
    OfficeMail.MORNING: _l(
        "One letter every working morning: what is new, what waits for me and what is due"
    ),
    OfficeMail.SAFETY: _l("At once: a proposal that the safety of clients does not allow to wait"),
    OfficeMail.ANSWERS: _l(
        "At once: answers and completions in matters that I handle, and that none came in time"
    ),
    OfficeMail.MESSAGES: _l("At once: messages of providers about applications that I handle"),
    OfficeMail.HANDED: _l("At once: a matter is handed over to me, or a proposal returned"),
    OfficeMail.COMPANIES: _l(
        "At once: a company withdraws, pauses, leaves, or asks for something to be confirmed"
    ),
}
"""Kind of mail → its switch."""
