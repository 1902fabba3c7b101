"""The key in the links of a registration: whoever reads the database or a backup of it cannot make one."""

from __future__ import annotations

import hashlib

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.recruiting.sessions.models import SessionRegistration


def key_of(registration: SessionRegistration) -> str:
    """The key that the letters of a registration carry: its token, signed with SECRET_KEY."""
    return str(_signer().dumps(registration.token))


def token_of(key: str) -> str:
    """The token of the registration that a key opens. A key from before keys were signed is kept as its SHA-256."""
    try:
        return str(_signer().loads(key))
    except BadSignature:
        return hashlib.sha256(key.encode()).hexdigest()


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].signing_keys, salt="session registration")
