"""Rules about providers, their proofs, offers and prices: pure functions and tables."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from marketplace.money import Money
from marketplace.workflow import Workflow

FILE_STATES: Final = ("clean", "quarantined", "infected")
AVAILABILITY_STATES: Final = ("now", "from", "queue", "full")
LEGAL_FORMS: Final = (
    "limited_company",
    "partnership",
    "cooperative",
    "sole_trader",
    "association",
    "foundation",
    "public_unit",
)
INCLUDES: Final = ("travel", "transport", "meals", "materials", "equipment", "assistance")
"""What a price may be said to hold."""

MAX_QUEUE_WEEKS: Final = 104
STALE_AVAILABILITY: Final = timedelta(days=90)
"""An older word about free places is shown with its age, and the provider is asked whether it still holds."""

PROVIDER: Final = Workflow(
    "provider",
    initial="active",
    table={
        ("active", "pause"): "paused",
        ("active", "leave"): "left",
        ("paused", "resume"): "active",
        ("paused", "leave"): "left",
        ("left", "return"): "active",
    },
)
APPROVAL: Final = Workflow(
    "approval of a service",
    initial="approved",
    table={
        ("approved", "suspend"): "suspended",
        ("approved", "withdraw"): "withdrawn",
        ("approved", "end"): "ended",
        ("suspended", "reinstate"): "approved",
        ("suspended", "withdraw"): "withdrawn",
        ("suspended", "end"): "ended",
    },
)
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

PROVIDER_STATES: Final = PROVIDER.states
APPROVAL_STATES: Final = APPROVAL.states
OFFER_STATES: Final = OFFER.states
VERSION_STATES: Final = OFFER_VERSION.states


NEEDED_FACTS: Final = ("phone", "email", "street", "postal_code", "city", "iban")
"""What an application and a payment need and registering does not ask."""


def missing_facts(provider: object) -> tuple[str, ...]:
    """The names of the needed facts that the provider has not given yet."""
    return tuple(name for name in NEEDED_FACTS if not getattr(provider, name))


# --- proofs ----------------------------------------------------------------------------------------------------------


class Dated(Protocol):
    """A proof with its dates."""

    @property
    def kind(self) -> str:
        """Key of `evidence.yaml`."""

    @property
    def issued_on(self) -> date:
        """First day."""

    @property
    def valid_until(self) -> date | None:
        """Last day, or None when it does not end."""


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last day: 31.1. plus one month is 28.2."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def expires_on(issued_on: date, valid_until: date | None, renew_months: int | None) -> date | None:
    """The last day a proof holds: its own end or the end of the renewal period, whichever comes first.

    Proofs of the contractor's-liability act are renewed every twelve months (1233/2006 § 5 a). None: it does not end.
    """
    renewal = None if renew_months is None else add_months(issued_on, renew_months)
    return min((day for day in (valid_until, renewal) if day is not None), default=None)


def is_valid_on(proof: Dated, day: date) -> bool:
    """Whether the proof holds on `day`, its first and last day included."""
    return proof.issued_on <= day and (proof.valid_until is None or day <= proof.valid_until)


def is_fresh_enough(issued_on: date, max_age_months: int | None, day: date) -> bool:
    """Whether a proof is young enough to apply with on `day`; None: any age will do."""
    return max_age_months is None or day <= add_months(issued_on, max_age_months)


def unproven(
    required: Iterable[str], proofs: Sequence[Dated], day: date, proves: Callable[[str], frozenset[str]]
) -> tuple[str, ...]:
    """The required kinds for which no proof holds on `day`; `proves(kind)` gives the kinds that prove it."""
    held = {proof.kind for proof in proofs if is_valid_on(proof, day)}
    return tuple(kind for kind in required if not held & proves(kind))


# --- versions of an offer --------------------------------------------------------------------------------------------


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


# --- visibility ------------------------------------------------------------------------------------------------------


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


# --- prices ----------------------------------------------------------------------------------------------------------


class PriceRow(Protocol):
    """A row of the pilot's price table."""

    @property
    def band(self) -> str:
        """Key of `bands.yaml`."""

    @property
    def unit(self) -> str:
        """Key of `units.yaml`."""

    @property
    def ceiling(self) -> Money:
        """The highest price, VAT included."""

    @property
    def required(self) -> bool:
        """Whether every offer prices it."""


@dataclass(frozen=True, slots=True)
class PriceProblem:
    """What is wrong with the price of one band.

    `code` is unknown_band, wrong_unit, above_ceiling, not_fixed or missing; `ceiling` and `unit` are the pilot's.
    """

    band: str
    code: str
    ceiling: Money | None = None
    unit: str | None = None


def price_problems(
    prices: Mapping[str, tuple[str, Money]], table: Iterable[PriceRow], *, fixed: bool, complete: bool = True
) -> tuple[PriceProblem, ...]:
    """What is wrong with `prices` (band → unit and amount) by the pilot's price table.

    `fixed`: the ceiling is the price, the same for every provider. `complete`: every required band must be priced,
    which a draft need not.
    """
    rows = {row.band: row for row in table}
    problems = [PriceProblem(band, "unknown_band") for band in prices if band not in rows]
    for band, row in rows.items():
        unit, amount = prices.get(band, (row.unit, None))
        code = None
        if amount is None:
            code = "missing" if complete and row.required else None
        elif unit != row.unit:
            code = "wrong_unit"
        elif amount > row.ceiling:
            code = "above_ceiling"
        elif fixed and amount != row.ceiling:
            code = "not_fixed"
        if code is not None:
            problems.append(PriceProblem(band, code, row.ceiling, row.unit))
    return tuple(problems)


# --- availability ----------------------------------------------------------------------------------------------------


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
