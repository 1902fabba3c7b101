"""What has moved on the payer's account: statements (camt.053) and notifications (camt.054), as .02 or .08.

The sums of a statement are checked: what the rows of a booking add up to, and that the balance before and the bookings
give the balance after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.money import Money
from marketplace.payments.rails.orders import Reason
from marketplace.payments.rails.sepa.reading import BankFileFlaw, Node, UnreadableBankFile, open_message

MESSAGES = ("camt.053.", "camt.054.")

_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)
_NOT_PROVIDED = ("", "NOTPROVIDED")


@dataclass(frozen=True, slots=True)
class Movement:
    """One payment inside a booking; `amount` is negative when it left the account, None when the bank does not say.

    `returned`: why it came back, None when it did not.
    """

    payment: str
    amount: Money | None
    order: str = ""
    reference: str = ""
    receipt: str = ""
    returned: Reason | None = None


@dataclass(frozen=True, slots=True)
class ReportedBooking:
    """A line of the account; `amount` is negative when money left. `order` names the file it belongs to."""

    amount: Money
    booked: bool
    on: date | None
    order: str
    receipt: str
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class AccountReport:
    """A statement or a notification of one account; balances are those of a statement."""

    message: str
    key: str
    iban: str
    bookings: tuple[ReportedBooking, ...]
    opening: Money | None = None
    closing: Money | None = None


def read_account_reports(content: bytes) -> tuple[AccountReport, ...]:
    """Every statement or notification in the file. Raises UnreadableBankFile, also when a sum does not add up."""
    message, root = open_message(content, MESSAGES)
    reports = tuple(_report(message, each) for kind in ("Stmt", "Ntfctn") for each in root.all(kind))
    for report in reports:
        _demand_balance(report)
    return reports


def _report(message: str, node: Node) -> AccountReport:
    return AccountReport(
        message=message,
        key=node.text("Id"),
        iban=node.text("Acct/Id/IBAN"),
        bookings=tuple(_booking(each) for each in node.all("Ntry")),
        opening=_balance(node, _OPENING),
        closing=_balance(node, _CLOSING),
    )


def _balance(node: Node, codes: tuple[str, ...]) -> Money | None:
    for each in node.all("Bal"):
        if each.text("Tp/CdOrPrtry/Cd") in codes:
            return _signed(each)
    return None


def _signed(node: Node) -> Money:
    amount = node.must("Amt").own_amount
    return amount if node.text("CdtDbtInd") == "CRDT" else Money(-amount.cents)


def _booking(node: Node) -> ReportedBooking:
    amount = _signed(node)
    details = tuple(_movement(each, amount) for part in node.all("NtryDtls") for each in part.all("TxDtls"))
    amounts = [each.amount.cents for each in details if each.amount is not None]
    if details and len(amounts) == len(details) and sum(amounts) != amount.cents:
        raise UnreadableBankFile(BankFileFlaw.WRONG_SUM, f"{amount} ≠ {Money(sum(amounts))}")
    alone = len(details) == 1 and details[0].amount is None
    if alone:
        only = details[0]
        details = (Movement(only.payment, amount, only.order, only.reference, only.receipt, only.returned),)
    return ReportedBooking(
        amount=amount,
        booked=node.text("Sts/Cd", "Sts") == "BOOK",
        on=node.day("BookgDt") or node.day("ValDt"),
        order=_given(node.text("NtryDtls/Btch/MsgId", "NtryDtls/Btch/PmtInfId")),
        receipt=node.text("AcctSvcrRef", "NtryRef"),
        movements=details,
    )


def _movement(node: Node, booking: Money) -> Movement:
    amount = node.amount("Amt") or node.amount("AmtDtls/TxAmt/Amt") or node.amount("AmtDtls/InstdAmt/Amt")
    leaves = (node.text("CdtDbtInd") or ("DBIT" if booking.cents < 0 else "CRDT")) == "DBIT"
    code = node.text("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
    told = node.one("RtrInf")
    return Movement(
        payment=_given(node.text("Refs/EndToEndId")) or _given(node.text("Refs/InstrId")),
        amount=None if amount is None else Money(-amount.cents if leaves else amount.cents),
        order=_given(node.text("Refs/MsgId")) or _given(node.text("Refs/PmtInfId")),
        reference=node.text("RmtInf/Strd/CdtrRefInf/Ref"),
        receipt=node.text("Refs/AcctSvcrRef"),
        returned=None if told is None else Reason(code, " ".join(x.own_text for x in told.all("AddtlInf"))),
    )


def _given(text: str) -> str:
    return "" if text in _NOT_PROVIDED else text


def _demand_balance(report: AccountReport) -> None:
    if report.opening is None or report.closing is None:
        return
    moved = sum(each.amount.cents for each in report.bookings if each.booked)
    if report.opening.cents + moved != report.closing.cents:
        expected = Money(report.opening.cents + moved)
        raise UnreadableBankFile(BankFileFlaw.WRONG_BALANCE, f"{report.key}: {expected} ≠ {report.closing}")
