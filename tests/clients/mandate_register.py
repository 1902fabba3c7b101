"""A register of mandates on the loopback interface: it looks at the signature and the moment of each call as the real
one does, and answers for the two people in the path.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, urlsplit

from marketplace.authorizations import HEADER

CLIENT_ID, KEY = "a1b2c3d4", "a key for tests only"
TOLERANCE = timedelta(minutes=5)


def is_signed(path: str, signature: str, *, clock: datetime, key: str) -> bool:
    """Whether a call is ours and of this moment, as the register looks at it."""
    client_id, moment, checksum = [*signature.split(" "), "", "", ""][:3]
    try:
        told = datetime.fromisoformat(moment)
    except ValueError:
        return False
    wanted = base64.b64encode(hmac.digest(key.encode(), f"{path} {moment}".encode(), hashlib.sha256))
    return (
        client_id == CLIENT_ID
        and abs(told - clock) <= TOLERANCE
        and hmac.compare_digest(checksum.encode(), wanted)
    )


@dataclass
class Register:
    """Who may act for whom, by identity code; `clock` is its time, `asked` what it was asked by whom;
    `nonsense` is what it says instead of an answer.
    """

    clock: datetime
    allowed: set[tuple[str, str]] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    ill: bool = False
    nonsense: bytes = b""
    url: str = ""

    def answer(self, path: str, signature: str, asked_by: str) -> tuple[int, dict[str, str]]:
        """The status and the content of an answer."""
        if self.ill:
            return 500, {"error": "internal"}
        if not is_signed(path, signature, clock=self.clock, key=KEY):
            return 401, {"error": "unauthorized"}
        parts = urlsplit(path)
        *way, client_id, agent, principal = parts.path.split("/")
        if way != ["", "service", "rest", "hpa", "authorization"] or client_id != CLIENT_ID:
            return 404, {"error": "not found"}
        if not parse_qs(parts.query).get("requestId"):
            return 400, {"error": "requestId"}
        self.asked.append((agent, principal, asked_by))
        return 200, {"result": "ALLOWED" if (agent, principal) in self.allowed else "DISALLOWED"}


class _Handler(BaseHTTPRequestHandler):
    """Carries calls to the register and its answers back."""

    def do_GET(self) -> None:
        state = cast("_Server", self.server).state
        status, told = state.answer(self.path, self.headers.get(HEADER, ""), self.headers.get("X-userId", ""))
        content = state.nonsense or json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_given: object) -> None:
        """Tests are quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: Register) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state


@contextmanager
def serving(clock: datetime) -> Iterator[Register]:
    """A register on a port of this machine."""
    state = Register(clock)
    server = _Server(state)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
