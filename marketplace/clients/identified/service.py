"""Whose account belongs to whom at the service of identification.

The personal identity code comes with a sign-in and goes with it: what is kept is a keyed hash, another in each
organisation. Who brings no code (eIDAS), or is known by none yet, joins the identification once while signed in with a
letter.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.openid.client import Identity
from marketplace.accounts.openid.models import OpenIdAccount
from marketplace.accounts.service import actor_of
from marketplace.audit.rules import key_id
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.keys import client_keys
from marketplace.clients.mandates.queries import own_clients
from marketplace.clients.models import Client
from marketplace.clients.people import account_of
from marketplace.clients.rules import identity_hash
from marketplace.errors import Conflict, NotAllowed
from marketplace.i18n import _l
from marketplace.permissions import Role
from marketplace.pilots.vocabulary import ORGANISATIONS
from marketplace.work import UnitOfWork


def person_of(work: UnitOfWork, identity: Identity, *, issuer: str) -> User:
    """The account of a client or helper whom the service has identified. Raises NotAllowed for anybody else."""
    held = work.session.get(OpenIdAccount, (issuer, identity.subject))
    user = work.session.get_one(User, held.user_id) if held is not None else None
    for client in _known_by_code(work.session, identity.code):
        if client.user is None and user is not None:
            client.user = user
        user = user or account_of(work, client)
        _remember(work.session, client, identity.code)
    if user is None or not user.active or not actor_of(user).is_citizen:
        raise NotAllowed(
            _l(
                "We do not know you by this identification yet. Sign in first with a code of your letter, "
                "and then join the identification on the page My data."
            )
        )
    if held is None:
        work.session.add(
            OpenIdAccount(issuer=issuer, subject=identity.subject, user_id=user.id, joined_at=work.now)
        )
    return user


def join(work: UnitOfWork, user: User, identity: Identity, *, issuer: str) -> None:
    """The signed-in client is from now on known by the identification, too.

    Raises Conflict when the identification belongs to somebody else here, and NotAllowed for who is no client.
    """
    if all(held.role is not Role.CLIENT for held in user.grants) or not actor_of(user).is_citizen:
        raise NotAllowed(_l("Your account does not give access to this page."))
    held = work.session.get(OpenIdAccount, (issuer, identity.subject))
    if (held is not None and held.user_id != user.id) or any(
        client.user_id not in (None, user.id) for client in _known_by_code(work.session, identity.code)
    ):
        raise Conflict(_l("This identification belongs to another person here. Call the office."))
    if held is None:
        work.session.add(
            OpenIdAccount(issuer=issuer, subject=identity.subject, user_id=user.id, joined_at=work.now)
        )
    for client in own_clients(work.session, user.id):
        if identity.code:
            _remember(work.session, client, identity.code)
        work.record(ClientAudit.JOIN_IDENTIFICATION, client, organisation=client.organisation_key)


def is_joined(session: Session, user_id: int, *, issuer: str) -> bool:
    """Whether the person is known by the identification."""
    return (
        session.scalar(
            sa.select(OpenIdAccount.subject).where(
                OpenIdAccount.issuer == issuer, OpenIdAccount.user_id == user_id
            )
        )
        is not None
    )


def _remember(session: Session, client: Client, code: str) -> None:
    """Know the client by the code, hashed with the present key, also when a former one was used before."""
    key = client_keys(session)[0]
    client.identity_hash = identity_hash(key, client.organisation_key, code)
    client.identity_key_id = key_id(key)


def _known_by_code(session: Session, code: str) -> list[Client]:
    """The clients, one in each organisation at most, whom the code belongs to."""
    if not code:
        return []
    hashes = [
        (organisation, identity_hash(key, organisation, code))
        for key in client_keys(session)
        for organisation in ORGANISATIONS
    ]
    return list(
        session.scalars(
            sa.select(Client)
            .where(
                sa.tuple_(Client.organisation_key, Client.identity_hash).in_(hashes),
                Client.erased_at.is_(None),
            )
            .order_by(Client.id)
        )
    )
