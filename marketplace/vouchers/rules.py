"""Rules of agreements between clients and providers: how one comes about and ends, and the days between which it may
hold. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from marketplace.offers.rules import Hidden
from marketplace.providers.rules import APPROVAL, ApprovalState, ProviderState
from marketplace.workflow import Workflow


class AgreementState(StrEnum):
    """What has been done about an agreement. How it stands on a day is an `AgreementStanding`.

    `ENDING`: somebody gave it its last day. `STOPPED`: ended at once for cause. `CALLED_OFF`: ended before it began.
    `LAPSED`: the provider did not answer in time. `PRICE_CHANGED`: the provider's prices changed before the answer, so
    that the client chooses again. `MISTAKEN`: the office had written it down by mistake, and it never held.
    """

    REQUESTED = "requested"
    IN_FORCE = "in_force"
    ENDING = "ending"
    STOPPED = "stopped"
    CALLED_OFF = "called_off"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    PRICE_CHANGED = "price_changed"
    MISTAKEN = "mistaken"


class AgreementAction(StrEnum):
    """What is done about an agreement. `END` gives a last day; `REPRICE` asks the client anew at new prices.

    What the office wrote down wrongly: `MOVE_ON` corrects a last day that was too early, `ANNUL` an agreement that
    there never was.
    """

    ACCEPT = "accept"
    DECLINE = "decline"
    REPRICE = "reprice"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    END = "end"
    STOP = "stop"
    CALL_OFF = "call_off"
    MOVE_ON = "move_on"
    ANNUL = "annul"


class AgreementWorkflow(Workflow[AgreementState, AgreementAction]):
    """The workflow of agreements.

    `agreed`: the two had agreed, and between its days the service is given and paid. `standing`: it goes on until its
    last day. `taking`: it takes the client's budget, or may come to take it.
    """

    agreed: ClassVar = frozenset({AgreementState.IN_FORCE, AgreementState.ENDING, AgreementState.STOPPED})
    standing: ClassVar = frozenset({AgreementState.IN_FORCE, AgreementState.ENDING})
    taking: ClassVar = agreed | {AgreementState.REQUESTED}


S, A = AgreementState, AgreementAction
AGREEMENT: Final = AgreementWorkflow(
    "agreement",
    S.REQUESTED,
    {
        (S.REQUESTED, A.ACCEPT): S.IN_FORCE,
        (S.REQUESTED, A.DECLINE): S.DECLINED,
        (S.REQUESTED, A.REPRICE): S.PRICE_CHANGED,
        (S.REQUESTED, A.WITHDRAW): S.WITHDRAWN,
        (S.REQUESTED, A.LAPSE): S.LAPSED,
        (S.IN_FORCE, A.END): S.ENDING,
        (S.IN_FORCE, A.STOP): S.STOPPED,
        (S.IN_FORCE, A.CALL_OFF): S.CALLED_OFF,
        (S.IN_FORCE, A.MOVE_ON): S.IN_FORCE,
        (S.IN_FORCE, A.ANNUL): S.MISTAKEN,
        (S.ENDING, A.END): S.ENDING,
        (S.ENDING, A.STOP): S.STOPPED,
        (S.ENDING, A.CALL_OFF): S.CALLED_OFF,
        (S.ENDING, A.MOVE_ON): S.IN_FORCE,
        (S.ENDING, A.ANNUL): S.MISTAKEN,
        (S.STOPPED, A.ANNUL): S.MISTAKEN,
        (S.CALLED_OFF, A.ANNUL): S.MISTAKEN,
    },
)


class AgreementStanding(StrEnum):
    """How an agreement stands on a day: what was done about it, and what the day makes of that."""

    REQUESTED = "requested"
    COMING = "coming"
    RUNNING = "running"
    ENDING = "ending"
    ENDED = "ended"
    CALLED_OFF = "called_off"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    PRICE_CHANGED = "price_changed"
    MISTAKEN = "mistaken"


GOING_ON: Final = frozenset(
    {
        AgreementStanding.REQUESTED,
        AgreementStanding.COMING,
        AgreementStanding.RUNNING,
        AgreementStanding.ENDING,
    }
)
"""What is not over: a client sees it on the first page."""


class AgreementParty(StrEnum):
    """Who asks for an agreement or ends it."""

    CLIENT = "client"
    HELPER = "helper"
    PROVIDER = "provider"
    OFFICE = "office"


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


def later_day_fault(ends_on: date | None, wanted: date | None) -> tuple[str, str] | None:
    """What is wrong with `wanted` (None: until further notice) in the place of a last day that was too early."""
    if ends_on is None:
        return "ends_on", "no_end"
    return ("ends_on", "not_later") if wanted is not None and wanted <= ends_on else None


def is_over(ends_on: date | None, today: date) -> bool:
    """Whether the agreement's last day has gone by."""
    return ends_on is not None and ends_on < today


def reasons_to_act(provider_state: ProviderState, approval_state: ApprovalState) -> tuple[Hidden, ...]:
    """Why the client of an agreement may need another provider; nothing when all is as it was agreed."""
    reasons = []
    if provider_state != ProviderState.ACTIVE:
        reasons.append(Hidden(f"provider_{provider_state}"))
    if approval_state not in APPROVAL.holding:
        reasons.append(Hidden(f"approval_{approval_state}"))
    return tuple(reasons)


def standing_on(
    state: AgreementState, starts_on: date, ends_on: date | None, today: date
) -> AgreementStanding:
    """How an agreement stands on a day. One that was ended at once is over on its last day already."""
    if state not in AGREEMENT.agreed:
        return AgreementStanding(state)
    if state is AgreementState.STOPPED or is_over(ends_on, today):
        return AgreementStanding.ENDED
    if starts_on > today:
        return AgreementStanding.COMING
    return AgreementStanding.ENDING if state is AgreementState.ENDING else AgreementStanding.RUNNING


# --- the days of a request and of an end -----------------------------------------------------------------------------


REMINDED_BEFORE: Final = timedelta(days=2)
"""How long before the last day for an answer a provider is reminded of a request."""


def answer_until(today: date, days: int, starts_on: date) -> date:
    """The provider's last day to answer a request that is made today: within the pilot's days, and before the service
    would have been given for a day.
    """
    return min(today + timedelta(days=days), starts_on)


def first_day_after(today: date, answer_days: int, notice_days: int) -> date:
    """The earliest first day of an agreement that replaces one with another provider.

    The other provider learns of it when this one accepts, which is at the latest after the days for an answer, and has
    its whole period of notice from then on.
    """
    return today + timedelta(days=answer_days + notice_days + 1)


def end_fault(
    last_day: date, *, today: date, notice_days: int, agreed: date | None, settled_until: date | None
) -> tuple[str, str] | None:
    """What is wrong with the last day that one side gives an agreement with notice. `agreed`: its last day so far;
    `settled_until`: the last day whose services have been recorded.
    """
    if last_day < today + timedelta(days=notice_days):
        return "ends_on", "before_notice"
    if agreed is not None and last_day > agreed:
        return "ends_on", "after_end"
    return settled_fault(last_day, settled_until)


def settled_fault(last_day: date, settled_until: date | None) -> tuple[str, str] | None:
    """An agreement does not end before a day of which something has been recorded or paid."""
    return ("ends_on", "settled") if settled_until is not None and last_day < settled_until else None
