"""What a hearing must hold, and an answer to it that came by letter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from marketplace.decisions.rules import HEARING_DAYS, due_fault


def hearing_faults(
    services: Collection[str],
    applied: Collection[str],
    reasons: str,
    due_on: date | None,
    today: date,
    short_reason: str = "",
) -> tuple[tuple[str, str], ...]:
    """Everything for which the provider cannot be heard like this, as (field, fault); empty when it can.

    A hearing that ends on the day it begins would be none: the due date is a later day. One under HEARING_DAYS has a
    reason.
    """
    faults = [] if services else [("services", "nothing")]
    if not set(services) <= set(applied):
        faults.append(("services", "unknown"))
    if not reasons.strip():
        faults.append(("reasons", "no_reasons"))
    fault = None if due_on is None else due_fault(due_on, today, HEARING_DAYS, short_reason)
    if fault is not None:
        faults.append(("due_on" if fault == "past" else "short_reason", fault))
    return tuple(faults)


def came_fault(came_on: date, asked_on: date, today: date) -> str | None:
    """What is wrong with the day on which an answer came by letter or mail."""
    return None if asked_on <= came_on <= today else "not_then"
