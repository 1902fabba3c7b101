"""The key of what is hashed of clients: outside the database, so that a copy of the tables alone gives nothing away."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from sqlalchemy.orm import Session

DEVELOPMENT_KEY: Final = b"no secret: a database that was opened without the portal's settings"


def client_key(session: Session) -> bytes:
    """The portal's key for clients (CLIENT_KEY); the development key for a database opened without settings."""
    return session.info.get("client_key") or DEVELOPMENT_KEY


def keyed_hash(key: bytes, *parts: object) -> str:
    """HMAC-SHA-256 in hex over the parts, which cannot run into one another."""
    return hmac.new(key, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()
