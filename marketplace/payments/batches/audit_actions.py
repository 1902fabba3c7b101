"""What the audit trail calls what is done to batches and payments: names that never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class BatchAudit(AuditAction):
    """What is done to a batch: one event for all its payments."""

    ANSWER = "payment_batch.answer", _l("Payments moved on by an answer")
    CANCEL = "payment_batch.cancel", _l("Batch of payments cancelled")
    CHANGE = "payment_batch.change", _l("Batch of payments changed")
    CHECK = "payment_batch.check", _l("Payees of a batch checked by the bank")
    PREPARE = "payment_batch.prepare", _l("Batch of payments prepared")
    RELEASE = "payment_batch.release", _l("Batch of payments released")
    SEND = "payment_batch.send", _l("Batch of payments sent")
    WRITE = "payment_batch.write", _l("File of a batch made")


class PaymentAudit(AuditAction):
    """What is said about one payment."""

    ANSWER = "payment.answer", _l("Answer about a payment that has not come")
    MISS = "payment.miss", _l("Payment has not come, says the company")
    TAKE_BACK = "payment.take_back", _l("Stripe asked to take a payment back")


class StripeBalanceAudit(AuditAction):
    """What is done to the balance at Stripe from which an organisation pays."""

    FILL = "stripe_balance.fill", _l("Stripe asked to fill the balance")


class BankAnswerAudit(AuditAction):
    """What is done with files of the bank."""

    READ = "bank_answer.read", _l("Answer of the bank read")
