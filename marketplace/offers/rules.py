"""States of offers and their versions, which version holds, who sees an offer, and free places: pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.workflow import Workflow


class Availability(StrEnum):
    """What is said of free places: `FROM` a day on, `QUEUE` for some weeks; `UNTOLD` until somebody says it."""

    UNTOLD = "untold"
    NOW = "now"
    FROM = "from"
    QUEUE = "queue"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class FreePlaces:
    """A word about free places: the day belongs to `FROM`, the weeks to `QUEUE`; no state when nothing is said."""

    state: Availability | None = None
    available_from: date | None = None
    queue_weeks: int | None = None


INCLUDES: Final = ("travel", "transport", "meals", "materials", "equipment", "assistance")
"""What a price may be said to hold."""


MAX_QUEUE_WEEKS: Final = 104


STALE_AVAILABILITY: Final = timedelta(days=60)
"""An older word about free places is shown with its age, and the provider is asked whether it still holds."""


class OfferState(StrEnum):
    """Where an offer stands. `PRIVATE`: what a person near to one client gives to that client; never published."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    PRIVATE = "private"


class OfferAction(StrEnum):
    """What can be done with an offer."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    END = "end"


OFFER: Final = Workflow[OfferState, OfferAction](
    "offer",
    initial=OfferState.DRAFT,
    table={
        (OfferState.DRAFT, OfferAction.PUBLISH): OfferState.PUBLISHED,
        (OfferState.PUBLISHED, OfferAction.WITHDRAW): OfferState.DRAFT,
        (OfferState.PUBLISHED, OfferAction.END): OfferState.ENDED,
        (OfferState.PRIVATE, OfferAction.END): OfferState.PRIVATE,
    },
)


class VersionState(StrEnum):
    """Where a version of an offer stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WAITING = "waiting"
    RETURNED = "returned"


class VersionAction(StrEnum):
    """What can be done with a version of an offer."""

    PUBLISH = "publish"
    SUBMIT = "submit"
    RETURN = "return"
    TAKE_BACK = "take_back"
    WITHDRAW = "withdraw"


OFFER_VERSION: Final = Workflow[VersionState, VersionAction](
    "offer version",
    initial=VersionState.DRAFT,
    table={
        (VersionState.DRAFT, VersionAction.PUBLISH): VersionState.PUBLISHED,
        (VersionState.DRAFT, VersionAction.SUBMIT): VersionState.WAITING,
        (VersionState.WAITING, VersionAction.PUBLISH): VersionState.PUBLISHED,
        (VersionState.WAITING, VersionAction.RETURN): VersionState.RETURNED,
        (VersionState.WAITING, VersionAction.TAKE_BACK): VersionState.DRAFT,
        (VersionState.RETURNED, VersionAction.SUBMIT): VersionState.WAITING,
        (VersionState.RETURNED, VersionAction.PUBLISH): VersionState.PUBLISHED,
        (VersionState.PUBLISHED, VersionAction.WITHDRAW): VersionState.DRAFT,
    },
)


class DatedVersion(Protocol):
    """What decides when a version holds."""

    @property
    def state(self) -> VersionState:
        """Where it stands."""

    @property
    def valid_from(self) -> date:
        """First day on which its prices hold."""

    @property
    def number(self) -> int:
        """Counts up within the offer."""


V = TypeVar("V", bound=DatedVersion)


def version_in_force(versions: Iterable[V], day: date) -> V | None:
    """The published version with the latest first day not after `day`, or None.

    A version holds until the next one begins, so two are never in force at once.
    """
    begun = [v for v in versions if v.state == VersionState.PUBLISHED and v.valid_from <= day]
    return max(begun, key=lambda v: (v.valid_from, v.number), default=None)


class Hidden(StrEnum):
    """Why the public does not see an offer."""

    PROVIDER_PAUSED = "provider_paused"
    PROVIDER_LEFT = "provider_left"
    APPROVAL_SUSPENDED = "approval_suspended"
    APPROVAL_ENDING = "approval_ending"
    APPROVAL_WITHDRAWN = "approval_withdrawn"
    APPROVAL_ENDED = "approval_ended"
    APPROVAL_PRIVATE = "approval_private"
    APPROVAL_PRIVATE_ENDED = "approval_private_ended"
    PRIVATE = "private"
    DRAFT = "draft"
    ENDED = "ended"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    EVIDENCE_EXPIRED = "evidence_expired"


@dataclass(frozen=True, slots=True)
class OfferStanding:
    """All that decides whether an offer is shown on a day.

    `ends_on` is the offer's last day, `in_force` whether some version of it holds on the day, `unproven` the required
    kinds of evidence without a valid proof that day.
    """

    provider_state: ProviderState
    approval_state: ApprovalState
    offer_state: OfferState
    ends_on: date | None
    in_force: bool
    unproven: tuple[str, ...] = ()


def is_over(offer_state: OfferState, ends_on: date | None, day: date) -> bool:
    """Whether an offer has ended by `day`: at once, or because its last day has gone by."""
    return offer_state == OfferState.ENDED or (ends_on is not None and day > ends_on)


def reasons_hidden(standing: OfferStanding, day: date) -> tuple[Hidden, ...]:
    """Why the public does not see the offer on `day`; nothing when it does. Office and search ask the same question."""
    reasons: list[Hidden] = []
    if standing.provider_state != ProviderState.ACTIVE:
        reasons.append(Hidden(f"provider_{standing.provider_state}"))
    if standing.approval_state != ApprovalState.APPROVED:
        reasons.append(Hidden(f"approval_{standing.approval_state}"))
    if standing.offer_state == OfferState.PRIVATE:
        reasons.append(Hidden.PRIVATE)
    if standing.offer_state == OfferState.DRAFT:
        reasons.append(Hidden.DRAFT)
    elif is_over(standing.offer_state, standing.ends_on, day):
        reasons.append(Hidden.ENDED)
    elif not standing.in_force:
        reasons.append(Hidden.NOT_YET_IN_FORCE)
    if standing.unproven:
        reasons.append(Hidden.EVIDENCE_EXPIRED)
    return tuple(reasons)


OF_PRIVATE: Final = frozenset({Hidden.APPROVAL_PRIVATE, Hidden.PRIVATE})
"""What hides the offer of a person near to one client from everybody but that client."""


def reasons_hidden_from_client(standing: OfferStanding, day: date) -> tuple[Hidden, ...]:
    """The same for the one client for whom a private offer was made; of a public one as for everybody."""
    return tuple(reason for reason in reasons_hidden(standing, day) if reason not in OF_PRIVATE)


def is_visible(standing: OfferStanding, day: date) -> bool:
    """Whether the public sees the offer on `day`."""
    return not reasons_hidden(standing, day)


def availability_problem(
    state: Availability | None, available_from: date | None, queue_weeks: int | None, today: date
) -> str | None:
    """What is wrong with a word about free places: untold, date_missing, date_past, weeks_missing, weeks_too_many."""
    if state is None or state == Availability.UNTOLD:
        return "untold"
    if state == Availability.FROM:
        if available_from is None:
            return "date_missing"
        return "date_past" if available_from <= today else None
    if state == Availability.QUEUE:
        if queue_weeks is None or queue_weeks < 1:
            return "weeks_missing"
        return "weeks_too_many" if queue_weeks > MAX_QUEUE_WEEKS else None
    return None


def availability_is_stale(state: Availability, updated_at: datetime, now: datetime) -> bool:
    """Whether the word about free places is so old that its age is shown with it, or was never said."""
    return state == Availability.UNTOLD or now - updated_at > STALE_AVAILABILITY
