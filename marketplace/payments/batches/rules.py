"""Rules of batches: who may release what, how a payment goes on by the bank's answers, and what stands out.

A batch is an order to the bank that two people stand behind. What the second one sees is bound by a digest; whatever
changes afterwards makes the release void. A statement has at most one payment that is open or paid: one that was
refused, has come back or was left out makes it payable again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any, Final

from marketplace.money import Money
from marketplace.offers.pricing.days import day_kind
from marketplace.payments.rails.orders import Order, PaymentOutcome
from marketplace.workflow import Workflow


class BatchState(StrEnum):
    """Where a batch stands. The last four are ends, but a bank may still give back what was paid."""

    PREPARED = "prepared"
    CHECKED = "checked"
    RELEASED = "released"
    WRITTEN = "written"
    SENT = "sent"
    CONFIRMED = "confirmed"
    PARTLY_PAID = "partly_paid"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class BatchAction(StrEnum):
    """What is done to a batch: by people up to `SEND`, by what the bank or Stripe says after that."""

    CHANGE = "change"
    CHECK = "check"
    RELEASE = "release"
    CANCEL = "cancel"
    WRITE = "write"
    SEND = "send"
    CONFIRM = "confirm"
    PAY_PARTLY = "pay_partly"
    REFUSE = "refuse"


BATCH: Final = Workflow[BatchState, BatchAction](
    "batch of payments",
    initial=BatchState.PREPARED,
    table={
        (BatchState.PREPARED, BatchAction.CHANGE): BatchState.PREPARED,
        (BatchState.PREPARED, BatchAction.CHECK): BatchState.CHECKED,
        (BatchState.PREPARED, BatchAction.RELEASE): BatchState.RELEASED,
        (BatchState.PREPARED, BatchAction.CANCEL): BatchState.CANCELLED,
        (BatchState.CHECKED, BatchAction.CHANGE): BatchState.PREPARED,
        (BatchState.CHECKED, BatchAction.CHECK): BatchState.CHECKED,
        (BatchState.CHECKED, BatchAction.RELEASE): BatchState.RELEASED,
        (BatchState.CHECKED, BatchAction.CANCEL): BatchState.CANCELLED,
        (BatchState.RELEASED, BatchAction.CHANGE): BatchState.PREPARED,
        (BatchState.RELEASED, BatchAction.CANCEL): BatchState.CANCELLED,
        (BatchState.RELEASED, BatchAction.WRITE): BatchState.WRITTEN,
        (BatchState.RELEASED, BatchAction.SEND): BatchState.SENT,
        (BatchState.WRITTEN, BatchAction.SEND): BatchState.SENT,
        (BatchState.SENT, BatchAction.CONFIRM): BatchState.CONFIRMED,
        (BatchState.SENT, BatchAction.PAY_PARTLY): BatchState.PARTLY_PAID,
        (BatchState.SENT, BatchAction.REFUSE): BatchState.REFUSED,
        (BatchState.CONFIRMED, BatchAction.PAY_PARTLY): BatchState.PARTLY_PAID,
        (BatchState.CONFIRMED, BatchAction.REFUSE): BatchState.REFUSED,
        (BatchState.PARTLY_PAID, BatchAction.REFUSE): BatchState.REFUSED,
    },
)

OPEN: Final = frozenset({BatchState.PREPARED, BatchState.CHECKED, BatchState.RELEASED})
"""In these nothing has left: the batch can still be changed or cancelled."""

OUT: Final = frozenset(
    {
        BatchState.WRITTEN,
        BatchState.SENT,
        BatchState.CONFIRMED,
        BatchState.PARTLY_PAID,
        BatchState.REFUSED,
    }
)
"""In these the payments may have reached the bank or Stripe."""


class PaymentState(StrEnum):
    """Where one payment stands. `TRANSFERRED` is at the payee's account at Stripe, `PAID` at the bank."""

    WAITING = "waiting"
    SENT = "sent"
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    PAID = "paid"
    REJECTED = "rejected"
    RETURNED = "returned"
    LEFT_OUT = "left_out"


class PaymentAction(StrEnum):
    """What happens to one payment: the first two by people, the others by what the bank or Stripe says."""

    SEND = "send"
    LEAVE_OUT = "leave_out"
    ACCEPT = "accept"
    TRANSFER = "transfer"
    PAY = "pay"
    REJECT = "reject"
    RETURN = "return"
    BOUNCE = "bounce"


PAYMENT: Final = Workflow[PaymentState, PaymentAction](
    "payment",
    initial=PaymentState.WAITING,
    table={
        (PaymentState.WAITING, PaymentAction.SEND): PaymentState.SENT,
        (PaymentState.WAITING, PaymentAction.LEAVE_OUT): PaymentState.LEFT_OUT,
        (PaymentState.SENT, PaymentAction.ACCEPT): PaymentState.ACCEPTED,
        (PaymentState.SENT, PaymentAction.TRANSFER): PaymentState.TRANSFERRED,
        (PaymentState.SENT, PaymentAction.PAY): PaymentState.PAID,
        (PaymentState.SENT, PaymentAction.REJECT): PaymentState.REJECTED,
        (PaymentState.ACCEPTED, PaymentAction.PAY): PaymentState.PAID,
        (PaymentState.ACCEPTED, PaymentAction.REJECT): PaymentState.REJECTED,
        (PaymentState.TRANSFERRED, PaymentAction.PAY): PaymentState.PAID,
        (PaymentState.TRANSFERRED, PaymentAction.RETURN): PaymentState.RETURNED,
        (PaymentState.PAID, PaymentAction.RETURN): PaymentState.RETURNED,
        (PaymentState.PAID, PaymentAction.BOUNCE): PaymentState.TRANSFERRED,
    },
)

LEFT_THE_PAYER: Final = frozenset({PaymentState.TRANSFERRED, PaymentState.PAID})
"""The organisation's money is gone, and the books say so."""

UNDER_WAY: Final = frozenset({PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.TRANSFERRED})
"""The last word about these has not been said."""

LIVE: Final = frozenset({PaymentState.WAITING, PaymentState.PAID, *UNDER_WAY})
"""A statement has at most one payment in these: the database sees to it."""

MAY_BE_MISSED: Final = frozenset({PaymentState.PAID, *UNDER_WAY})
"""In these the payee may say that the money has not come."""

PAYABLE_AGAIN: Final = frozenset(PaymentState) - LIVE
"""After these the statement may be put into another batch."""


class Contradiction(ValueError):
    """The bank, or Stripe, says something of a payment that what it said before rules out."""


_ACTIONS: Final = {
    PaymentOutcome.ACCEPTED: PaymentAction.ACCEPT,
    PaymentOutcome.TRANSFERRED: PaymentAction.TRANSFER,
    PaymentOutcome.PAID: PaymentAction.PAY,
    PaymentOutcome.REJECTED: PaymentAction.REJECT,
    PaymentOutcome.RETURNED: PaymentAction.RETURN,
}

_KNOWN: Final = {
    PaymentOutcome.ACCEPTED: frozenset(PaymentState)
    - {PaymentState.WAITING, PaymentState.SENT, PaymentState.LEFT_OUT},
    PaymentOutcome.TRANSFERRED: frozenset({PaymentState.TRANSFERRED, PaymentState.RETURNED}),
    PaymentOutcome.PAID: frozenset({PaymentState.PAID, PaymentState.RETURNED}),
    PaymentOutcome.REJECTED: frozenset({PaymentState.REJECTED}),
    PaymentOutcome.RETURNED: frozenset({PaymentState.RETURNED}),
}
"""In these states an outcome is no news: it has been told before, or something later has."""


def action_after(state: PaymentState, outcome: PaymentOutcome) -> PaymentAction | None:
    """What an answer does to a payment; None when it is no news. Raises Contradiction.

    So the same answer may come any number of times, and an older one after a newer.
    """
    if state in _KNOWN[outcome]:
        return None
    if state == PaymentState.PAID and outcome == PaymentOutcome.TRANSFERRED:
        return PaymentAction.BOUNCE
    action = _ACTIONS[outcome]
    if not PAYMENT.allows(state, action):
        raise Contradiction(f"{state}: {outcome}")
    return action


def settling(states: Collection[PaymentState]) -> BatchAction | None:
    """What becomes of a batch that is out by where its payments stand; None while some are under way."""
    sent = [state for state in states if state != PaymentState.LEFT_OUT]
    if any(state in UNDER_WAY or state == PaymentState.WAITING for state in sent):
        return None
    paid = sum(state == PaymentState.PAID for state in sent)
    if paid == len(sent):
        return BatchAction.CONFIRM
    return BatchAction.PAY_PARTLY if paid else BatchAction.REFUSE


def may_be_missed(state: PaymentState, pay_on: date, today: date) -> bool:
    """Whether a payee can say that a payment has not come: it has left, and its day has come."""
    return state in MAY_BE_MISSED and pay_on <= today


# --- the day of payment ----------------------------------------------------------------------------------------------

_WORKDAYS: Final = frozenset({"mon", "tue", "wed", "thu", "fri"})


def is_bank_day(day: date) -> bool:
    """Whether banks carry payments out on a day: neither at a weekend nor on a holiday or an eve of Finland.

    All days on which TARGET, the payment system of the euro area, is closed are among those, and some on which only
    Finland's banks are: a payment ordered for a bank day leaves on that day whatever the bank.
    """
    return day_kind(day) in _WORKDAYS


def bank_day_from(day: date) -> date:
    """The first bank day that is not before a day."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


# --- how long it takes -----------------------------------------------------------------------------------------------

ENOUGH_PROVIDERS: Final = 5
"""A figure about fewer of them might tell of one."""


def median_of(counted: Mapping[int, int]) -> int:
    """The median of numbers that are given with how often they come, a half rounded up. Raises ValueError for none."""
    whole = sum(counted.values())
    if not whole:
        raise ValueError("there is no median of nothing")
    middle = ((whole - 1) // 2, whole // 2)
    seen, found = 0, []
    for number, times in sorted(counted.items()):
        found += [number for place in middle if seen <= place < seen + times]
        seen += times
    return int(sum(found) / 2 + 0.5)


# --- what two people release -----------------------------------------------------------------------------------------


def digest_of(order: Order) -> str:
    """SHA-256 of everything that an order says, in hexadecimal: who sees the same digest sees the same order."""
    told = json.dumps(asdict(order), default=_told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _told(value: Any) -> Any:
    if isinstance(value, Money):
        return value.cents
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()


def shown_digest(digest: str) -> str:
    """The beginning of a digest as two people compare it: four groups of four."""
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def may_release(actor_id: int | None, *, prepared_by: int | None, changed_by: int | None) -> bool:
    """Whether a person may release a batch: neither the one who prepared it nor the one who changed it last."""
    return actor_id is not None and actor_id not in (prepared_by, changed_by)


# --- what stands out -------------------------------------------------------------------------------------------------


class Anomaly(StrEnum):
    """What the releaser should look at twice. Nothing of it forbids the payment."""

    FIRST_PAYMENT = "first_payment"
    ACCOUNT_CHANGED = "account_changed"
    UNUSUAL_SUM = "unusual_sum"
    SAME_DAY = "same_day"
    RIGHT_UNPROVEN = "right_unproven"


ACCOUNT_IS_NEW: Final = timedelta(days=30)
ENOUGH_EARLIER: Final = 3
"""With fewer earlier payments nobody knows what is usual."""

FAR: Final = 2
"""A sum is far from the usual when it is more than so many times the median, or less than one such part of it."""


@dataclass(frozen=True, slots=True)
class PayeeHistory:
    """What is known of a payee when a payment is looked at.

    `earlier` are the sums of earlier payments, `same_day` how many others go to the same account on the same day.
    """

    paid_to_account: bool
    account_changed_on: date | None
    earlier: Sequence[Money]
    same_day: int
    right_proven: bool


def anomalies(amount: Money, history: PayeeHistory, today: date) -> tuple[Anomaly, ...]:
    """Everything about a payment that stands out, in the order of the enum."""
    changed = history.account_changed_on
    found = {
        Anomaly.FIRST_PAYMENT: not history.paid_to_account,
        Anomaly.ACCOUNT_CHANGED: changed is not None and today - changed <= ACCOUNT_IS_NEW,
        Anomaly.UNUSUAL_SUM: _is_far(amount, history.earlier),
        Anomaly.SAME_DAY: history.same_day > 0,
        Anomaly.RIGHT_UNPROVEN: not history.right_proven,
    }
    return tuple(each for each, holds in found.items() if holds)


def _is_far(amount: Money, earlier: Sequence[Money]) -> bool:
    if len(earlier) < ENOUGH_EARLIER:
        return False
    usual = median(each.cents for each in earlier)
    return amount.cents > FAR * usual or amount.cents * FAR < usual
