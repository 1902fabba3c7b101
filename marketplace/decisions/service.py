"""What every formal decision does alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplace.errors import Invalid


class Refused(Invalid):
    """A step lacks something, or several things; `faults` are (field, message)."""

    def __init__(self, faults: Sequence[tuple[str, Any]]) -> None:
        super().__init__(faults[0][1], field=faults[0][0])
        self.faults = tuple(faults)
