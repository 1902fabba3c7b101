"""What the states and faults of agreements are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l
from marketplace.vouchers.rules import AgreementState

STATES: Final[dict[AgreementState, tuple[Any, str]]] = {
    AgreementState.RUNNING: (_l("In force"), "success"),
    AgreementState.COMING: (_l("Begins later"), "info"),
    AgreementState.ENDED: (_l("Ended"), "neutral"),
}
"""State of an agreement → its name and the tone of its tag."""

FILTERS: Final[dict[str, Any]] = {
    "open": _l("In force or to begin"),
    "touched": _l("Provider unavailable"),
    "ended": _l("Ended"),
}
"""What the register can be narrowed to."""

FAULTS: Final[dict[str, Any]] = {
    "before_approval": _l("The provider had not been approved for this service on that day."),
    "before_offer": _l("The service had no prices yet on that day."),
    "after_offer": _l("The service has ended by that day."),
    "too_far": _l("The first day is more than a year away. Check the year."),
    "before_start": _l("The agreement cannot end before it begins."),
    "after_end": _l("The agreement ends before that day already."),
}
"""Fault of a number or of days → what the person reads."""
