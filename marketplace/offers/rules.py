"""States of offers and their versions, which version holds, who sees an offer, and free places: pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from marketplace.workflow import Workflow

AVAILABILITY_STATES: Final = ("now", "from", "queue", "full")


INCLUDES: Final = ("travel", "transport", "meals", "materials", "equipment", "assistance")
"""What a price may be said to hold."""


MAX_QUEUE_WEEKS: Final = 104


STALE_AVAILABILITY: Final = timedelta(days=90)
"""An older word about free places is shown with its age, and the provider is asked whether it still holds."""


OFFER: Final = Workflow(
    "offer",
    initial="draft",
    table={
        ("draft", "publish"): "published",
        ("published", "withdraw"): "draft",
        ("published", "end"): "ended",
    },
)


OFFER_VERSION: Final = Workflow(
    "offer version",
    initial="draft",
    table={
        ("draft", "publish"): "published",
        ("draft", "submit"): "waiting",
        ("waiting", "publish"): "published",
        ("waiting", "return"): "returned",
        ("waiting", "take_back"): "draft",
        ("returned", "submit"): "waiting",
        ("returned", "publish"): "published",
        ("published", "withdraw"): "draft",
    },
)


OFFER_STATES: Final = OFFER.states


VERSION_STATES: Final = OFFER_VERSION.states


class Version(Protocol):
    """What decides when a version holds."""

    @property
    def state(self) -> str:
        """State of `OFFER_VERSION`."""

    @property
    def valid_from(self) -> date:
        """First day on which its prices hold."""

    @property
    def number(self) -> int:
        """Counts up within the offer."""


V = TypeVar("V", bound=Version)


def version_in_force(versions: Iterable[V], day: date) -> V | None:
    """The published version with the latest first day not after `day`, or None.

    A version holds until the next one begins, so two are never in force at once.
    """
    begun = [v for v in versions if v.state == "published" and v.valid_from <= day]
    return max(begun, key=lambda v: (v.valid_from, v.number), default=None)


class Hidden(StrEnum):
    """Why the public does not see an offer."""

    PROVIDER_PAUSED = "provider_paused"
    PROVIDER_LEFT = "provider_left"
    APPROVAL_SUSPENDED = "approval_suspended"
    APPROVAL_WITHDRAWN = "approval_withdrawn"
    APPROVAL_ENDED = "approval_ended"
    DRAFT = "draft"
    ENDED = "ended"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    EVIDENCE_EXPIRED = "evidence_expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides whether an offer is shown on a day.

    `ends_on` is the offer's last day, `in_force` whether some version of it holds on the day, `unproven` the required
    kinds of evidence without a valid proof that day.
    """

    provider_state: str
    approval_state: str
    offer_state: str
    ends_on: date | None
    in_force: bool
    unproven: tuple[str, ...] = ()


def is_over(offer_state: str, ends_on: date | None, day: date) -> bool:
    """Whether an offer has ended by `day`: at once, or because its last day has gone by."""
    return offer_state == "ended" or (ends_on is not None and day > ends_on)


def reasons_hidden(standing: Standing, day: date) -> tuple[Hidden, ...]:
    """Why the public does not see the offer on `day`; nothing when it does. Office and search ask the same question."""
    reasons: list[Hidden] = []
    if standing.provider_state != "active":
        reasons.append(Hidden(f"provider_{standing.provider_state}"))
    if standing.approval_state != "approved":
        reasons.append(Hidden(f"approval_{standing.approval_state}"))
    if standing.offer_state == "draft":
        reasons.append(Hidden.DRAFT)
    elif is_over(standing.offer_state, standing.ends_on, day):
        reasons.append(Hidden.ENDED)
    elif not standing.in_force:
        reasons.append(Hidden.NOT_YET_IN_FORCE)
    if standing.unproven:
        reasons.append(Hidden.EVIDENCE_EXPIRED)
    return tuple(reasons)


def is_visible(standing: Standing, day: date) -> bool:
    """Whether the public sees the offer on `day`."""
    return not reasons_hidden(standing, day)


def availability_problem(
    state: str, available_from: date | None, queue_weeks: int | None, today: date
) -> str | None:
    """What is wrong with a word about free places: date_missing, date_past, weeks_missing or weeks_too_many."""
    if state == "from":
        if available_from is None:
            return "date_missing"
        return "date_past" if available_from <= today else None
    if state == "queue":
        if queue_weeks is None or queue_weeks < 1:
            return "weeks_missing"
        return "weeks_too_many" if queue_weeks > MAX_QUEUE_WEEKS else None
    return None


def availability_is_stale(updated_at: datetime, now: datetime) -> bool:
    """Whether the word about free places is so old that its age is shown with it."""
    return now - updated_at > STALE_AVAILABILITY
