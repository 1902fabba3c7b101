"""Mail to companies about their payments: on its way, not paid after all, or not come and asked about."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.i18n import in_language
from marketplace.outbox import OutboxMessage
from marketplace.payments.batches import queries
from marketplace.payments.batches.labels import PAYMENT_STATES, reasons_text
from marketplace.payments.batches.models import Batch, PaymentMessage, PaymentRow
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.references import printed
from marketplace.pilots.vocabulary import ORGANISATIONS
from marketplace.providers.company.queries import admins_of
from marketplace.work import UnitOfWork


def tell_sent(work: UnitOfWork, batch: Batch) -> None:
    """Tell every company of a batch that money is on its way."""
    sent = [row for row in batch.payments if row.state == PaymentState.SENT]
    queries.attach_statements(work.session, sent)
    admins = queries.admins(work.session, {row.provider_id for row in sent})
    for row in sent:
        for admin in admins.get(row.provider_id, ()):
            payment_sent(work, admin, row)


def tell_failed(work: UnitOfWork, row: PaymentRow) -> None:
    """Tell the company that a payment was rejected or has come back, and why."""
    for admin in admins_of(work.session, row.provider_id):
        payment_failed(work, admin, row)


def payment_sent(work: UnitOfWork, admin: User, row: PaymentRow) -> OutboxMessage:
    """The remittance advice: what is on its way, for which statement, with which reference. It is not paid yet."""
    link = outbox.address(
        "providers.payments.advice", admin.language, provider_id=row.provider_id, payment_id=row.id
    )
    return outbox.send(
        work,
        admin,
        "payment_sent",
        organisation_key=row.batch.organisation_key,
        payment=row,
        batch=row.batch,
        payer=_payer(row, admin.language),
        statement=row.statement,
        reference=printed(row.reference),
        link=link,
    )


def payment_failed(work: UnitOfWork, admin: User, row: PaymentRow) -> OutboxMessage:
    """The payment did not arrive: why, and that it will be tried again."""
    link = outbox.address(
        "providers.payments.advice", admin.language, provider_id=row.provider_id, payment_id=row.id
    )
    with in_language(admin.language):
        reason = reasons_text(row.batch.rail, row.reasons)
    return outbox.send(
        work,
        admin,
        "payment_failed",
        organisation_key=row.batch.organisation_key,
        payment=row,
        statement=row.statement,
        reason=reason,
        link=link,
    )


def tell_missed(work: UnitOfWork, row: PaymentRow, message: PaymentMessage) -> None:
    """Tell everybody who pays for the organisation that a company waits for a payment."""
    for payer in queries.payers_of(work.session, row.batch.organisation_key):
        payment_missed(work, payer, row, message)


def tell_answered(work: UnitOfWork, row: PaymentRow, message: PaymentMessage) -> None:
    """Tell the company what the payer has answered."""
    for admin in admins_of(work.session, row.provider_id):
        payment_missed_answered(work, admin, row, message)


def payment_missed(work: UnitOfWork, payer: User, row: PaymentRow, message: PaymentMessage) -> OutboxMessage:
    """A company says that a payment has not come: which, how it stands, and where to answer."""
    link = outbox.address("payments.payment", payer.language, payment_id=row.id)
    with in_language(payer.language):
        state = str(PAYMENT_STATES[row.state][0])
    return outbox.send(
        work,
        payer,
        "payment_missed",
        organisation_key=row.batch.organisation_key,
        payment=row,
        batch=row.batch,
        statement=row.statement,
        state=state,
        message=message,
        link=link,
    )


def payment_missed_answered(
    work: UnitOfWork, admin: User, row: PaymentRow, message: PaymentMessage
) -> OutboxMessage:
    """What the payer answers about a payment that has not come."""
    link = outbox.address(
        "providers.payments.advice", admin.language, provider_id=row.provider_id, payment_id=row.id
    )
    return outbox.send(
        work,
        admin,
        "payment_missed_answered",
        organisation_key=row.batch.organisation_key,
        payment=row,
        payer=_payer(row, admin.language),
        statement=row.statement,
        message=message,
        link=link,
    )


def _payer(row: PaymentRow, language: str) -> str:
    """Who pays, in the reader's language: the name of its account at the bank is in one language alone."""
    return ORGANISATIONS[row.batch.organisation_key].name[language]
