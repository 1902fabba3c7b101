"""Rules of agreements between clients and providers: the client's number, the days an agreement may begin and end.

A client is known here by the organisation's own client or case number alone. A personal identity code is a number of
the whole state, so it is refused wherever it could be typed.
"""

from __future__ import annotations

import re
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


MAX_NUMBER: Final = 40

FARTHEST: Final = timedelta(days=366)
"""No agreement begins later than this from today: a year mistyped."""

NEW_FOR: Final = timedelta(days=28)
"""How long after its first day the provider sees an agreement among the new ones."""

_IDENTITY_CODE: Final = re.compile(
    r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-FU-Y]\d{3}[0-9A-Z](?![0-9A-Z])"
)
"""Day, month, year, century (with the signs in use since 2023), individual number and check character.

A wrong check character does not make it another number: it is a code with a slip in it.
"""

_NUMBER: Final = re.compile(r"(?=.*\d)[0-9A-ZÅÄÖ]+(?:[-./_][0-9A-ZÅÄÖ]+)*")

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def _tidy(text: str) -> str:
    return text.translate(_DASHES).upper().strip()


def client_number(text: str) -> str:
    """The number as it is kept: capital letters, one kind of dash, no blanks around it."""
    return _tidy(text)


_WITHOUT_SIGN: Final = re.compile(
    r"(?<!\d)((?:0[1-9]|[12]\d|3[01])[._/]?(?:0[1-9]|1[0-2])[._/]?\d{2})[-._/+]?(\d{3})[-._/]?([0-9A-Y])(?![0-9A-Z])"
)
_CHECK_CHARACTERS: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
"""The check character by the remainder of the nine digits divided by 31 (Decree 690/2022)."""


def holds_identity_code(text: str) -> bool:
    """Whether a personal identity code stands somewhere in the text, however it is spaced and capitalised.

    Without its sign of the century, or with other signs between its parts, it is known by its check character.
    """
    bare = "".join(_tidy(text).split())
    return _IDENTITY_CODE.search(bare) is not None or any(
        _CHECK_CHARACTERS[int(re.sub(r"\D", "", found[1]) + found[2]) % 31] == found[3]
        for found in _WITHOUT_SIGN.finditer(bare)
    )


def number_fault(number: str) -> str | None:
    """What is wrong with a client number: identity_code, too_long or form (no digit, a blank, another sign)."""
    if holds_identity_code(number):
        return "identity_code"
    if len(number) > MAX_NUMBER:
        return "too_long"
    return None if _NUMBER.fullmatch(number) else "form"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement is recorded with. `ends_on` None: until further notice."""

    client_number: str
    starts_on: date
    ends_on: date | None = None


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
