"""What the outcomes of an imported row are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l
from marketplace.recruiting.importing.report import RowOutcome

OUTCOMES: Final[dict[RowOutcome, tuple[Any, str]]] = {
    RowOutcome.CREATED: (_l("New approval"), "success"),
    RowOutcome.UPDATED: (_l("Changes something"), "info"),
    RowOutcome.UNCHANGED: (_l("Here already"), "neutral"),
    RowOutcome.REFUSED: (_l("Not imported"), "danger"),
    RowOutcome.PASSED_OVER: (_l("Passed over"), "neutral"),
}
"""Outcome → its name and the tone of its tag; the same words before a list is confirmed and after it."""

COUNTED: Final[dict[RowOutcome, Any]] = {
    RowOutcome.CREATED: _l("New approvals"),
    RowOutcome.UPDATED: _l("Rows that change something"),
    RowOutcome.UNCHANGED: _l("Rows that are here already"),
    RowOutcome.REFUSED: _l("Rows that are not imported"),
    RowOutcome.PASSED_OVER: _l("Rows that are passed over"),
}
"""The sums in their order."""
