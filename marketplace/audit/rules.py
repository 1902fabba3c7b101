"""How events are sealed: chains of keyed hashes, and the Merkle root over the ends of all chains."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

GENESIS: Final = "0" * 64
"""The hash before the first seal of a chain."""

PORTAL: Final = "portal"
"""The chain of events that belong to no organisation."""

FIRST_RELEASE: Final = "first-release"
"""The one chain, without a key, that all events had before each organisation got its own."""

DEVELOPMENT_KEY: Final = b"no secret: a database that was opened without the portal's settings"


def chain_of(organisation: str | None) -> str:
    """The chain into which an organisation's events go."""
    return organisation or PORTAL


def key_id(key: bytes) -> str:
    """A short name of a key that does not give it away: which of several keys a seal was made with."""
    return hashlib.sha256(b"audit key " + key).hexdigest()[:12]


def seal(
    key: bytes | None, content: Mapping[str, Any], *, chain: str, number: int, previous_hash: str
) -> str:
    """HMAC-SHA-256 in hex over the canonical JSON of an event and its place.

    `content` holds the columns of the event. Without a key (`None`: the first release) it is the SHA-256 of the event
    and the previous hash, as they were sealed then.
    """
    fields = {**content, "at": content["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    if key is None:
        return hashlib.sha256(_canonical({**fields, "previous_hash": previous_hash})).hexdigest()
    place = {"chain": chain, "number": number, "previous_hash": previous_hash}
    return hmac.new(key, _canonical({"event": fields, **place}), hashlib.sha256).hexdigest()


def seal_root(
    key: bytes,
    *,
    number: int,
    at: datetime,
    heads: Mapping[str, Sequence[Any]],
    previous_hash: str,
    ends_former_keys: bool = False,
) -> str:
    """HMAC-SHA-256 in hex over a checkpoint: its number, its moment, the root of its heads and the one before it.

    Only a checkpoint that ends former keys says so in what is sealed: the others are as they always were.
    """
    content = {
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "root": merkle_root(heads),
        "previous_hash": previous_hash,
    } | ({"ends_former_keys": True} if ends_former_keys else {})
    return hmac.new(key, _canonical(content), hashlib.sha256).hexdigest()


def merkle_root(heads: Mapping[str, Sequence[Any]]) -> str:
    """The root of the Merkle tree over the ends of the chains, in the order of their names.

    Leaves and nodes are hashed with different prefixes, and an odd node goes up as it is (as in RFC 6962, section 2.1),
    so that no other set of ends has the same root.
    """
    level = [hashlib.sha256(b"\x00" + _canonical([name, *heads[name]])).digest() for name in sorted(heads)]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\x01" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs
        ]
    return level[0].hex()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
