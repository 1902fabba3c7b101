"""The states of a kept file."""

from __future__ import annotations

from enum import StrEnum


class FileState(StrEnum):
    """What the virus scanner says of a file: a quarantined one waits for it."""

    CLEAN = "clean"
    QUARANTINED = "quarantined"
    INFECTED = "infected"
