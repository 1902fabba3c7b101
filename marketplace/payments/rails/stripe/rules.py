"""How a transfer stands, and how old a call of Stripe may be. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.workflow import Workflow

TOLERANCE: Final = timedelta(minutes=5)
"""How far the moment of a signed call may lie from ours, before it or after it."""


class TransferState(StrEnum):
    """How a transfer stands. `SENDING`: Stripe was asked, or is about to be, and its answer is not kept yet."""

    SENDING = "sending"
    TRANSFERRED = "transferred"
    PAID_OUT = "paid_out"
    REFUSED = "refused"
    REVERSED = "reversed"


class TransferAction(StrEnum):
    """What happens to a transfer. `BOUNCE`: the payout that carried it failed, and it is at Stripe again."""

    TAKE = "take"
    REFUSE = "refuse"
    TRY_AGAIN = "try_again"
    PAY_OUT = "pay_out"
    BOUNCE = "bounce"
    REVERSE = "reverse"


TRANSFER: Final = Workflow[TransferState, TransferAction](
    "transfer at Stripe",
    TransferState.SENDING,
    {
        (TransferState.SENDING, TransferAction.TAKE): TransferState.TRANSFERRED,
        (TransferState.SENDING, TransferAction.REFUSE): TransferState.REFUSED,
        (TransferState.REFUSED, TransferAction.TAKE): TransferState.TRANSFERRED,
        (TransferState.REFUSED, TransferAction.TRY_AGAIN): TransferState.SENDING,
        (TransferState.TRANSFERRED, TransferAction.PAY_OUT): TransferState.PAID_OUT,
        (TransferState.PAID_OUT, TransferAction.BOUNCE): TransferState.TRANSFERRED,
        (TransferState.TRANSFERRED, TransferAction.REVERSE): TransferState.REVERSED,
        (TransferState.PAID_OUT, TransferAction.REVERSE): TransferState.REVERSED,
    },
)


class PayoutStatus(StrEnum):
    """What Stripe says of a payout to a provider's bank."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


def is_of_now(moment: datetime, now: datetime) -> bool:
    """Whether a signed call was made lately: an old one may be played back, one of the future is forged."""
    return abs(now - moment) <= TOLERANCE


def key_of(payment: str, attempt: int) -> str:
    """The idempotency key of a payment row: a new one only after a refusal, when surely nothing was transferred."""
    return f"palvelutori-{payment}-{attempt}"
