"""Where the portal may go by itself: the one place that decides on an address that was not set by the operator.

Addresses come from the settings, and the settings are the list of whom the portal speaks with. What people write is
never fetched. Only one kind of address is named by an answer: where the provider of an identity has its tokens and
keys (OpenID Connect Discovery 1.0). Whoever could change that answer must not lead the portal to machines that only it
can reach.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import requests

MOST_BYTES: Final = 2 * 1024 * 1024
"""Of an answer that is read whole."""

_CHUNK: Final = 64 * 1024


class NotOurs(ValueError):
    """The portal does not go to this address, or takes nothing of what stands there; the message says why."""


def named_by(answerer: str, address: str) -> str:
    """`address` as one that `answerer`, an address of the settings, has named. Raises NotOurs.

    The same host by the same scheme is where the operator sends us already. Another host has to be reached by TLS, at
    its usual port, under a name whose every address is public (RFC 6890): no machine of the operator's own network.
    """
    parts, settled = urlsplit(address), urlsplit(answerer)
    if parts.username is not None or parts.password is not None or not parts.hostname:
        raise NotOurs(f"{address} is no plain address")
    if (parts.scheme, parts.netloc) == (settled.scheme, settled.netloc):
        return address
    if parts.scheme != "https" or _port(parts) != _HTTPS:
        raise NotOurs(f"{address} is neither of the host that named it nor reached by TLS at its usual port")
    if not all(_is_public(each) for each in _addresses(parts.hostname)):
        raise NotOurs(f"{address} is inside a network")
    return address


def content_of(address: str, *, timeout: float, most: int = MOST_BYTES) -> Any:
    """What stands at an address as JSON; no redirect is followed and no more than `most` bytes are read.

    Raises NotOurs for what is longer or no JSON, requests.RequestException when nothing answers.
    """
    with requests.get(address, timeout=timeout, allow_redirects=False, stream=True) as answer:
        answer.raise_for_status()
        if answer.is_redirect:
            raise NotOurs(f"{address} leads elsewhere")
        content = bytearray()
        for part in answer.iter_content(_CHUNK):
            content += part
            if len(content) > most:
                raise NotOurs(f"{address} answers without end")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotOurs(f"{address} answers something else") from error


_HTTPS: Final = 443


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or _HTTPS
    except ValueError:
        return None


def _addresses(host: str) -> list[str]:
    """Every address of a host; raises NotOurs when it has none."""
    try:
        found = socket.getaddrinfo(host, _HTTPS, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotOurs(f"{host} is not found") from error
    return [str(place[0]) for *_rest, place in found]


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return inner.is_global and not inner.is_multicast
