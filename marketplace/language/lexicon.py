"""The word table: what every word that has been met was found to mean.

The analysers are slow to load and large in memory, so each word is analysed once and its reading is kept in a small
SQLite file beside the index. Web processes read it; a word that is missing is given to the analysing process (see
`analysis_server`) or, where none is running, to analysers loaded here.
"""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Callable
from contextlib import closing
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from marketplace.language.finnish import Finnish
from marketplace.language.reading import Analyser, WordReading, dump, load
from marketplace.language.swedish import Swedish
from marketplace.language.tables import LANGUAGE_TABLES

RULES_VERSION: Final = 8
"""Raise it when an analyser gives other readings for the same word: the table then starts again."""


def _table_version() -> int:
    """Changes with the rules of the analysers and with the tables that they read."""
    return zlib.crc32(LANGUAGE_TABLES.read_bytes(), RULES_VERSION) & 0x7FFFFFFF


_IN_MEMORY = 60_000
"""Readings kept in memory by one process, some 20 MB at most."""

_FLUSHED_AT = 500
"""New readings that wait to be written in one transaction while many words are analysed."""

_analysing = threading.RLock()


@cache
def _analyser(language: str) -> Analyser:
    """The analyser of a language; each process loads it at most once."""
    made: Analyser = {"fi": Finnish, "sv": Swedish}[language]()
    return made


@lru_cache(maxsize=_IN_MEMORY)
def _analyse(language: str, word: str) -> WordReading:
    return _analyser(language).read(word)


Ask = Callable[[str, str], "WordReading | None"]
"""Asks another process for the reading of (language, word); None when nobody answers."""


class Lexicon:
    """Readings by language and word. Safe to use from several threads and processes at once."""

    def __init__(self, file: Path | None = None, *, ask: Ask | None = None) -> None:
        """`file` is the table, made when missing; without it the readings live in memory only."""
        self._file = file
        self._ask = ask
        self._memory: dict[tuple[str, str], WordReading] = {}
        self._lock = threading.Lock()
        self._unwritten: list[tuple[str, str, str]] = []
        self._local = threading.local()
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._prepare(file)

    def read(self, language: str, word: str) -> WordReading:
        """The reading of one folded word; analysed and added when it is met for the first time."""
        key = (language, word)
        reading = self._memory.get(key)
        if reading is None:
            reading = self._stored(language, word)
            if reading is None:
                reading = (self._ask and self._ask(language, word)) or self._analysed(language, word)
            if len(self._memory) >= _IN_MEMORY:
                self._memory.clear()
            self._memory[key] = reading
        return reading

    def flush(self) -> None:
        """Write the readings that wait; called when a batch of texts has been read."""
        with self._lock:
            rows, self._unwritten = self._unwritten, []
        self._keep(rows)

    def _analysed(self, language: str, word: str) -> WordReading:
        with _analysing:
            reading = _analyse(language, word)
        with self._lock:
            self._unwritten.append((language, word, dump(reading)))
        if self._ask is not None or len(self._unwritten) >= _FLUSHED_AT:
            self.flush()
        return reading

    def _connection(self) -> sqlite3.Connection | None:
        if self._file is None:
            return None
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._file, timeout=5, isolation_level=None)
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
        return connection

    def _stored(self, language: str, word: str) -> WordReading | None:
        connection = self._connection()
        if connection is None:
            return None
        try:
            row = connection.execute(
                "SELECT reading FROM words WHERE language = ? AND word = ?", (language, word)
            ).fetchone()
        except sqlite3.DatabaseError:
            self._forget()
            return None
        return load(row[0]) if row else None

    def _keep(self, rows: list[tuple[str, str, str]]) -> None:
        connection = self._connection()
        if connection is None or not rows:
            return
        try:
            with closing(connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?)", rows)
                cursor.execute("COMMIT")
        except sqlite3.DatabaseError:
            self._forget()

    def _prepare(self, file: Path) -> None:
        """Open or make the table; one that is damaged or was made by other rules is thrown away: it is derived.

        Where it cannot be written (the disk is full), readings live in memory: nothing is written to be read.
        """
        try:
            self._make_table()
        except sqlite3.DatabaseError:
            self._forget()
            try:
                for leftover in file.parent.glob(file.name + "*"):
                    leftover.unlink(missing_ok=True)
                self._make_table()
            except (OSError, sqlite3.DatabaseError):
                self._forget()
                self._file = None

    def _make_table(self) -> None:
        connection = self._connection()
        if connection is None or connection.execute("PRAGMA user_version").fetchone()[0] == _table_version():
            return
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if (
            connection.execute("PRAGMA user_version").fetchone()[0] != _table_version()
        ):  # another may have been first
            connection.execute("DROP TABLE IF EXISTS words")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS words (language TEXT, word TEXT, reading TEXT NOT NULL,"
            " PRIMARY KEY (language, word)) WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA user_version = {_table_version()}")
        connection.execute("COMMIT")

    def _forget(self) -> None:
        """Close this thread's connection; the next use opens it again."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()
