"""The parts beside the database that the settings name, and which of them do not answer."""

from __future__ import annotations

from typing import Final

from marketplace.config import Settings
from marketplace.db import Database
from marketplace.errors import in_words
from marketplace.files.scanning import ScannerUnreachable
from marketplace.files.store import FileStore

NOBODYS: Final = "0" * 64
"""The digest of no content: asking for it tells whether the store answers."""


def silence(database: Database, settings: Settings) -> dict[str, str | None]:
    """Each part → what is wrong, in English for the operator; None for one that answers.

    `files` is where files are kept, `scanner` the virus scanner, `copy` the standby for reports.
    """
    store = FileStore.of(settings)
    found = {"files": _files(store)}
    if store.scanner is not None:
        found["scanner"] = _scanner(store, settings)
    if database.copy is not None:
        away = database.copy_problem()
        found["copy"] = (
            away and f"READ_URL does not answer, reports are read from the database itself: {away}"
        )
    return found


def _files(store: FileStore) -> str | None:
    try:
        store.holds(NOBODYS)
    except OSError as error:
        return in_words(error)
    return None


def _scanner(store: FileStore, settings: Settings) -> str | None:
    try:
        if store.scanner is not None:
            store.scanner.ping()
    except ScannerUnreachable as error:
        return (
            f"CLAMD_URL {settings.clamd_url} does not answer, new files wait and are not handed out: {error}"
        )
    return None
