"""Transfers at Stripe: what its answers and its calls do to one at the same moment."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from marketplace.money import Money
from marketplace.payments.rails.stripe.gateway import GatewayRefusal, Payout, Transfer
from marketplace.payments.rails.stripe.models import StripeTransfer
from marketplace.payments.rails.stripe.rules import TRANSFER, PayoutStatus, TransferAction, TransferState
from marketplace.payments.rails.stripe.sending import carry, refuse, take, try_again
from tests.conftest import NOW
from tests.races.play import Play, verb

AMOUNT: Final = Money(10_000)
_numbers = itertools.count(1)


def _stage(session: Session, state: TransferState) -> str:
    payment = f"RACE-{next(_numbers)}"
    there = state not in (TransferState.SENDING, TransferState.REFUSED)
    session.add(
        StripeTransfer(
            payment=payment,
            order_key="RACES",
            destination="acct_1",
            amount=AMOUNT,
            state=state,
            first_tried_at=NOW,
            transfer=f"tr_{payment}" if there else None,
            receipt=f"py_{payment}" if there else "",
            payout=f"po_{payment}" if state == TransferState.PAID_OUT else "",
        )
    )
    return payment


def _transfer(payment: str, reversed_amount: Money) -> Transfer:
    return Transfer(f"tr_{payment}", payment, "acct_1", f"py_{payment}", AMOUNT, reversed_amount)


def _payout(payment: str, status: PayoutStatus) -> Payout:
    return Payout(f"po_{payment}", status, date(2026, 11, 25))


PLAYS: Final = (
    Play(
        workflow=TRANSFER,
        model=StripeTransfer,
        stage=_stage,
        deeds={
            TransferAction.TAKE: verb(lambda s, payment, _hand: take(s, _transfer(payment, Money(0)), NOW)),
            TransferAction.REFUSE: verb(
                lambda s, payment, _hand: refuse(s, payment, 1, GatewayRefusal("no", "No."))
            ),
            TransferAction.TRY_AGAIN: verb(lambda s, payment, _hand: try_again(s, payment, NOW)),
            TransferAction.PAY_OUT: verb(
                lambda s, payment, _hand: carry(s, _payout(payment, PayoutStatus.PAID), [f"py_{payment}"])
            ),
            TransferAction.BOUNCE: verb(
                lambda s, payment, _hand: carry(s, _payout(payment, PayoutStatus.FAILED), [])
            ),
            TransferAction.REVERSE: verb(lambda s, payment, _hand: take(s, _transfer(payment, AMOUNT), NOW)),
        },
        state=lambda session, payment: session.get_one(StripeTransfer, payment).state,
    ),
)
