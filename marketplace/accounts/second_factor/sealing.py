"""Sealing with a key made of SECRET_KEY, which neither the database nor a browser holds (Fernet: AES-128-CBC with
HMAC-SHA256). Secrets of apps are sealed so: a copy of the database alone opens no account.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE: Final = b"palvelutori: secrets of authenticator apps"


class Sealer:
    """Seals with the first key, opens what any of them has sealed: so that the key can be changed.

    What was sealed for one purpose is not opened for another.
    """

    def __init__(self, keys: Sequence[str], *, purpose: bytes = _PURPOSE) -> None:
        self._box = MultiFernet([Fernet(_derived(key, purpose)) for key in keys])

    def seal(self, secret: str) -> str:
        """The secret as it is kept."""
        return self._box.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The secret, or None when it was sealed with a key that is no longer known."""
        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def _derived(key: str, purpose: bytes) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose)
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))
