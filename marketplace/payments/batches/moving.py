"""What the bank or Stripe says moves payments on, and the books with them: once, however often it is said.

The account of what has been paid is locked before any other account, so that two answers that are read at once never
wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from marketplace.db import for_change
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.payments.batches import mails
from marketplace.payments.batches.audit_actions import BatchAudit
from marketplace.payments.batches.labels import kept_reasons
from marketplace.payments.batches.models import BankAnswer, Batch, PaymentNews, PaymentRow
from marketplace.payments.batches.rules import (
    BATCH,
    LEFT_THE_PAYER,
    OUT,
    PAYMENT,
    BatchState,
    Contradiction,
    PaymentState,
    action_after,
    settling,
)
from marketplace.payments.batches.sending import mark_sent
from marketplace.payments.rails.orders import PaymentAnswer
from marketplace.payments.rails.sepa.reading import BankFileFlaw, UnreadableBankFile
from marketplace.vouchers.granting.holding import provider_account
from marketplace.work import UnitOfWork


@dataclass
class Moved:
    """What came of an answer: how many payments it moved, and how many it said nothing new about."""

    changed: int = 0
    known: int = 0


def take_answers(
    work: UnitOfWork, batch: Batch, answers: Iterable[PaymentAnswer], source: BankAnswer | None = None
) -> Moved:
    """Move the payments of a batch, which the caller has locked, on by what is said of them.

    A batch whose file was made and about which nobody has said that it was taken to the bank is sent by this. Raises
    UnreadableBankFile when an answer contradicts an earlier one, or the batch has not left; then nothing holds.
    """
    told = list(answers)
    if not told:
        return Moved()
    if batch.state == BatchState.WRITTEN:
        mark_sent(work, batch)
    if batch.state not in OUT:
        raise UnreadableBankFile(BankFileFlaw.UNKNOWN_BATCH, batch.key)
    rows, moved, books = {row.key: row for row in batch.payments}, Moved(), _Books(work, batch)
    for answer in told:
        row = rows[answer.payment]
        before = row.state
        try:
            action = action_after(before, answer.outcome)
        except Contradiction as error:
            raise UnreadableBankFile(BankFileFlaw.CONTRADICTION, row.key) from error
        if action is None:
            moved.known += 1
            continue
        day = answer.on or work.today
        row.state = PAYMENT.next(before, action)
        row.reasons = kept_reasons(answer.reasons)
        row.paid_on = day if row.state == PaymentState.PAID else None
        books.follow(row, before, day)
        work.session.add(
            PaymentNews(
                payment_id=row.id,
                answer=source,
                outcome=answer.outcome,
                day=day,
                amount=row.amount,
                receipt=answer.receipt,
                at=work.now,
            )
        )
        if row.state in (PaymentState.REJECTED, PaymentState.RETURNED):
            mails.tell_failed(work, row)
        moved.changed += 1
    if moved.changed:
        _settle(work, batch)
    return moved


def _settle(work: UnitOfWork, batch: Batch) -> None:
    """Let the batch follow its payments, and write one event for all of them."""
    before, states = batch.state, [row.state for row in batch.payments]
    action = settling(states)
    if action is not None and BATCH.allows(before, action):
        batch.state = BATCH.next(before, action)
    counted = Counter(state.value for state in states if state != PaymentState.LEFT_OUT)
    work.record(
        BatchAudit.ANSWER,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state, "payment_states": dict(sorted(counted.items()))},
    )


class _Books:
    """The entries of one batch: an account is opened once, and only when something is booked on it."""

    def __init__(self, work: UnitOfWork, batch: Batch) -> None:
        self._work, self._organisation = work, batch.organisation_key
        self._paid: Account | None = None
        self._providers: dict[int, Account] = {}

    def follow(self, row: PaymentRow, before: PaymentState, day: date) -> None:
        """Book that a payment has left the payer, or has come back."""
        was_out, is_out = before in LEFT_THE_PAYER, row.state in LEFT_THE_PAYER
        if was_out == is_out:
            return
        cents = row.amount.cents if is_out else -row.amount.cents
        paid = self._paid_account()
        ledger.pay(
            self._work,
            self._provider_account(row.provider_id),
            paid,
            Amount(Unit.CENTS, cents),
            Cause(source_of(row, returned=not is_out), f"payment:{row.id}", day),
        )

    def _paid_account(self) -> Account:
        if self._paid is None:
            self._paid = ledger.open_account(
                self._work,
                f"paid:{self._organisation}:{Unit.CENTS}",
                AccountKind.PAID,
                Unit.CENTS,
                organisation=self._organisation,
            )
            self._work.session.execute(
                sa.select(Account.id)
                .where(Account.id == self._paid.id)
                .with_for_update(**for_change(Account))
            )
        return self._paid

    def _provider_account(self, provider_id: int) -> Account:
        if provider_id not in self._providers:
            self._providers[provider_id] = provider_account(
                self._work, provider_id, Unit.CENTS, organisation=self._organisation
            )
        return self._providers[provider_id]


def source_of(row: PaymentRow, *, returned: bool = False) -> str:
    """The cause by which the books know that a payment has left, or has come back."""
    return f"payment:{row.id}:returned" if returned else f"payment:{row.id}"
