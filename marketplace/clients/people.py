"""The accounts of clients and helpers: a kind of their own, which opens no pages of an office or a company."""

from __future__ import annotations

from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import UNUSABLE
from marketplace.accounts.rules import address_without_mailbox
from marketplace.accounts.service import create_user, grant
from marketplace.clients.models import Client
from marketplace.errors import NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import CITIZEN_ROLES, Role
from marketplace.work import UnitOfWork


def account_of(work: UnitOfWork, client: Client) -> User:
    """The account with which a client signs in; it is made at the first time. Raises NotAllowed.

    A way in that is meant for clients (a letter, Suomi.fi) never opens an account that does more than clients do.
    """
    if client.user is None:
        client.user = create_user(
            work.session,
            email=address_without_mailbox(f"client-{client.id}"),
            name=client.title,
            password_hash=UNUSABLE,
            language=client.language,
            now=work.now,
        )
        work.session.flush()
    if not client.user.active or any(held.role not in CITIZEN_ROLES for held in client.user.grants):
        raise NotAllowed(_l("Your account does not give access to this page."))
    if all(held.role is not Role.CLIENT for held in client.user.grants):
        grant(work.session, client.user, Role.CLIENT, now=work.now)
    return client.user
