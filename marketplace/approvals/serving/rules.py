"""What is served on a provider, and when a letter that was posted is taken to have arrived."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Served(StrEnum):
    """What is served."""

    HEARING = "hearing"
    COMPLETION = "completion"
    COMPLETION_END = "completion_end"
    DECISION = "decision"
    CORRECTION = "correction"
    MEASURE_HEARING = "measure_hearing"
    MEASURE_DECISION = "measure_decision"
    MEASURE_END = "measure_end"
    REQUEST = "request"
    NOT_MET = "not_met"
    PUT_OFF = "put_off"
    CIRCULAR = "circular"


def posting_fault(
    written_on: date, posted_on: date, received_on: date | None, today: date
) -> tuple[str, str] | None:
    """Why a letter cannot have gone like this, as (field, fault); None when it can.

    `received_on`: the day that a receipt or the party itself shows, if there is one.
    """
    if not written_on <= posted_on <= today:
        return "posted_on", "not_then"
    if received_on is not None and not posted_on <= received_on <= today:
        return "received_on", "not_received_then"
    return None
