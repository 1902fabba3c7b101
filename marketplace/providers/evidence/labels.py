"""What the groups of proofs are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l

GROUPS: Final[dict[str, Any]] = {
    "contractor": _l("Taxes, registers and obligations of an employer"),
    "insurance": _l("Insurances"),
    "register": _l("Registrations and permits"),
    "quality": _l("Quality and staff"),
}
"""Group of `evidence.yaml` → its name; the order is that of the page."""
