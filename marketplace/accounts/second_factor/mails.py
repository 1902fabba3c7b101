"""Mail about the second factor of an account."""

from __future__ import annotations

from typing import Any, Final

from marketplace import outbox
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.models import User
from marketplace.i18n import _l
from marketplace.outbox import OutboxMessage
from marketplace.work import UnitOfWork

CHANGES: Final[dict[AccountAudit, Any]] = {
    AccountAudit.ADD_APP: _l("An app that shows codes was taken into use as your second factor."),
    AccountAudit.REMOVE_APP: _l("The app that shows codes was removed from your account."),
    AccountAudit.ADD_PASSKEY: _l("A passkey was added to your account."),
    AccountAudit.REMOVE_PASSKEY: _l("A passkey was removed from your account."),
    AccountAudit.USE_CODE: _l("One of your recovery codes was used."),
}
"""What is done to a second factor → how its holder is told."""


def account_factor_changed(work: UnitOfWork, user: User, action: AccountAudit) -> OutboxMessage:
    """What was done to the second factor just now, with the way to a new password for who did not do it."""
    return outbox.send(
        work,
        user,
        "account_factor_changed",
        organisation_key=None,
        change=CHANGES[action],
        moment=work.now,
        link=outbox.address("accounts.forgotten", user.language),
    )
