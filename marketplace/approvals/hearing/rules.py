"""What a hearing must hold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date


def hearing_faults(
    services: Collection[str], applied: Collection[str], reasons: str, due_on: date | None, today: date
) -> tuple[tuple[str, str], ...]:
    """Everything for which the provider cannot be heard like this, as (field, fault); empty when it can.

    A hearing that ends on the day it begins would be none: the due date is a later day.
    """
    faults = [] if services else [("services", "nothing")]
    if not set(services) <= set(applied):
        faults.append(("services", "unknown"))
    if not reasons.strip():
        faults.append(("reasons", "no_reasons"))
    if due_on is not None and due_on <= today:
        faults.append(("due_on", "past"))
    return tuple(faults)
