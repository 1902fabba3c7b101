"""Whose things are opened: the demo's own company, client and pilot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.clients.models import Client

PROVIDER = "provider@demo.fi"
PILOT = "keusote-2022"


def provider_of(session: Session) -> int:
    """The demo's own company."""
    found = session.scalar(sa.select(RoleGrant.provider_id).join(User).where(User.email == PROVIDER))
    assert found is not None
    return found


def own_client(session: Session) -> int:
    """The client whose account is one of the demo's."""
    found = session.scalar(sa.select(Client.id).join(Client.user).where(User.email == "client@demo.fi"))
    assert found is not None, "the demo's client is on no register"
    return found


def first(model: type[Any]) -> Callable[[Session], int]:
    def find(session: Session) -> int:
        found = session.scalars(sa.select(model.id).order_by(model.id)).first()
        assert found is not None, f"the demo has no {model.__name__}"
        return int(found)

    return find
