"""How the points of the checklist stand, and when an application has a handler."""

from __future__ import annotations

from typing import Final

MARKS: Final = ("ok", "missing", "not_applicable")
"""How a point of the checklist may stand."""


HANDOVER_STATES: Final = ("submitted", "in_review", "completion_requested", "hearing", "proposed")
"""States in which an application has, or may get, another handler."""
