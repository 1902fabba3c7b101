"""When the day of an answer may be moved."""

from __future__ import annotations

from datetime import date

from marketplace.decisions.rules import MAX_TEXT


def put_off_faults(due_on: date, to: date | None, today: date, reason: str) -> tuple[tuple[str, str], ...]:
    """Everything for which the last day of an answer cannot be moved like this, as (field, fault); empty when it can.

    What was given is not taken back: the new day is a later one, so it is never sooner than the rules of the hearing or
    completion ask for, and it is still to come. A day left out is the form's to say.
    """
    faults = [] if reason.strip() else [("reason", "no_reason")]
    if len(reason.strip()) > MAX_TEXT:
        faults.append(("reason", "too_long"))
    if to is not None and to <= max(due_on, today):
        faults.insert(0, ("due_on", "not_later" if to <= due_on else "past"))
    return tuple(faults)
