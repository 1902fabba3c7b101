"""The keys of what is hashed of clients: outside the database, so that a copy of the tables alone gives nothing away.

A hash cannot be made anew without what it was made of. Beside each hash stands therefore the name of its key; what was
hashed with a former key is recognised by it, and hashed with the present one as soon as its owner brings it again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

DEVELOPMENT_KEY: Final = b"no secret: a database that was opened without the portal's settings"


def client_keys(session: Session) -> Sequence[bytes]:
    """The portal's keys for clients (CLIENT_KEY), the present one first; the development key without settings."""
    return session.info.get("client_keys") or (DEVELOPMENT_KEY,)


def keyed_hash(key: bytes, *parts: object) -> str:
    """HMAC-SHA-256 in hex over the parts, which cannot run into one another."""
    return hmac.new(key, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()
