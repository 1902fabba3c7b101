"""The analysing process and how the others ask it: one word, one answer, over a local socket.

The worker process has the analysers loaded; a web process that meets a new word asks here instead of loading 400 MB
of its own. When nobody listens, the caller analyses by itself.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
import zlib
from pathlib import Path
from typing import Final

from marketplace.search.language.lexicon import Lexicon, load_analysers
from marketplace.search.language.reading import WordReading, dump, load

_PATIENCE: Final = 10.0
"""Seconds to wait for an answer: a long ambiguous compound takes 100 ms, a server that has just opened some seconds."""

_LONGEST_PATH: Final = 100
"""A socket's path may have 108 bytes on Linux and 104 on macOS."""


def socket_path(folder: Path) -> Path:
    """Where the server of an index folder listens: there, or among the temporary files when its path is too long."""
    path = folder / "words.sock"
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    return Path(tempfile.gettempdir()) / f"palvelutori-{zlib.crc32(os.fsencode(folder)):08x}.sock"


class AnalysisServer:
    """Answers questions about words from a thread of the worker process."""

    def __init__(self, folder: Path, lexicon: Lexicon) -> None:
        self._path = socket_path(folder)
        self._lexicon = lexicon
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Begin to answer; a socket left by a worker that was killed is replaced."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._path))
        self._path.chmod(0o600)
        listener.listen(16)
        self._listener = listener
        threading.Thread(target=self._warm_up, name="word-analysis-warm-up", daemon=True).start()
        threading.Thread(target=self._serve, args=(listener,), name="word-analysis", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            self._path.unlink(missing_ok=True)

    def _warm_up(self) -> None:
        """Load the analysers before somebody waits for them."""
        load_analysers()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE)
        try:
            language, word = json.loads(connection.recv(1024))
            reading = self._lexicon.read(language, word)
            self._lexicon.flush()
            connection.sendall(dump(reading).encode())
        except (OSError, ValueError, KeyError):
            return


def ask(folder: Path, language: str, word: str) -> WordReading | None:
    """The reading of a word from the server of an index folder; None when nobody answers in time."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(str(socket_path(folder)))
            connection.sendall(json.dumps([language, word]).encode())
            connection.shutdown(socket.SHUT_WR)
            answer = bytearray()
            while chunk := connection.recv(65536):
                answer += chunk
        return load(answer.decode())
    except (OSError, ValueError):
        return None
