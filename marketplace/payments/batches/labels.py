"""What batches and payments are called on the screen. Neither sent nor transferred is paid, and the words say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from marketplace.i18n import _, _l, lazy_pgettext
from marketplace.payments.batches.rules import Anomaly, BatchState, PaymentState
from marketplace.payments.rails.orders import Faulty, Hindrance, PaymentOutcome, Reason
from marketplace.payments.rails.sepa.labels import reason_text
from marketplace.pilots.paying import RailKind

BATCH_STATES: Final = {
    BatchState.PREPARED: (_l("Prepared, not released"), "info"),
    BatchState.CHECKED: (_l("Payees checked, not released"), "info"),
    BatchState.RELEASED: (_l("Released, not sent"), "warning"),
    BatchState.WRITTEN: (_l("File made, not sent"), "warning"),
    BatchState.SENT: (_l("Sent, not paid yet"), "info"),
    BatchState.CONFIRMED: (_l("All paid"), "success"),
    BatchState.PARTLY_PAID: (_l("Partly paid"), "warning"),
    BatchState.REFUSED: (_l("Nothing paid"), "danger"),
    BatchState.CANCELLED: (_l("Cancelled, nothing sent"), "neutral"),
}
"""State → its words and its tone."""

PAYMENT_STATES: Final = {
    PaymentState.WAITING: (_l("In a batch, not sent"), "info"),
    PaymentState.SENT: (_l("Sent, not paid yet"), "info"),
    PaymentState.ACCEPTED: (_l("Taken by the bank, not paid yet"), "info"),
    PaymentState.TRANSFERRED: (_l("At Stripe, not at the bank yet"), "info"),
    PaymentState.PAID: (_l("Paid"), "success"),
    PaymentState.REJECTED: (_l("Rejected, not paid"), "danger"),
    PaymentState.RETURNED: (_l("Came back, not paid"), "danger"),
    PaymentState.LEFT_OUT: (_l("Left out of the batch"), "neutral"),
}
"""The same for a payment."""

OUTCOMES: Final = {
    PaymentOutcome.ACCEPTED: _l("Taken by the bank"),
    PaymentOutcome.TRANSFERRED: _l("Transferred to the account at Stripe"),
    PaymentOutcome.PAID: _l("Paid"),
    PaymentOutcome.REJECTED: lazy_pgettext("payment", "Rejected"),
    PaymentOutcome.RETURNED: _l("Came back"),
}

RAILS: Final = {
    RailKind.SEPA: _l("File for the bank"),
    RailKind.STRIPE: _l("Stripe"),
    RailKind.JOURNAL: _l("The organisation’s own ledger system"),
}

ANOMALIES: Final = {
    Anomaly.FIRST_PAYMENT: _l("First payment to this account"),
    Anomaly.ACCOUNT_CHANGED: _l("The account number changed within 30 days"),
    Anomaly.UNUSUAL_SUM: _l("The sum is far from the usual"),
    Anomaly.SAME_DAY: _l("Another payment to the same account on the same day"),
    Anomaly.RIGHT_UNPROVEN: _l("Nobody has shown a right to act for the company"),
}

HINDRANCES: Final = {
    Hindrance.NOTHING: _l("There is nothing to pay."),
    Hindrance.PAYER_ACCOUNT: _l("The organisation’s own name or account number is wrong in its data."),
    Hindrance.KEY: _l("The key that begins the names of batches has letters that banks do not take."),
    Hindrance.TWICE: _l("The payment stands in the batch twice."),
    Hindrance.AMOUNT: _l("No bank takes a payment of this amount."),
    Hindrance.NO_NAME: _l("The company’s name has no letters that a bank can write."),
    Hindrance.NO_ACCOUNT: _l("The company has given no account number."),
    Hindrance.BAD_ACCOUNT: _l("The company’s account number is wrong."),
    Hindrance.FOREIGN_ACCOUNT: _l("The company’s account is outside the euro payment area."),
    Hindrance.BAD_BIC: _l("The identifier (BIC) of the company’s bank is wrong."),
    Hindrance.BAD_REFERENCE: _l("The reference number is wrong."),
    Hindrance.NO_TEXT: _l("The payment has neither a reference nor a message."),
    Hindrance.BAD_ADDRESS: _l("The company’s address is not complete."),
    Hindrance.NO_STRIPE_ACCOUNT: _l("The company has no account at Stripe that payments can reach."),
    Hindrance.PRIVATE_PERSON: _l(
        "This is a private person, whom nobody can pay over Stripe. Put people near to clients into a batch of their "
        "own, which is paid by a file for the bank."
    ),
    Hindrance.BOOKINGS: _l("The parts for the ledger system do not add up to the payment."),
    Hindrance.UNMAPPED: _l("The organisation’s data gives no account for a service or a tax code."),
}
"""What hinders an order, in sentences for the payer."""


def hindrance_text(fault: Faulty, names: Mapping[str, str]) -> str:
    """What hinders, with the company where it is about one payment; `names` are the payees by key."""
    sentence = str(HINDRANCES[fault.fault])
    return sentence if fault.payment is None else f"{names.get(fault.payment, fault.payment)}: {sentence}"


def kept_reasons(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """The bank's reasons as they are kept with a payment."""
    return [{"code": each.code, "text": each.text} for each in reasons]


def reasons_text(rail: RailKind, kept: Iterable[Mapping[str, Any]]) -> str:
    """The reasons in sentences, in the reader's language: the meaning of the bank's code, Stripe's own words."""
    if rail != RailKind.SEPA:
        return " ".join(str(each["text"] or each["code"]) for each in kept)
    return " ".join(reason_text(Reason(each["code"], each["text"])) for each in kept) or _(
        "The bank gives no reason."
    )
