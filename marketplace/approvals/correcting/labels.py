"""What is wrong with a correction, and what the file of a corrected copy is called."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l

FAULTS: Final[dict[str, Any]] = {
    "same": _l("The corrected words are the same as the wrong ones."),
    "not_there": _l("These words do not stand in the decision. Copy them from the document as they are."),
    "binding": _l(
        "These words say what was decided: the service, the outcome, the area, a condition, the number, when it takes "
        "effect or how to ask for a review. They are not corrected as a clerical error but by a new decision."
    ),
}
"""Fault of `wording.correction_fault` → what the person reads."""

COPY: Final = {"fi": "korjattu", "sv": "rattat"}
"""What a corrected copy is called in the name of its file, in the language of the decision."""
