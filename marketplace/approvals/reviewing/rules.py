"""How the points of the checklist stand."""

from __future__ import annotations

from enum import StrEnum


class Mark(StrEnum):
    """How a point of the checklist stands."""

    OK = "ok"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"
