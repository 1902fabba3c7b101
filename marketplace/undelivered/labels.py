"""What kinds of mail and obstacles are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l
from marketplace.undelivered.rules import MailKind, MailObstacle

KINDS: Final[dict[MailKind, Any]] = {
    MailKind.APPLICATION: _l("Application"),
    MailKind.DECISION: _l("Decision"),
    MailKind.APPROVAL: _l("Approval"),
    MailKind.PROOF: _l("Proof"),
    MailKind.COMPANY: _l("Matters of a company"),
    MailKind.OFFER: _l("Change to an offer"),
    MailKind.ENQUIRY: _l("Question about a service"),
    MailKind.INVITATION: _l("Invitation"),
    MailKind.SESSION: _l("Information session"),
    MailKind.CLIENT: _l("Matters of a client"),
    MailKind.AGREEMENT: _l("Agreement"),
    MailKind.DELIVERY: _l("Delivery"),
    MailKind.PAYMENT: _l("Payment"),
    MailKind.OFFICE: _l("Morning letter of the office"),
    MailKind.ACCOUNT: _l("Account on the portal"),
}
"""What a message is about, in words."""

OBSTACLES: Final[dict[MailObstacle, Any]] = {
    MailObstacle.NO_SUCH_ADDRESS: _l(
        "There is no such address. Correct it where it was given, and reach the recipient another way this time."
    ),
    MailObstacle.FULL: _l("The recipient’s mailbox was full for five days."),
    MailObstacle.REFUSED: _l(
        "The recipient’s mail server refused the message. Reach the recipient another way."
    ),
    MailObstacle.NOT_NOW: _l("The recipient’s mail server did not take the message in five days."),
    MailObstacle.AWAY: _l("The portal’s own mail server could not be reached for five days. Send again."),
    MailObstacle.UNWRITABLE: _l("The message could not be made ready. Tell the portal’s maintainer."),
}
"""Why no server took a message, and what helps."""
