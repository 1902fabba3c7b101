"""Our own keys towards a provider that asks for a signed assertion instead of a secret, and their publication.

The file holds one private key after another in PEM. The first signs; all are published, so that a new key is put before
the old one, the provider fetches both by their address, and the old one goes when nothing is signed with it any more.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyTypeError, JoseError
from joserfc.jwk import ECKey, KeyParameters, KeySet, RSAKey

HOLDS: Final = 60
"""Seconds that an assertion holds."""

_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


def read_keys(path: Path) -> list[RSAKey | ECKey]:
    """The keys of a file, the signing one first; each is named after what it is. Raises OSError and ValueError."""
    try:
        keys = [_key(text) for text in _PEM.findall(path.read_text(encoding="ascii"))]
    except JoseError as error:
        raise ValueError(f"{path}: {error}") from error
    if not keys:
        raise ValueError(f"{path} holds no private key in PEM")
    return keys


def _key(text: str) -> RSAKey | ECKey:
    name: KeyParameters = {"kid": hashlib.sha256(text.encode()).hexdigest()[:16], "use": "sig"}
    try:
        return RSAKey.import_key(text, name)
    except InvalidKeyTypeError:
        return ECKey.import_key(text, name)


def published(keys: list[RSAKey | ECKey]) -> dict[str, Any]:
    """The public halves, as the provider fetches them (RFC 7517)."""
    return dict(KeySet(list(keys)).as_dict(private=False))


def assertion(keys: list[RSAKey | ECKey], *, client_id: str, endpoint: str, now: datetime) -> str:
    """A signed proof that the portal asks (RFC 7523, private_key_jwt): used once, for a minute, at one address."""
    key, moment = keys[0], int(now.timestamp())
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": endpoint,
        "jti": secrets.token_urlsafe(16),
        "iat": moment,
        "exp": moment + HOLDS,
    }
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])
