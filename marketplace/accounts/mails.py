"""Mail to the holder of an account."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.outbox import OutboxMessage
from marketplace.work import UnitOfWork


def account_password_changed(work: UnitOfWork, user: User) -> OutboxMessage:
    """The password was changed just now, with the way to a new one for who did not do it."""
    link = outbox.address("accounts.forgotten", user.language)
    return outbox.send(
        work, user, "account_password_changed", organisation_key=None, moment=work.now, link=link
    )
