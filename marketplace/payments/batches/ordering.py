"""A batch as an order for its rail, made from what is kept, so that it is the same order whenever it is made.

The order for verification of payee is another one on purpose: other names, one cent each. A bank that executed it by
mistake would pay cents that belong to no statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from marketplace.money import Money
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import PaymentState, digest_of
from marketplace.payments.rails.orders import Booking, Order, Payee, Payer, Payment
from marketplace.payments.references import national_reference, rf_reference
from marketplace.pilots.paying import PaymentData

CENT: Final = Money(1)
FIRST_REFERENCE: Final = 1_000_000
"""References are counted from here: a Finnish one needs at least four digits."""


def reference_of(number: int, data: PaymentData) -> str:
    """The reference of the statement with this running number, of the kind that the organisation uses."""
    national = national_reference(FIRST_REFERENCE + number)
    return rf_reference(national) if data.reference == "rf" else national


def kept_payer(payer: Payer) -> dict[str, Any]:
    """The payer as it is kept with a batch."""
    return asdict(payer)


def kept_bookings(bookings: Iterable[Booking]) -> list[dict[str, Any]]:
    """Bookings as they are kept with a payment: amounts in cents."""
    return [asdict(each) | {"net": each.net.cents, "tax": each.tax.cents} for each in bookings]


def _booking(kept: Mapping[str, Any]) -> Booking:
    return Booking(**{**kept, "net": Money(kept["net"]), "tax": Money(kept["tax"])})


def payment_of(row: PaymentRow) -> Payment:
    """A payment as its rail is given it."""
    return Payment(
        key=row.key,
        payee=Payee(row.payee_name, row.iban, row.bic, row.business_id, stripe_account=row.stripe_account),
        amount=row.amount,
        reference=row.reference,
        message=row.message,
        bookings=tuple(map(_booking, row.bookings)),
    )


def order_of(batch: Batch) -> Order:
    """The order that a batch is: everything that has not been left out."""
    return Order(
        key=batch.key,
        made_at=batch.changed_at,
        pay_on=batch.pay_on,
        payer=Payer(**batch.payer),
        payments=tuple(payment_of(row) for row in batch.payments if row.state != PaymentState.LEFT_OUT),
    )


def check_order_of(batch: Batch) -> Order:
    """The order by which the bank is asked about names and accounts: `…-V<digest>`, one cent each."""
    order = order_of(batch)
    return replace(
        order,
        key=f"{order.key}-V{digest_of(order)[:8]}",
        payments=tuple(
            replace(each, key=check_key(each.key), amount=CENT, bookings=()) for each in order.payments
        ),
    )


def check_key(key: str) -> str:
    """The name of a payment in the order for verification of payee."""
    return f"{key}-V"
