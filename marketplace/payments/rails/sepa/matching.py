"""What a bank's answer means for an order: which payments are accepted, paid, rejected or returned.

An answer that does not fit the order is refused as a whole: one about another file, with another number of payments or
another sum, about a payment that is not in it, or with another amount or account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.payments.rails.orders import Order, Payment, PaymentAnswer, PaymentOutcome
from marketplace.payments.rails.sepa.account_reports import AccountReport, Movement
from marketplace.payments.rails.sepa.reading import BankFileFlaw, UnreadableBankFile
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict, RowStatus, StatusReport, verdict_of

_ACCEPTED: Final = frozenset({"ACCP", "ACTC", "ACSP", "ACWC", "PDNG", "RCVD", "ACCO"})
_PAID: Final = frozenset({"ACSC", "ACCC"})
_REJECTED: Final = frozenset({"RJCT", "CANC"})


def outcome_of(code: str) -> PaymentOutcome | None:
    """What a status code says of a payment; None for one that says nothing about money (a verdict on a name, part)."""
    if code in _REJECTED:
        return PaymentOutcome.REJECTED
    if code in _PAID:
        return PaymentOutcome.PAID
    return PaymentOutcome.ACCEPTED if code in _ACCEPTED else None


def answers_in(report: StatusReport, order: Order) -> tuple[PaymentAnswer, ...]:
    """What the report says of the payments of the order, in the order's own order.

    A status of the whole file holds for every payment that has none of its own. Raises UnreadableBankFile.
    """
    rows = _rows_by_payment(report, order)
    whole = outcome_of(report.code)
    found = []
    for payment in order.payments:
        row = rows.get(payment.key)
        own = outcome_of(row.code) if row is not None else None
        outcome = own or whole
        if outcome is None:
            continue
        reasons = row.reasons if row is not None and own is not None else report.reasons
        kept = reasons if outcome == PaymentOutcome.REJECTED else ()
        found.append(
            PaymentAnswer(
                payment.key, outcome, None, payment.amount, kept, row.receipt if row is not None else ""
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """What verification of payee said of exactly this name with exactly this account; it holds for no other pair."""

    payment: str
    verdict: PayeeVerdict
    name: str
    iban: str
    known_name: str = ""


def payee_checks(report: StatusReport, order: Order) -> tuple[PayeeCheck, ...]:
    """The verdicts on the payees of the order, bound to the names and accounts asked about. A payment about which the
    bank says nothing of its own has the verdict of the whole file. Raises UnreadableBankFile.
    """
    rows = _rows_by_payment(report, order)
    whole = verdict_of(report.code)
    found = []
    for payment in order.payments:
        row = rows.get(payment.key)
        verdict = (row.verdict if row is not None else None) or whole
        if verdict is not None:
            known = row.known_name if row is not None else ""
            found.append(PayeeCheck(payment.key, verdict, payment.payee.name, payment.payee.iban, known))
    return tuple(found)


def _rows_by_payment(report: StatusReport, order: Order) -> Mapping[str, RowStatus]:
    if report.order != order.key:
        raise UnreadableBankFile(BankFileFlaw.UNKNOWN_BATCH, report.order)
    if report.count is not None and report.count != len(order.payments):
        raise UnreadableBankFile(BankFileFlaw.WRONG_COUNT, f"{report.count} ≠ {len(order.payments)}")
    if report.total is not None and report.total != order.total:
        raise UnreadableBankFile(BankFileFlaw.WRONG_SUM, f"{report.total} ≠ {order.total}")
    payments = {payment.key: payment for payment in order.payments}
    rows: dict[str, RowStatus] = {}
    for row in report.rows:
        payment = payments.get(row.payment)
        if payment is None:
            raise UnreadableBankFile(BankFileFlaw.UNKNOWN_PAYMENT, row.payment)
        if row.amount is not None and row.amount != payment.amount:
            raise UnreadableBankFile(BankFileFlaw.OTHER_AMOUNT, row.payment)
        if row.iban and row.iban != payment.payee.iban:
            raise UnreadableBankFile(BankFileFlaw.OTHER_ACCOUNT, row.payment)
        if row.payment in rows and rows[row.payment].code != row.code:
            raise UnreadableBankFile(BankFileFlaw.CONTRADICTION, row.payment)
        rows[row.payment] = row
    return rows


def movements_of(report: AccountReport, order: Order) -> tuple[PaymentAnswer, ...]:
    """What the account report says of the payments of the order: paid, or returned with the reason.

    Bookings of other orders are left alone; one that is booked for the order as a whole counts for all its payments
    when the sum is the order's. Raises UnreadableBankFile when an amount is not that of the payment.
    """
    payments = {payment.key: payment for payment in order.payments}
    found: list[PaymentAnswer] = []
    for booking in report.bookings:
        if not booking.booked:
            continue
        if not booking.movements and booking.order == order.key:
            if -booking.amount.cents != order.total.cents:
                detail = f"{booking.amount} ≠ {order.total}"
                raise UnreadableBankFile(BankFileFlaw.WRONG_SUM, detail)
            found.extend(
                PaymentAnswer(each.key, PaymentOutcome.PAID, booking.on, each.amount, (), booking.receipt)
                for each in order.payments
            )
        for movement in booking.movements:
            payment = payments.get(movement.payment)
            if payment is not None:
                found.append(_answer(movement, payment, booking.on, booking.receipt))
    return tuple(found)


def _answer(movement: Movement, payment: Payment, on: date | None, receipt: str) -> PaymentAnswer:
    cents = movement.amount.cents if movement.amount is not None else -payment.amount.cents
    if abs(cents) != payment.amount.cents:
        raise UnreadableBankFile(BankFileFlaw.OTHER_AMOUNT, payment.key)
    came_back = cents > 0 or movement.returned is not None
    reasons = (movement.returned,) if movement.returned is not None else ()
    outcome = PaymentOutcome.RETURNED if came_back else PaymentOutcome.PAID
    return PaymentAnswer(payment.key, outcome, on, payment.amount, reasons, movement.receipt or receipt)
