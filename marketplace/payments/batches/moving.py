"""What the bank or Stripe says moves payments on, and the books with them: once, however often it is said.

Every account that an answer can touch is locked before the first entry, in the order of their ids as everywhere in the
books, so that neither two answers that are read at once nor an answer and a delivery wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

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
    rows, moved = {row.key: row for row in batch.payments}, Moved()
    books = _Books(work, batch.organisation_key, sorted({rows[each.payment].provider_id for each in told}))
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
    """The entries of one answer. The accounts are opened and locked together, when the first of them is needed."""

    def __init__(self, work: UnitOfWork, organisation: str, providers: Sequence[int]) -> None:
        self._work, self._organisation, self._ids = work, organisation, providers
        self._paid: Account | None = None
        self._providers: dict[int, Account] = {}

    def follow(self, row: PaymentRow, before: PaymentState, day: date) -> None:
        """Book that a payment has left the payer, or has come back."""
        was_out, is_out = before in LEFT_THE_PAYER, row.state in LEFT_THE_PAYER
        if was_out == is_out:
            return
        cents = row.amount.cents if is_out else -row.amount.cents
        paid = self._paid or self._open()
        ledger.pay(
            self._work,
            self._providers[row.provider_id],
            paid,
            Amount(Unit.CENTS, cents),
            Cause(source_of(row, returned=not is_out), f"payment:{row.id}", day),
        )

    def _open(self) -> Account:
        """Open and lock what is paid from and to; gives the account of what has been paid."""
        organisation = self._organisation
        self._providers = {
            each: provider_account(self._work, each, Unit.CENTS, organisation=organisation)
            for each in self._ids
        }
        key = f"paid:{organisation}:{Unit.CENTS}"
        paid = ledger.open_account(self._work, key, AccountKind.PAID, Unit.CENTS, organisation=organisation)
        ledger.lock_accounts(self._work, {paid.id, *(each.id for each in self._providers.values())})
        self._paid = paid
        return paid


def source_of(row: PaymentRow, *, returned: bool = False) -> str:
    """The cause by which the books know that a payment has left, or has come back."""
    return f"payment:{row.id}:returned" if returned else f"payment:{row.id}"
