"""A company register that answers over real HTTP in the shape of the open data of YTJ; its company is invented."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ANSWERS = Path(__file__).parent / "answers"
KNOWN = "0737546-2"


class Register(ThreadingHTTPServer):
    """Answers with `status`, `body` and where it `leads`; `asked` are the business IDs it was asked for."""

    def __init__(self, status: int = 200, body: bytes | None = None, leads: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.body, self.leads = status, body, leads
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """The address of its companies."""
        return f"http://127.0.0.1:{self.server_address[1]}/opendata-ytj-api/v3/companies"

    def answer_to(self, business_id: str) -> bytes:
        """The kept answer, or the register’s empty one."""
        if self.body is not None:
            return self.body
        if business_id == KNOWN:
            return (ANSWERS / "ytj_company.json").read_bytes()
        return b'{"totalResults": 0, "companies": []}'


class _Answer(BaseHTTPRequestHandler):
    server: Register

    def do_GET(self) -> None:
        business_id = parse_qs(urlsplit(self.path).query)["businessId"][0]
        self.server.asked.append(business_id)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        if self.server.leads:
            self.send_header("Location", f"{self.server.leads}?businessId={business_id}")
        self.end_headers()
        self.wfile.write(self.server.answer_to(business_id))

    def log_message(self, format: str, *args: object) -> None:
        """Tests read no access log."""


@contextmanager
def running(register: Register) -> Iterator[Register]:
    """The register, answering while the block runs."""
    thread = threading.Thread(target=register.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield register
    finally:
        register.shutdown()
        register.server_close()
        thread.join()
