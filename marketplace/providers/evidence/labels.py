"""What the groups of proofs are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l, lazy_pgettext
from marketplace.providers.evidence.rules import LookState

GROUPS: Final[dict[str, Any]] = {
    "contractor": _l("Taxes, registers and obligations of an employer"),
    "insurance": _l("Insurances"),
    "register": _l("Registrations and permits"),
    "quality": _l("Quality and staff"),
}
"""Group of `evidence.yaml` → its name; the order is that of the page."""


LOOK_STATES: Final[dict[LookState, tuple[Any, str]]] = {
    LookState.WAITING: (_l("Not looked at yet"), "warning"),
    LookState.ACCEPTED: (_l("In order"), "success"),
    LookState.RETURNED: (lazy_pgettext("proof", "Returned"), "danger"),
}
"""State of an office's look at a proof → its name and tone."""
