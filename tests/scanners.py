"""A virus scanner that speaks ClamAV's INSTREAM over a real socket and knows one harmful thing: the EICAR test file."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every scanner calls harmful; in two parts so that no scanner stops at this file."""


class Daemon(socketserver.ThreadingTCPServer):
    """`answer` replaces the verdict; `scanned` are the contents it was given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: bytes | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.answer = answer
        self.scanned: list[bytes] = []

    @property
    def url(self) -> str:
        """What CLAMD_URL says of it."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        daemon = cast(Daemon, self.server)
        asked = self.rfile.read(6)
        if asked == b"zPING\0":
            self.wfile.write(daemon.answer or b"PONG\0")
            return
        assert asked + self.rfile.read(4) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
        daemon.scanned.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        self.wfile.write(verdict if daemon.answer is None else daemon.answer)


@contextmanager
def running(daemon: Daemon) -> Iterator[Daemon]:
    """The daemon, answering while the block runs."""
    thread = threading.Thread(target=daemon.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield daemon
    finally:
        daemon.shutdown()
        daemon.server_close()
        thread.join()
