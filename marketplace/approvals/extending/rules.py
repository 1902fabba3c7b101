"""When the day of an answer may be moved."""

from __future__ import annotations

from datetime import date


def put_off_fault(due_on: date, to: date, today: date, reason: str) -> tuple[str, str] | None:
    """Why the last day of an answer cannot be moved like this, as (field, fault); None when it can.

    What was given is not taken back: the new day is a later one, so it is never sooner than the rules of the hearing or
    completion ask for, and it is still to come.
    """
    if to <= due_on:
        return "due_on", "not_later"
    if to <= today:
        return "due_on", "past"
    return None if reason.strip() else ("reason", "no_reason")
