"""A security key in software, as WebAuthn describes one: a key pair for a site that signs its challenges (ES256)."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url


class Authenticator:
    """One key for the site `host`, answering from pages of `origin`."""

    def __init__(self, host: str, origin: str) -> None:
        self._host, self._origin = host, origin
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(32)
        self._count = 0

    def create(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`, as the page's script sends it."""
        numbers = self._key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + struct.pack(">H", len(self._id)) + self._id + public
        data = self._data(flags=0x45, more=attested)
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options), attestationObject=statement
        )

    def get(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        data, client = self._data(flags=0x05), self._client("webauthn.get", options)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, *, flags: int, more: bytes = b"") -> bytes:
        self._count += 1
        return hashlib.sha256(self._host.encode()).digest() + struct.pack(">BI", flags, self._count) + more

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        facts = {
            "type": kind,
            "challenge": options["challenge"],
            "origin": self._origin,
            "crossOrigin": False,
        }
        return json.dumps(facts).encode()

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": bytes_to_base64url(self._id),
                "rawId": bytes_to_base64url(self._id),
                "type": "public-key",
                "response": {name: bytes_to_base64url(value) for name, value in response.items()},
                "clientExtensionResults": {},
            }
        )
