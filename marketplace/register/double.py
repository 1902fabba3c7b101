"""A stand-in for the register, for tests and for trying out: a small HTTP server that keeps what it is sent.

It takes what the open API takes (POST, PUT by source id) and refuses what the register would: no token, a required
field that is missing, an unknown or a doubled source id. It is not the register and proves nothing to anybody.
"""

from __future__ import annotations

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

REQUIRED: Final = {
    "Service": (
        "type",
        "mainResponsibleOrganization",
        "publishingStatus",
        "languages",
        "serviceNames",
        "serviceDescriptions",
        "serviceClasses",
        "targetGroups",
    ),
    "ServiceChannel/WebPage": (
        "organizationId",
        "publishingStatus",
        "serviceChannelNames",
        "serviceChannelDescriptions",
        "webPages",
    ),
}
"""Path → the fields without which the register takes nothing."""

_BASE: Final = "/api/v11/"
_LONGEST: Final = 1_000_000


class RegisterDouble:
    """The server: `kept` holds every entry by path and source id, `calls` what came, in order."""

    def __init__(self, token: str, port: int = 0) -> None:
        self.token = token
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.silent = False
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def wait(self) -> None:
        """Listen until somebody ends the process."""
        self._thread.join()

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """The answer to a call, as status and JSON values."""
        if token != f"Bearer {self.token}":
            return 401, {"error": "Unauthorized"}
        place = path.removeprefix(_BASE)
        resource, _by, source = place.partition("/sourceId/")
        required = REQUIRED.get(resource)
        if required is None or not path.startswith(_BASE):
            return 404, {"error": "Not found"}
        try:
            sent = json.loads(body)
        except ValueError:
            return 400, {"": ["The body is no JSON."]}
        missing = {name: [f"The {name} field is required."] for name in required if not sent.get(name)}
        if missing:
            return 400, missing
        with self._lock:
            return self._keep(method, resource, source or str(sent.get("sourceId", "")), sent)

    def _keep(
        self, method: str, resource: str, source: str, sent: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        held = self.kept.get((resource, source))
        if method == "POST" and held is not None:
            return 400, {"sourceId": [f"An entry with the source id {source} is there already."]}
        if method == "PUT" and held is None:
            return 404, {"sourceId": [f"There is no entry with the source id {source}."]}
        identity = held["id"] if held is not None else str(uuid.uuid4())
        self.kept[resource, source] = {"id": identity, **sent}
        return 200, {"id": identity, "sourceId": source, "publishingStatus": sent["publishingStatus"]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            """Hands every call to the double."""

            def do_POST(self) -> None:
                """Make something."""
                self._respond("POST")

            def do_PUT(self) -> None:
                """Change something."""
                self._respond("PUT")

            def log_message(self, *_args: Any) -> None:
                """Keep quiet."""

            def _respond(self, method: str) -> None:
                length = min(int(self.headers.get("Content-Length", "0")), _LONGEST)
                body = self.rfile.read(length)
                double.calls.append((method, self.path))
                status, said = double.answer(method, self.path, self.headers.get("Authorization", ""), body)
                if double.silent:
                    self.close_connection = True
                    return
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler
