"""Mail with a link that works once, and to those who need none."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.models import User
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.work import UnitOfWork


def account_password(work: UnitOfWork, user: User, token: str) -> OutboxMessage:
    """The link for a new password."""
    link = outbox.address("accounts.reset", user.language, key=token)
    return outbox.send(work, user, "account_password", organisation_key=None, link=link)


def registration_confirm(work: UnitOfWork, asked: MailedLink, token: str) -> OutboxMessage:
    """The link by which a newcomer confirms the address with which a company was registered."""
    newcomer = MailAddress(asked.email, "", asked.language)
    link = outbox.address("providers.confirm_registration", asked.language, key=token)
    return outbox.send(work, newcomer, "registration_confirm", organisation_key=None, link=link)


def registration_known(work: UnitOfWork, user: User) -> OutboxMessage:
    """The address with which a company was registered has an account: the person signs in with it."""
    link = outbox.address("accounts.sign_in", user.language)
    return outbox.send(work, user, "registration_known", organisation_key=None, link=link)
