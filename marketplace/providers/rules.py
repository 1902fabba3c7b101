"""Rules about providers, their proofs, offers and prices: pure functions and tables."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, Protocol

from marketplace.workflow import Workflow

LEGAL_FORMS: Final = (
    "limited_company",
    "partnership",
    "cooperative",
    "sole_trader",
    "association",
    "foundation",
    "public_unit",
)


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

PROVIDER_STATES: Final = PROVIDER.states
APPROVAL_STATES: Final = APPROVAL.states


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


# --- visibility ------------------------------------------------------------------------------------------------------


# --- prices ----------------------------------------------------------------------------------------------------------


# --- availability ----------------------------------------------------------------------------------------------------
