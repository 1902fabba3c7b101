"""What the fields of batches and answers are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, by_names, cents, choice, day, mark, numbered
from marketplace.i18n import _, _l
from marketplace.payments.batches.labels import BATCH_STATES, PAYMENT_STATES


def _numbers(value: Any, _about: About) -> str:
    return ", ".join(_("number %(number)s", number=each) for each in value)


_STATES: Final = {state.value: words for state, (words, _tone) in PAYMENT_STATES.items()}

FIELDS: Final[dict[str, Field]] = {
    "bank_answer.changed": Field(_l("Payments moved on")),
    "bank_answer.message": Field(_l("Kind of message")),
    "payment.amount": Field(_l("Sum"), cents),
    "payment_batch.left_out": Field(_l("Payment left out"), numbered),
    "payment_batch.pay_on": Field(_l("Day of payment"), day),
    "payment_batch.payment_states": Field(_l("Payments by state"), part=by_names(_STATES)),
    "payment_batch.payments": Field(_l("Payments")),
    "payment_batch.renewed": Field(_l("Payments with new details"), _numbers),
    "payment_batch.sha256": Field(_l("Checksum of the order or its file"), mark),
    "payment_batch.state": Field(_l("State"), choice(BATCH_STATES)),
    "payment_batch.total": Field(_l("Sum"), cents),
    "stripe_balance.amount": Field(_l("Sum"), cents),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
