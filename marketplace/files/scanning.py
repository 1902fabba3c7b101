"""Virus scanning: the interface, and a client of ClamAV's daemon that streams a file to it (INSTREAM).

The daemon never opens a path of ours: the content goes over the socket in pieces, each with its length before it, and
an empty piece ends it. The answer is one line, `stream: OK` or `stream: <name> FOUND`.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Final, Protocol
from urllib.parse import urlsplit

TIMEOUT_SECONDS: Final = 20
PING_SECONDS: Final = 3
CHUNK: Final = 64 * 1024
PORT: Final = 3310


class ScannerUnreachable(Exception):
    """The scanner did not answer, or answered something else than a verdict."""


class Scanner(Protocol):
    """What says whether a file is harmful."""

    def scan(self, stream: IO[bytes]) -> str | None:
        """The name of what was found, or None for a clean file. Raises ScannerUnreachable."""

    def ping(self) -> None:
        """Ask for a sign of life. Raises ScannerUnreachable."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """ClamAV's daemon at `tcp://host:port` or `unix:///path`."""

    url: str

    def scan(self, stream: IO[bytes]) -> str | None:
        """The name of what was found, or None for a clean file. Raises ScannerUnreachable."""
        try:
            with closing(self._connect()) as connection:
                connection.sendall(b"zINSTREAM\0")
                for chunk in _chunks(stream):
                    connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
                connection.sendall(bytes(4))
                answer = _answer(connection)
        except OSError as error:
            raise ScannerUnreachable(str(error)) from error
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerUnreachable(answer or "no answer")

    def ping(self) -> None:
        """Ask for a sign of life. Raises ScannerUnreachable."""
        try:
            with closing(self._connect(PING_SECONDS)) as connection:
                connection.sendall(b"zPING\0")
                answer = _answer(connection)
        except OSError as error:
            raise ScannerUnreachable(str(error)) from error
        if answer != "PONG":
            raise ScannerUnreachable(answer or "no answer")

    def _connect(self, timeout: float = TIMEOUT_SECONDS) -> socket.socket:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(timeout)
            try:
                connection.connect(parts.path)
            except OSError:
                connection.close()
                raise
            return connection
        address = (parts.hostname or "localhost", parts.port or PORT)
        return socket.create_connection(address, timeout=timeout)


def scanner_at(url: str) -> Scanner | None:
    """The scanner at this address, or None when scanning is off (an empty address)."""
    return Clamd(url) if url else None


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _answer(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < CHUNK:
        piece = connection.recv(4096)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
