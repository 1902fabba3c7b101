"""The states of a unit."""

from __future__ import annotations

from typing import Final

from marketplace.workflow import Workflow

UNIT: Final = Workflow(
    "unit",
    initial="open",
    table={
        ("open", "close"): "closed",
        ("closed", "reopen"): "open",
    },
)
