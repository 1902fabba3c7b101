"""What is done to the keys of a provider's programs: made, revoked, used."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from marketplace.accounts.models import RoleGrant
from marketplace.accounts.sessions.queries import digest
from marketplace.accounts.sessions.service import hold_account, lock_people
from marketplace.allowances import Allowance, take
from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict, DomainError
from marketplace.i18n import _l
from marketplace.permissions import PROVIDER_ROLES, SYSTEM, Actor, Grant, Role
from marketplace.providers.api_keys import queries
from marketplace.providers.api_keys.mails import key_expires
from marketplace.providers.api_keys.models import ApiKey
from marketplace.providers.audit_actions import ApiKeyAudit
from marketplace.providers.company.queries import admins_of, managed_provider
from marketplace.providers.company.trail import record_of_company
from marketplace.work import UnitOfWork

PREFIX: Final = "palvelutori_"
"""What every key begins with, so that those who look for keys in program texts know one when they see it."""

MOST_KEYS: Final = 20
"""Keys of one provider that hold at a time."""

CALLS: Final = Allowance("calls with a key", 300, timedelta(minutes=1))
WRONG_KEYS: Final = Allowance("wrong keys from one address", 30, timedelta(hours=1))

HOLDS: Final = {90: _l("Three months"), 365: _l("A year"), 730: _l("Two years")}
"""For how many days a key may be made to hold."""

USUALLY: Final = 365

TOLD_BEFORE: Final = timedelta(days=30)
"""How long before a key expires the company's admins are told."""

PRESSED_TWICE: Final = timedelta(minutes=1)
"""A key that the same person makes under the same name so soon after another takes its place: the button was pressed
twice, and nobody has seen the text of the first.
"""

NOTED_AFTER: Final = timedelta(minutes=1)
"""So old is what is kept of the last use before it is written anew."""


class BadKey(DomainError):
    """There is no such key, it has been revoked or has expired, or who made it acts for the provider no more."""

    status = 401

    def __init__(self) -> None:
        super().__init__(_l("The key does not hold. Ask an admin of your company for a new one."))


def make_key(work: UnitOfWork, provider_id: int, name: str, days: int = USUALLY) -> tuple[ApiKey, str]:
    """Make a key that holds for some days; gives it with its text, which is kept nowhere.

    Raises NotFound, NotAllowed; Conflict for too many.
    """
    managed_provider(work, provider_id, lock=True)
    _revoke_unseen(work, provider_id, name)
    standing = [
        each
        for each in queries.keys_of(work.session, provider_id)
        if each.revoked_at is None and each.expires_at > work.now
    ]
    if len(standing) >= MOST_KEYS:
        raise Conflict(_l("Your company has 20 keys already. Revoke one that is not used any more."))
    token = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        provider_id=provider_id,
        name=name,
        token_hash=digest(token),
        created_by_id=work.person_id,
        created_at=work.now,
        expires_at=work.now + timedelta(days=days),
    )
    work.session.add(key)
    record_of_company(work, provider_id, ApiKeyAudit.MAKE, key, after={"provider": provider_id, "name": name})
    return key, token


def _revoke_unseen(work: UnitOfWork, provider_id: int, name: str) -> None:
    """Revoke the key that the same press of the same button has made before."""
    for each in queries.keys_of(work.session, provider_id):
        is_own = each.name == name and each.created_by_id == work.person_id
        is_new = each.created_at > work.now - PRESSED_TWICE and each.last_used_at is None
        if is_own and is_new and each.revoked_at is None:
            revoke_key(work, provider_id, each.id)


def revoke_key(work: UnitOfWork, provider_id: int, key_id: int) -> ApiKey:
    """Revoke a key: it holds no more, once what is just being done with it has ended.

    Raises NotFound, NotAllowed, and Conflict when that was done before.
    """
    managed_provider(work, provider_id)
    lock_people(work.session, queries.maker_of(work.session, key_id))
    key = queries.key_to_change(work.session, provider_id, key_id)
    if key.revoked_at is not None:
        raise Conflict(_l("The key has been revoked already."))
    key.revoked_at, key.revoked_by_id = work.now, work.person_id
    record_of_company(work, provider_id, ApiKeyAudit.REVOKE, key, after={"provider": provider_id})
    return key


def use_key(work: UnitOfWork, token: str) -> tuple[Actor, int]:
    """Who acts with a key, and for which provider; that it was used is noted. Raises BadKey and TooOften.

    The caller's transaction is one of its own, so that a call that comes to nothing is counted.
    """
    key = queries.key_that_holds(work.session, token, work.now)
    if key is None:
        raise BadKey()
    take(work.session, CALLS, key.id, now=work.now)
    if key.last_used_at is None or key.last_used_at <= work.now - NOTED_AFTER:
        key.last_used_at = work.now
    person = key.created_by
    grant = Grant(Role.PROVIDER_EDITOR, provider=key.provider_id)
    return Actor(person.id, person.email, person.name, (grant,), key=key.id), key.provider_id


def hold_key(connection: sa.Connection, actor: Actor, provider_id: int) -> bool:
    """Let the account of who made the key stay as it is until the transaction ends; whether the key holds and who made
    it acts for the provider. Whoever takes either away locks the person first.
    """
    if actor.user_id is None or not hold_account(connection, actor.user_id):
        return False
    stands = sa.exists().where(ApiKey.id == actor.key, ApiKey.revoked_at.is_(None))
    acts = sa.exists().where(
        RoleGrant.user_id == actor.user_id,
        RoleGrant.provider_id == provider_id,
        RoleGrant.role.in_(PROVIDER_ROLES),
    )
    return connection.scalar(sa.select(sa.and_(stands, acts))) is True


def tell_of_expiry(database: Database, *, now: datetime) -> int:
    """Tell the admins of companies of keys that are about to expire, once each; how many keys. A duty of the worker."""
    with database.read() as session:
        waiting = queries.about_to_expire(session, now, TOLD_BEFORE)

    def do(key_id: int) -> bool:
        with database.transaction() as session:
            key = session.get_one(ApiKey, key_id, with_for_update=for_change(ApiKey))
            if key.told_at is not None or key.revoked_at is not None:
                return False
            key.told_at = now
            for admin in admins_of(session, key.provider_id):
                key_expires(UnitOfWork(session, SYSTEM, now), key, admin)
        return True

    return sum(each_by_itself(database, "tell of a key that expires", waiting, do, now=now))
