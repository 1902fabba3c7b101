"""Rules about providers, their proofs, offers and prices: pure functions and tables."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from marketplace.workflow import Workflow


class LegalForm(StrEnum):
    """What a provider is by law. `PRIVATE_PERSON`: somebody near to one client, who is paid for that client's support;
    never a company, and never shown to anybody else.
    """

    LIMITED_COMPANY = "limited_company"
    PARTNERSHIP = "partnership"
    COOPERATIVE = "cooperative"
    SOLE_TRADER = "sole_trader"
    ASSOCIATION = "association"
    FOUNDATION = "foundation"
    PUBLIC_UNIT = "public_unit"
    PRIVATE_PERSON = "private_person"


COMPANY_FORMS: Final = tuple(form for form in LegalForm if form is not LegalForm.PRIVATE_PERSON)
"""What can be registered, imported and applied with."""


NOT_TAXABLE: Final = "NT"
"""The VAT code of what is paid to a private person, who is no taxable person."""


class ProviderState(StrEnum):
    """Whether a provider takes part."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


class ProviderAction(StrEnum):
    """What a provider can do with its taking part."""

    PAUSE = "pause"
    LEAVE = "leave"
    RESUME = "resume"
    RETURN = "return"


PROVIDER: Final = Workflow[ProviderState, ProviderAction](
    "provider",
    initial=ProviderState.ACTIVE,
    table={
        (ProviderState.ACTIVE, ProviderAction.PAUSE): ProviderState.PAUSED,
        (ProviderState.ACTIVE, ProviderAction.LEAVE): ProviderState.LEFT,
        (ProviderState.PAUSED, ProviderAction.RESUME): ProviderState.ACTIVE,
        (ProviderState.PAUSED, ProviderAction.LEAVE): ProviderState.LEFT,
        (ProviderState.LEFT, ProviderAction.RETURN): ProviderState.ACTIVE,
    },
)


LISTED: Final = (ProviderState.ACTIVE, ProviderState.PAUSED)
"""Who stands on the public list of the approved (Act 569/2009 § 4): a pause ends no approval."""


class ApprovalState(StrEnum):
    """Where the approval of a service stands.

    `PRIVATE`, and `PRIVATE_ENDED` once it has its last day: of a person near to one client. They are states of their
    own so that whoever asks for approvals by their state never meets one.
    """

    APPROVED = "approved"
    SUSPENDED = "suspended"
    ENDING = "ending"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    PRIVATE = "private"
    PRIVATE_ENDED = "private_ended"


class ApprovalAction(StrEnum):
    """What can be done with an approval: `CONDITION` binds it to a further condition and leaves it where it stands;
    `LEAVE` while clients are still served, `END` when nobody is; `RESTORE` when a review sets its withdrawal aside.
    """

    SUSPEND = "suspend"
    WITHDRAW = "withdraw"
    LEAVE = "leave"
    END = "end"
    REINSTATE = "reinstate"
    CONDITION = "condition"
    RESTORE = "restore"


class ApprovalWorkflow(Workflow[ApprovalState, ApprovalAction]):
    """The sets of states in which an approval is alike."""

    standing: ClassVar = (ApprovalState.APPROVED, ApprovalState.SUSPENDED)
    """It has not come to its end; a provider has at most one such approval of a service in a pilot."""

    bound: ClassVar = (ApprovalState.APPROVED, ApprovalState.SUSPENDED, ApprovalState.ENDING)
    """Clients are served under it, or may be: its proofs and duties go on. While it is ending nobody sees it."""

    private: ClassVar = (ApprovalState.PRIVATE, ApprovalState.PRIVATE_ENDED)
    """Of a person near to one client: what is paid to them goes on, but nobody else knows of it."""

    holding: ClassVar = (ApprovalState.APPROVED, ApprovalState.PRIVATE)
    """The service may be given as it was agreed."""

    answered_for: ClassVar = (*standing, *private)
    """The organisation answers for the provider: it confirms the account number to which it pays."""


APPROVAL: Final = ApprovalWorkflow(
    "approval of a service",
    initial=ApprovalState.APPROVED,
    table={
        (ApprovalState.APPROVED, ApprovalAction.SUSPEND): ApprovalState.SUSPENDED,
        (ApprovalState.APPROVED, ApprovalAction.WITHDRAW): ApprovalState.WITHDRAWN,
        (ApprovalState.APPROVED, ApprovalAction.CONDITION): ApprovalState.APPROVED,
        (ApprovalState.APPROVED, ApprovalAction.LEAVE): ApprovalState.ENDING,
        (ApprovalState.APPROVED, ApprovalAction.END): ApprovalState.ENDED,
        (ApprovalState.SUSPENDED, ApprovalAction.REINSTATE): ApprovalState.APPROVED,
        (ApprovalState.SUSPENDED, ApprovalAction.WITHDRAW): ApprovalState.WITHDRAWN,
        (ApprovalState.SUSPENDED, ApprovalAction.CONDITION): ApprovalState.SUSPENDED,
        (ApprovalState.SUSPENDED, ApprovalAction.LEAVE): ApprovalState.ENDING,
        (ApprovalState.SUSPENDED, ApprovalAction.END): ApprovalState.ENDED,
        (ApprovalState.WITHDRAWN, ApprovalAction.RESTORE): ApprovalState.APPROVED,
        (ApprovalState.ENDING, ApprovalAction.WITHDRAW): ApprovalState.WITHDRAWN,
        (ApprovalState.ENDING, ApprovalAction.END): ApprovalState.ENDED,
        (ApprovalState.PRIVATE, ApprovalAction.END): ApprovalState.PRIVATE_ENDED,
    },
)


def bound_until(last_days: Iterable[date | None], today: date, notice_days: int) -> date | None:
    """Until when a provider that leaves today serves its clients: the notice, or the last agreement if it ends sooner.

    `last_days` are those of the agreements that go on, None for one that has no last day. None: there are none.
    """
    notice = today + timedelta(days=notice_days)
    return max((notice if day is None else min(day, notice) for day in last_days), default=None)


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


class StatedProof(Dated, Protocol):
    """A proof with its own last day beside the one on which it counts for the last time."""

    @property
    def stated_until(self) -> date | None:
        """The last day that the document itself names, or None when it names none."""


def is_due(proof: StatedProof) -> bool:
    """Whether the day on which the proof counts for the last time is one when a new proof is due, and not the end of
    the document itself.
    """
    return proof.valid_until is not None and proof.stated_until != proof.valid_until


def outlasts(proof: StatedProof) -> date | None:
    """The document's own last day when a new proof is due before it; None when it names none or counts to it."""
    return proof.stated_until if is_due(proof) else None


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
