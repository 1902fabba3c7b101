"""The states of a kept file."""

from __future__ import annotations

from typing import Final

FILE_STATES: Final = ("clean", "quarantined", "infected")
