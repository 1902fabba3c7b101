"""Where a request comes from."""

from __future__ import annotations

from flask import request

from marketplace.networks import network_of


def network() -> str:
    """The network that the request comes from, as limits count it."""
    return network_of(request.remote_addr or "")
