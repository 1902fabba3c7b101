"""Comparing offers: which are asked for, and which rows differ. Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

MOST_OFFERS: Final = 4
"""More columns than this cannot be read side by side."""

MOST_LISTED: Final = 10
"""As many can be laid below each other in a list, for who chooses with a client."""

Shown = TypeVar("Shown")


def read_ids(texts: Sequence[str]) -> list[int]:
    """The offers that an address names, each once; what is no number is left out."""
    return list(
        dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10)
    )


def differs(cells: Sequence[Shown]) -> bool:
    """True when the cells of a row are not all the same."""
    return any(cell != cells[0] for cell in cells[1:])
