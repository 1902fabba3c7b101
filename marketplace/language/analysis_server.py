"""The analysing process and how the others ask it: one word, one answer, over a local socket.

The analysers take 400 MB and are needed only for words that were never met. So they live in a process of their own,
which loads them at the first question and ends when it has been quiet for a while; it is started again at once, without
them, and waits. Where nobody listens, the caller analyses by itself.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import zlib
from pathlib import Path
from typing import Final

from marketplace.language.lexicon import Lexicon
from marketplace.language.reading import WordReading, dump, load

_PATIENCE: Final = 10.0
"""Seconds to wait for an answer: a long ambiguous compound takes 100 ms, a server that has just opened some seconds."""

QUIET: Final = 60.0
"""Seconds without a question after which the analysers are given up."""

_LONGEST_PATH: Final = 100
"""A socket's path may have 108 bytes on Linux and 104 on macOS."""


def socket_path(folder: Path) -> Path:
    """Where the server of an index folder listens: there, or among the temporary files when its path is too long."""
    path = folder / "words.sock"
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    return Path(tempfile.gettempdir()) / f"palvelutori-{zlib.crc32(os.fsencode(folder)):08x}.sock"


def listen(folder: Path) -> socket.socket:
    """The open socket of an index folder; one left by a process that was killed is replaced.

    It is held open while the process behind it comes and goes, so that whoever asks in between waits.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = socket_path(folder)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(64)
    return listener


def answer(listener: socket.socket, folder: Path, *, quiet: float = QUIET) -> None:
    """Answer questions about words; return when none has come for `quiet` seconds after the last one.

    The analysers are loaded at the first question. Their memory is given back when the process ends after that.
    """
    lexicon = Lexicon(folder / "words.sqlite3")
    listener.settimeout(None)
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        with connection:
            _answer(connection, lexicon)
        listener.settimeout(quiet)


def _answer(connection: socket.socket, lexicon: Lexicon) -> None:
    connection.settimeout(_PATIENCE)
    try:
        language, word = json.loads(connection.recv(1024))
        reading = lexicon.read(language, word)
        lexicon.flush()
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
