"""A company says that a payment has not come, and who pays for the organisation answers.

It changes nothing about the payment: what is paid, the bank alone says. While the company waits for an answer
(`missed_at`), the payment stands among what waits for the payers.
"""

from __future__ import annotations

from marketplace.clients.rules import holds_identity_code
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.payments.batches import mails, provider_queries, queries
from marketplace.payments.batches.audit_actions import PaymentAudit
from marketplace.payments.batches.models import PaymentMessage, PaymentRow
from marketplace.payments.batches.rules import may_be_missed
from marketplace.payments.batches.service import MOST_REASON
from marketplace.permissions import Permission
from marketplace.providers.queries import my_provider
from marketplace.work import UnitOfWork


def miss(work: UnitOfWork, provider_id: int, payment_id: int, text: str) -> PaymentRow:
    """Say for a company that a payment has not come, or say more about it. The payers hear of it by mail.

    Raises NotFound for another's, Conflict when it cannot be missed, and Invalid without words.
    """
    my_provider(work, provider_id)
    found = provider_queries.payment(work.session, provider_id, payment_id)
    row = queries.payment_to_change(work.session, found)
    if not may_be_missed(row.state, row.batch.pay_on, work.today):
        raise Conflict(_l("This payment is not due yet, or it is known that it was not paid."))
    message = say(work, row, text)
    if row.missed_at is None:
        row.missed_at = work.now
        work.record(PaymentAudit.MISS, row, organisation=row.batch.organisation_key)
    mails.tell_missed(work, row, message)
    return row


def answer(work: UnitOfWork, payment_id: int, text: str) -> PaymentRow:
    """Answer for the organisation; the company hears of it by mail, and the payment waits for nobody any more.

    Raises NotFound, Disqualified, Conflict when nobody misses it, and Invalid without words.
    """
    found = queries.payment_for(work, payment_id, permission=Permission.MAKE_PAYMENTS)
    row = queries.payment_to_change(work.session, found)
    if row.missed_at is None:
        raise Conflict(_l("The company does not wait for an answer about this payment."))
    message = say(work, row, text)
    row.missed_at = None
    work.record(PaymentAudit.ANSWER, row, organisation=row.batch.organisation_key)
    mails.tell_answered(work, row, message)
    return row


def say(work: UnitOfWork, row: PaymentRow, text: str) -> PaymentMessage:
    """Keep words about a payment, which the company and the payers read. Raises Invalid without any."""
    words = text.strip()
    if not words:
        raise Invalid(_l("Write the message first."), field="text")
    if len(words) > MOST_REASON:
        raise Invalid(_l("The text is too long: at most 2000 characters."), field="text")
    if holds_identity_code(words):
        raise Invalid(_l("Never write a personal identity code here."), field="text")
    message = PaymentMessage(payment_id=row.id, author_id=work.person_id, text=words, at=work.now)
    work.session.add(message)
    work.session.flush()
    return message
