"""Rules of agreements between clients and providers: the days an agreement may begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from marketplace.offers.rules import Hidden
from marketplace.providers.rules import ApprovalState, ProviderState


class AgreementState(StrEnum):
    """How an agreement stands on a day."""

    COMING = "coming"
    RUNNING = "running"
    ENDED = "ended"


FARTHEST: Final = timedelta(days=366)
"""No agreement begins later than this from today: a year mistyped."""

NEW_FOR: Final = timedelta(days=28)
"""How long after its first day the provider sees an agreement among the new ones."""


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What an agreement is recorded with. `ends_on` None: until further notice.

    `monthly`: how much of the client's budget it holds each month, as it was typed, in the unit of the decision's line;
    empty when nothing is held.
    """

    client_number: str
    starts_on: date
    ends_on: date | None = None
    monthly: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which days an agreement may begin.

    `approved_on`: the provider's approval; `first_day`: of the offer's first published version; `last_day`: of the
    offer, None when it has none.
    """

    approved_on: date
    first_day: date
    last_day: date | None
    today: date


def period_fault(starts_on: date, ends_on: date | None, bounds: Bounds) -> tuple[str, str] | None:
    """What is wrong with an agreement's days, as (field, fault); None when it can be recorded."""
    if starts_on < bounds.approved_on:
        return "starts_on", "before_approval"
    if starts_on < bounds.first_day:
        return "starts_on", "before_offer"
    if bounds.last_day is not None and starts_on > bounds.last_day:
        return "starts_on", "after_offer"
    if starts_on > bounds.today + FARTHEST:
        return "starts_on", "too_far"
    return last_day_fault(starts_on, None, ends_on) if ends_on is not None else None


def last_day_fault(starts_on: date, agreed: date | None, wanted: date) -> tuple[str, str] | None:
    """What is wrong with `wanted` as the last day of an agreement whose last day so far is `agreed` (None: open)."""
    if wanted < starts_on:
        return "ends_on", "before_start"
    return ("ends_on", "after_end") if agreed is not None and wanted > agreed else None


def is_over(ends_on: date | None, today: date) -> bool:
    """Whether the agreement's last day has gone by."""
    return ends_on is not None and ends_on < today


def reasons_to_act(provider_state: ProviderState, approval_state: ApprovalState) -> tuple[Hidden, ...]:
    """Why the client of an agreement may need another provider; nothing when all is as it was agreed."""
    reasons = []
    if provider_state != ProviderState.ACTIVE:
        reasons.append(Hidden(f"provider_{provider_state}"))
    if approval_state != ApprovalState.APPROVED:
        reasons.append(Hidden(f"approval_{approval_state}"))
    return tuple(reasons)


def state_on(starts_on: date, ends_on: date | None, today: date) -> AgreementState:
    """How an agreement stands: coming, running or ended."""
    if is_over(ends_on, today):
        return AgreementState.ENDED
    return AgreementState.COMING if starts_on > today else AgreementState.RUNNING
