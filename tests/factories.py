"""Makers of plausible rows for tests: each takes the session and only what the test cares about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.permissions import Role

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_user(
    session: Session,
    role: Role | None = None,
    *,
    organisation: str | None = None,
    provider_id: int | None = None,
    **given: Any,
) -> User:
    """A person, with one role when it is named."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "email": f"person{number}@example.fi",
        "name": f"Person {number}",
        "password_hash": "unusable",
        "language": "fi",
        "created_at": NOW,
        "active": True,
    }
    user = User(**(facts | given))
    if role is not None:
        user.grants.append(RoleGrant(role=role, organisation_key=organisation, provider_id=provider_id))
    session.add(user)
    session.flush()
    return user
