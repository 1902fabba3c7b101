"""What people do to batches: prepare, change, cancel, release. What leaves after that is in `sending`.

A batch is locked before anything is read of it, and who holds it may change its payments. Statements are locked before
a batch is made of them, and the database lets a statement have one payment that is open or paid. The companies are held
last, for reading, when it matters to which account money goes: nobody who holds a company locks a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _l, date_text
from marketplace.money import Money
from marketplace.payments.batches import queries
from marketplace.payments.batches.audit_actions import BatchAudit
from marketplace.payments.batches.labels import HINDRANCES, hindrance_text
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.ordering import kept_bookings, kept_payer, order_of, reference_of
from marketplace.payments.batches.rules import (
    BATCH,
    PAYMENT,
    BatchAction,
    PaymentAction,
    PaymentState,
    bank_day_from,
    digest_of,
    is_bank_day,
    may_release,
)
from marketplace.payments.rails.choosing import hindrances_of, payer_of
from marketplace.payments.rails.orders import Booking, Faulty, Order
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict
from marketplace.payments.statements.models import Statement
from marketplace.permissions import Permission
from marketplace.pilots import vocabulary
from marketplace.pilots.paying import PaymentData, RailKind
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork

LATEST: Final = timedelta(days=60)
"""A day of payment further ahead is a slip of the hand."""

MOST_REASON: Final = 2000


class BatchHindered(Invalid):
    """The order cannot be paid; every hindrance is told, with the company."""

    def __init__(self, found: Sequence[Faulty], order: Order) -> None:
        names = {payment.key: payment.payee.name for payment in order.payments}
        sentences = [hindrance_text(fault, names) for fault in found]
        super().__init__(sentences[0])
        self.found = tuple(found)
        self.faults = tuple(("", sentence) for sentence in sentences)


def payment_data(organisation: str) -> PaymentData:
    """How an organisation pays. Raises NotAllowed when its data does not say."""
    known = vocabulary.ORGANISATIONS.get(organisation)
    if known is None or known.payment is None:
        raise NotAllowed(_l("The organisation’s data does not say how it pays. Nothing is paid here."))
    return known.payment


def data_of_batch(batch: Batch) -> PaymentData:
    """How a batch is paid. Raises NotAllowed as `payment_data`."""
    return payment_data(batch.organisation_key).by(batch.rail)


def _data_for(organisation: str, paid: Sequence[Statement]) -> PaymentData:
    """How statements are paid that go into one batch: people near to clients by their own way, when all of them are."""
    data = payment_data(organisation)
    return data.of_people() if all(each.provider.is_private for each in paid) else data


def prepare(work: UnitOfWork, organisation: str, statements: Collection[int], pay_on: date) -> Batch:
    """Put statements into a batch that is to be paid on a day.

    Raises Conflict when one of them is not payable any more, Invalid for a wrong day, Disqualified for a company in
    whose matters the actor may take no part, and BatchHindered.
    """
    work.ensure(Permission.MAKE_PAYMENTS, organisation=organisation)
    payment_data(organisation)
    demand_day(work, pay_on)
    if not statements:
        raise Invalid(_l("Choose at least one statement."), field="statements")
    found = queries.lock_payable(work.session, organisation, statements, work.today)
    if len(found) != len(set(statements)):
        raise Conflict(
            _l(
                "Some of the statements are not payable any more, or somebody has put them into another batch."
            )
        )
    for statement in found:
        demand_impartial(work.actor, statement.provider_id)
    data = _data_for(organisation, found)
    batch = _batch(work, organisation, data, found, pay_on)
    work.session.add(batch)
    work.session.flush()
    order = order_of(batch)
    if faults := hindrances_of(data, order):
        raise BatchHindered(faults, order)
    work.record(
        BatchAudit.PREPARE,
        batch,
        organisation=organisation,
        after={
            "state": batch.state,
            "payments": len(order.payments),
            "total": order.total.cents,
            "pay_on": pay_on.isoformat(),
        },
    )
    return batch


def _batch(
    work: UnitOfWork, organisation: str, data: PaymentData, paid: Sequence[Statement], pay_on: date
) -> Batch:
    accounts = queries.stripe_accounts(work.session, {each.provider_id for each in paid})
    parts = queries.bookings(work.session, paid)
    return Batch(
        organisation_key=organisation,
        rail=data.rail,
        prefix=data.prefix,
        pay_on=pay_on,
        payer=kept_payer(payer_of(data)),
        prepared_by_id=work.person_id,
        prepared_at=work.now,
        changed_by_id=work.person_id,
        changed_at=work.now,
        payments=[
            _payment(each, data, accounts.get(each.provider_id, ""), parts.get(each.id, ())) for each in paid
        ],
    )


def demand_day(work: UnitOfWork, pay_on: date) -> None:
    """Raises Invalid for a day on which nothing can be paid any more, or yet, or on which banks pay nothing."""
    if pay_on < work.today:
        raise Invalid(_l("The day of payment has passed."), field="pay_on")
    if pay_on > work.today + LATEST:
        raise Invalid(_l("The day of payment lies more than 60 days ahead."), field="pay_on")
    if not is_bank_day(pay_on):
        following = date_text(bank_day_from(pay_on))
        raise Invalid(
            _l("Banks pay nothing on this day. The next bank day is %(day)s.", day=following), field="pay_on"
        )


def _payment(
    statement: Statement, data: PaymentData, stripe_account: str, bookings: Iterable[Booking]
) -> PaymentRow:
    row = PaymentRow(
        statement_id=statement.id,
        provider_id=statement.provider_id,
        amount=Money(statement.payable_cents),
        reference=reference_of(statement.number, data),
        message=f"{data.name} {statement.name}",
        bookings=kept_bookings(bookings),
    )
    _take_details(row, statement.provider, stripe_account)
    return row


def _take_details(row: PaymentRow, provider: Provider, stripe_account: str) -> None:
    """Who is paid and to which account, as the company has it now."""
    row.payee_name, row.business_id = provider.official_name, provider.business_id
    row.iban, row.bic, row.stripe_account = provider.iban, provider.bic, stripe_account


@dataclass(frozen=True, slots=True)
class Trial:
    """A statement that may go into a batch, what would be paid, and what hinders it, in sentences."""

    statement: Statement
    amount: Money
    hindrances: tuple[str, ...]


def trials(work: UnitOfWork, organisation: str) -> list[Trial]:
    """Everything that could be paid now, and what cannot; nothing is kept. Raises NotAllowed."""
    work.ensure(Permission.MAKE_PAYMENTS, organisation=organisation)
    found = queries.payable(work.session, organisation, work.today)
    companies = [each for each in found if not each.provider.is_private]
    people = [each for each in found if each.provider.is_private]
    tried = {
        trial.statement.id: trial
        for part in (companies, people)
        for trial in _tried(work, organisation, part)
    }
    return [tried[each.id] for each in found]


def _tried(work: UnitOfWork, organisation: str, paid: Sequence[Statement]) -> list[Trial]:
    """What hinders the statements of one batch."""
    data = _data_for(organisation, paid)
    batch = _batch(work, organisation, data, paid, work.today)
    batch.id = 0
    for row in batch.payments:
        row.id = row.statement_id
    faults = hindrances_of(data, order_of(batch)) if paid else ()
    return [
        Trial(
            statement,
            row.amount,
            tuple(str(HINDRANCES[each.fault]) for each in faults if each.payment in (None, row.key)),
        )
        for statement, row in zip(paid, batch.payments, strict=True)
    ]


def outdated(work: UnitOfWork, batch: Batch, *, hold: bool = False) -> list[PaymentRow]:
    """The payments whose company has another name or account by now than when they were prepared.

    `hold`: what the companies have stays as it is until the transaction ends.
    """
    rows = [row for row in batch.payments if row.state == PaymentState.WAITING]
    known = {row.provider_id for row in rows}
    accounts = queries.stripe_accounts(work.session, known)
    companies = queries.companies(work.session, known, hold=hold)

    def present(row: PaymentRow) -> tuple[str, str, str, str]:
        company = companies[row.provider_id]
        return company.official_name, company.iban, company.bic, accounts.get(row.provider_id, "")

    return [row for row in rows if (row.payee_name, row.iban, row.bic, row.stripe_account) != present(row)]


# --- changes ---------------------------------------------------------------------------------------------------------


def leave_out(work: UnitOfWork, batch_id: int, payment_id: int) -> Batch:
    """Leave a payment out; its statement is payable again. A release that stood is void.

    Raises Conflict when the batch has left, or when it would be empty.
    """
    batch = _to_change(work, batch_id, BatchAction.CHANGE)
    row = next((each for each in batch.payments if each.id == payment_id), None)
    if row is None or row.state != PaymentState.WAITING:
        raise Conflict(_l("This payment is not in the batch any more."))
    if sum(each.state == PaymentState.WAITING for each in batch.payments) == 1:
        raise Conflict(_l("A batch without payments is cancelled, not emptied."))
    row.state = PAYMENT.next(row.state, PaymentAction.LEAVE_OUT)
    _changed(work, batch, {"left_out": row.id})
    return batch


def renew(work: UnitOfWork, batch_id: int) -> Batch:
    """Take the companies' present names and accounts; what the bank said of the former ones is void, and a release.

    Raises BatchHindered, and Conflict when the batch has left.
    """
    batch = _to_change(work, batch_id, BatchAction.CHANGE)
    rows = outdated(work, batch, hold=True)
    accounts = queries.stripe_accounts(work.session, {row.provider_id for row in rows})
    for row in rows:
        _take_details(row, row.provider, accounts.get(row.provider_id, ""))
    _changed(work, batch, {"renewed": [row.id for row in rows]})
    order = order_of(batch)
    if faults := hindrances_of(data_of_batch(batch), order):
        raise BatchHindered(faults, order)
    return batch


def reschedule(work: UnitOfWork, batch_id: int, pay_on: date) -> Batch:
    """Pay on another day. A release that stood is void. Raises Invalid, and Conflict when the batch has left."""
    batch = _to_change(work, batch_id, BatchAction.CHANGE)
    demand_day(work, pay_on)
    batch.pay_on = pay_on
    _changed(work, batch, {"pay_on": pay_on.isoformat()})
    return batch


def cancel(work: UnitOfWork, batch_id: int, reason: str) -> Batch:
    """Give a batch up before anything has left; its statements are payable again.

    Raises Invalid without a reason, and Conflict when the batch has left.
    """
    batch = _to_change(work, batch_id, BatchAction.CANCEL)
    words = _words(reason, _l("Say why the batch is cancelled."))
    before = batch.state
    batch.state = BATCH.next(before, BatchAction.CANCEL)
    for row in batch.payments:
        if row.state == PaymentState.WAITING:
            row.state = PAYMENT.next(row.state, PaymentAction.LEAVE_OUT)
    work.record(
        BatchAudit.CANCEL,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state, "reason": words},
    )
    return batch


def _to_change(work: UnitOfWork, batch_id: int, action: BatchAction) -> Batch:
    """The batch, locked, when the action is possible. Raises NotFound, and Conflict when it has left."""
    batch = queries.batch_for(work, batch_id, permission=Permission.MAKE_PAYMENTS, lock=True)
    if not BATCH.allows(batch.state, action):
        raise Conflict(_l("The batch has moved on: nothing can be changed in it any more."))
    return batch


def _changed(work: UnitOfWork, batch: Batch, what: dict[str, object]) -> None:
    before = batch.state
    batch.state = BATCH.next(before, BatchAction.CHANGE)
    batch.changed_by_id, batch.changed_at = work.person_id, work.now
    batch.digest, batch.released_by_id, batch.released_at, batch.reason = "", None, None, ""
    work.record(
        BatchAudit.CHANGE,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state, **what},
    )


# --- release ---------------------------------------------------------------------------------------------------------


def unconfirmed(batch: Batch) -> list[PaymentRow]:
    """The payments whose payee the bank has not confirmed for exactly this name and account.

    Only a file for the bank needs it: Stripe knows its own accounts, and the ledger system pays by its own register.
    """
    if batch.rail != RailKind.SEPA:
        return []
    return [
        row
        for row in batch.payments
        if row.state != PaymentState.LEFT_OUT and row.standing_verdict != PayeeVerdict.MATCH
    ]


def release(work: UnitOfWork, batch_id: int, digest: str, reason: str) -> Batch:
    """Release a batch as the second person. `digest` is that of the order which the actor has seen.

    Raises NotAllowed for who has prepared or changed it, Disqualified, Conflict when the batch is another one than was
    seen or a company has another account by now, Invalid without a reason where the bank did not confirm a payee, and
    BatchHindered.
    """
    batch = _to_change(work, batch_id, BatchAction.RELEASE)
    if not may_release(work.actor.user_id, prepared_by=batch.prepared_by_id, changed_by=batch.changed_by_id):
        raise NotAllowed(_l("Another person releases the batch: not the one who prepared it or changed it."))
    for row in batch.payments:
        demand_impartial(work.actor, row.provider_id)
    demand_day(work, batch.pay_on)
    order = order_of(batch)
    if digest_of(order) != digest:
        raise Conflict(
            _l("The batch has changed since you looked at it. Look at it again before you release it.")
        )
    demand_current(work, batch)
    if faults := hindrances_of(data_of_batch(batch), order):
        raise BatchHindered(faults, order)
    missing = _l("The bank has not confirmed every payee. Say why you release the payments all the same.")
    words = _words(reason, missing) if unconfirmed(batch) else ""
    before = batch.state
    batch.state = BATCH.next(before, BatchAction.RELEASE)
    batch.digest, batch.reason = digest, words
    batch.released_by_id, batch.released_at = work.person_id, work.now
    work.record(
        BatchAudit.RELEASE,
        batch,
        organisation=batch.organisation_key,
        before={"state": before},
        after={"state": batch.state, "sha256": digest} | ({"reason": words} if words else {}),
    )
    return batch


def demand_current(work: UnitOfWork, batch: Batch) -> None:
    """Let the companies keep their names and accounts until the transaction ends: who changes one waits.

    Raises Conflict when a company has another name or account by now than the batch.
    """
    if rows := outdated(work, batch, hold=True):
        names = ", ".join(row.payee_name for row in rows[:3])
        raise Conflict(
            _l(
                "The name or the account has changed since the batch was prepared: %(names)s. Take the present "
                "details into the batch; it has to be released again.",
                names=names,
            )
        )


def _words(text: str, missing: object) -> str:
    words = text.strip()
    if not words:
        raise Invalid(missing, field="reason")
    if len(words) > MOST_REASON:
        raise Invalid(_l("The text is too long: at most 2000 characters."), field="reason")
    return words
