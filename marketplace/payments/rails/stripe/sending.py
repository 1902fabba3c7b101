"""An order carried out over Stripe, payment by payment. It may be killed anywhere, started twice, and started again
days later: every payment is transferred once.

What makes it so: a row is committed before Stripe is asked. Whoever finds a row that was asked about before looks first
whether Stripe has the transfer, by the payment's key in it, and sends again only if not, with the same idempotency key.
Within a day the key alone would do; after that Stripe may have forgotten it, and looking is what counts. A new key is
taken only after a sure refusal.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.db import Database, insert_missing
from marketplace.errors import NotFound
from marketplace.money import Money
from marketplace.payments.rails.orders import (
    Faulty,
    Hindrance,
    Impossible,
    Order,
    Payment,
    PaymentAnswer,
    PaymentOutcome,
    Reason,
)
from marketplace.payments.rails.stripe import queries
from marketplace.payments.rails.stripe.gateway import Gateway, GatewayRefusal, NoAnswer, Payout, Transfer
from marketplace.payments.rails.stripe.models import StripeTransfer
from marketplace.payments.rails.stripe.rules import (
    TRANSFER,
    PayoutStatus,
    TransferAction,
    TransferState,
    key_of,
)
from marketplace.pilots.paying import RailKind

log = logging.getLogger(__name__)


class Disagreement(RuntimeError):
    """A payment row was sent before with another amount or to another account. Nothing is sent; somebody must look."""


OUTCOMES = {
    TransferState.TRANSFERRED: PaymentOutcome.TRANSFERRED,
    TransferState.PAID_OUT: PaymentOutcome.PAID,
    TransferState.REFUSED: PaymentOutcome.REJECTED,
    TransferState.REVERSED: PaymentOutcome.RETURNED,
}
"""What a state says of the payment; nothing while it is being sent."""


def faults(order: Order) -> Iterator[Faulty]:
    """Everything that hinders an order."""
    if not order.payments:
        yield Faulty(Hindrance.NOTHING)
    times = Counter(payment.key for payment in order.payments)
    for payment in order.payments:
        if times[payment.key] > 1:
            yield Faulty(Hindrance.TWICE, payment.key)
        if payment.amount <= Money(0):
            yield Faulty(Hindrance.AMOUNT, payment.key)
        if payment.payee.is_private:
            yield Faulty(Hindrance.PRIVATE_PERSON, payment.key)
        elif not payment.payee.stripe_account:
            yield Faulty(Hindrance.NO_STRIPE_ACCOUNT, payment.key)


@dataclass(frozen=True, slots=True)
class StripeRail:
    """Payment over Stripe Connect."""

    database: Database
    gateway: Gateway
    kind: RailKind = RailKind.STRIPE

    def faults(self, order: Order) -> tuple[Faulty, ...]:
        """Everything that hinders the order; nothing when it can be paid."""
        return tuple(faults(order))

    def send(self, order: Order, clock: Callable[[], datetime]) -> tuple[PaymentAnswer, ...]:
        """Carry the order out as far as Stripe answers; gives what is known of its payments afterwards.

        A payment about which nothing is given is still being sent: call again. Raises Impossible and Disagreement.
        """
        if found := self.faults(order):
            raise Impossible(found)
        for payment in order.payments:
            self._send(payment, order.key, clock)
        with self.database.read() as session:
            return answers(session, order)

    def try_again(self, payment: str, now: datetime) -> None:
        """Let a refused payment be sent again, with a new key: the balance was topped up, the account was mended.

        Raises NoSuchTransition for one that was not refused.
        """
        with self.database.transaction() as session:
            try_again(session, payment, now)

    def reverse(self, payment: str, amount: Money) -> None:
        """Take money of a transfer back. What has come of it is told by Stripe's call. Raises NoAnswer and Refused."""
        with self.database.read() as session:
            row = session.get_one(StripeTransfer, payment)
            TRANSFER.next(row.state, TransferAction.REVERSE)
            key = f"{key_of(payment, row.attempt)}-back-{row.reversed_amount.cents}-{amount.cents}"
            transfer = row.transfer or ""
        self.gateway.reverse(transfer, amount, key)

    # --- one payment -------------------------------------------------------------------------------------------------

    def _send(self, payment: Payment, order: str, clock: Callable[[], datetime]) -> None:
        row, is_new = self._begun(payment, order, clock())
        if row.state != TransferState.SENDING:
            return
        try:
            found = None if is_new else self.gateway.find_transfer(payment.key)
            found = found or self.gateway.transfer(
                payment.key, order, row.destination, row.amount, key_of(payment.key, row.attempt)
            )
        except NoAnswer as error:
            log.warning("Whether %s was transferred is not known yet: %s", payment.key, error)
            return
        except GatewayRefusal as refusal:
            with self.database.transaction() as session:
                refuse(session, payment.key, row.attempt, refusal)
            return
        with self.database.transaction() as session:
            take(session, found, clock())

    def _begun(self, payment: Payment, order: str, now: datetime) -> tuple[StripeTransfer, bool]:
        """The row of the payment, committed before Stripe hears of it, and whether it has just been made."""
        with self.database.transaction() as session:
            is_new = insert_missing(
                session,
                StripeTransfer,
                {
                    "payment": payment.key,
                    "order_key": order,
                    "destination": payment.payee.stripe_account,
                    "amount": payment.amount,
                    "first_tried_at": now,
                },
            )
            row = queries.transfer_of(session, payment.key)
            if row is None or (row.amount, row.destination) != (payment.amount, payment.payee.stripe_account):
                raise Disagreement(f"{payment.key} was sent with another amount or to another account")
            return row, is_new


def take(session: Session, found: Transfer, now: datetime) -> StripeTransfer | None:
    """Keep what Stripe says of a transfer; None when it is none of ours. Doing it again changes nothing.

    Raises Disagreement when Stripe has it with another amount or payee.
    """
    row = queries.transfer_of(session, found.payment) if found.payment else None
    if row is None:
        return None
    if (row.amount, row.destination) != (found.amount, found.destination):
        raise Disagreement(f"{row.payment}: Stripe has {found.amount} to {found.destination}")
    if row.state in (TransferState.SENDING, TransferState.REFUSED):
        row.state = TRANSFER.next(row.state, TransferAction.TAKE)
        row.transfer, row.transferred_at, row.refusal_code, row.refusal = found.id, now, "", ""
    row.receipt = row.receipt or found.receipt
    if found.reversed_amount > row.reversed_amount:
        row.reversed_amount = found.reversed_amount
        if row.reversed_amount == row.amount:
            row.state = TRANSFER.next(row.state, TransferAction.REVERSE)
    return row


def refuse(session: Session, payment: str, attempt: int, refusal: GatewayRefusal) -> None:
    """Keep that Stripe has refused an attempt; a later attempt, or a transfer that stands, goes before it."""
    row = queries.transfer_of(session, payment)
    if row is not None and row.state == TransferState.SENDING and row.attempt == attempt:
        row.state = TRANSFER.next(row.state, TransferAction.REFUSE)
        row.refusal_code, row.refusal = refusal.code, refusal.text


def try_again(session: Session, payment: str, now: datetime) -> None:
    """Let a refused payment be sent again. Raises NotFound and NoSuchTransition."""
    row = queries.transfer_of(session, payment)
    if row is None:
        raise NotFound()
    row.state = TRANSFER.next(row.state, TransferAction.TRY_AGAIN)
    row.attempt, row.first_tried_at = row.attempt + 1, now
    row.refusal_code = row.refusal = ""


def carry(session: Session, payout: Payout, receipts: Collection[str]) -> None:
    """Keep what has become of a payout: it has reached the bank with these payments, or it has failed."""
    if payout.status == PayoutStatus.PAID:
        for row in queries.transfers_by_receipt(session, receipts):
            if row.state == TransferState.TRANSFERRED:
                row.state = TRANSFER.next(row.state, TransferAction.PAY_OUT)
                row.payout, row.paid_out_on = payout.id, payout.arrives_on
    elif payout.status in (PayoutStatus.FAILED, PayoutStatus.CANCELED):
        for row in queries.transfers_in_payout(session, payout.id):
            if row.state == TransferState.PAID_OUT:
                row.state = TRANSFER.next(row.state, TransferAction.BOUNCE)
                row.payout, row.paid_out_on = "", None


def answers(session: Session, order: Order) -> tuple[PaymentAnswer, ...]:
    """What is known of the payments of an order."""
    rows = {row.payment: row for row in queries.transfers_in_order(session, order.key)}
    return tuple(
        PaymentAnswer(
            payment=key,
            outcome=OUTCOMES[row.state],
            on=row.paid_out_on,
            amount=row.amount,
            reasons=(Reason(row.refusal_code, row.refusal),) if row.state == TransferState.REFUSED else (),
            receipt=row.transfer or "",
        )
        for key in (payment.key for payment in order.payments)
        if (row := rows.get(key)) is not None and row.state in OUTCOMES
    )
