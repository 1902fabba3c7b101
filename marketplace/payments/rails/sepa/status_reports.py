"""What the bank says of a file of payments: pain.002, as .03 or .10.

The newer one also carries the answer of verification of payee: match, close match, no match, not checkable. A close
match may tell the name that the payee's bank knows; where it stands is not settled between banks, so both places that
are in use are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.money import Money
from marketplace.payments.rails.orders import Reason
from marketplace.payments.rails.sepa.reading import (
    BankFileFlaw,
    Node,
    UnreadableBankFile,
    cents_of,
    open_message,
)

MESSAGES = ("pain.002.",)


class PayeeVerdict(StrEnum):
    """The answer of verification of payee, by the codes of the message."""

    MATCH = "RCVC"
    CLOSE = "RVMC"
    NO_MATCH = "RVNM"
    NOT_CHECKABLE = "RVNA"


def verdict_of(code: str) -> PayeeVerdict | None:
    """The verdict that a status code stands for, or None when it says something else."""
    return next((verdict for verdict in PayeeVerdict if verdict == code), None)


@dataclass(frozen=True, slots=True)
class RowStatus:
    """What is said of one payment. `iban` and `name` are those that the bank had looked at, where it says so.

    `known_name`: the name that the payee's bank knows, told with a close match.
    """

    payment: str
    code: str
    reasons: tuple[Reason, ...] = ()
    receipt: str = ""
    amount: Money | None = None
    iban: str = ""
    name: str = ""
    known_name: str = ""

    @property
    def verdict(self) -> PayeeVerdict | None:
        """The answer of verification of payee, or None when it is about the payment itself."""
        return verdict_of(self.code)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the bank says of one file. `code` is that of the whole, `total` and `count` what the bank saw in it."""

    message: str
    key: str
    order: str
    code: str
    reasons: tuple[Reason, ...]
    rows: tuple[RowStatus, ...]
    count: int | None
    total: Money | None


def read_status_report(content: bytes) -> StatusReport:
    """The report in the file. Raises UnreadableBankFile, also when its counts contradict its rows."""
    message, root = open_message(content, MESSAGES)
    group = root.must("OrgnlGrpInfAndSts")
    blocks = [(block, tuple(map(_row, block.all("TxInfAndSts")))) for block in root.all("OrgnlPmtInfAndSts")]
    rows = tuple(row for _block, told in blocks for row in told)
    for part, told in ((group, rows), *blocks):
        _demand_counts(part, told)
    count, total = group.text("OrgnlNbOfTxs"), group.text("OrgnlCtrlSum")
    codes = [code for block, _rows in blocks if (code := block.text("PmtInfSts"))]
    return StatusReport(
        message=message,
        key=root.text("GrpHdr/MsgId"),
        order=group.text("OrgnlMsgId"),
        code=group.text("GrpSts") or (codes[0] if len(set(codes)) == 1 else ""),
        reasons=(*_reasons(group), *(reason for block, _rows in blocks for reason in _reasons(block))),
        rows=rows,
        count=int(count) if count else None,
        total=cents_of(total) if total else None,
    )


def _row(node: Node) -> RowStatus:
    payment = node.text("OrgnlEndToEndId", "OrgnlInstrId")
    reasons = tuple(_reasons(node))
    code = node.text("TxSts")
    name = node.text("OrgnlTxRef/Cdtr/Pty/Nm", "OrgnlTxRef/Cdtr/Nm")
    told = next((reason.text for reason in reasons if reason.text), "")
    return RowStatus(
        payment=payment,
        code=code,
        reasons=reasons,
        receipt=node.text("AcctSvcrRef"),
        amount=node.amount("OrgnlTxRef/Amt/InstdAmt"),
        iban=node.text("OrgnlTxRef/CdtrAcct/Id/IBAN"),
        name=name,
        known_name=(told or name) if code == PayeeVerdict.CLOSE else "",
    )


def _reasons(node: Node) -> Iterator[Reason]:
    for each in node.all("StsRsnInf"):
        text = " ".join(line.own_text for line in each.all("AddtlInf"))
        yield Reason(each.text("Rsn/Cd", "Rsn/Prtry"), text)


def _demand_counts(part: Node, rows: tuple[RowStatus, ...]) -> None:
    """Raise UnreadableBankFile when the bank names more rows with a status than it counts, or other sums."""
    for each in part.all("NbOfTxsPerSts"):
        code = each.text("DtldSts")
        told = [row for row in rows if row.code == code]
        if told and len(told) > int(each.text("DtldNbOfTxs")):
            raise UnreadableBankFile(BankFileFlaw.WRONG_COUNT, f"{code}: {len(told)}")
        total, amounts = each.text("DtldCtrlSum"), [row.amount for row in told if row.amount is not None]
        whole = len(told) == int(each.text("DtldNbOfTxs")) == len(amounts)
        if total and whole and cents_of(total).cents != sum(amount.cents for amount in amounts):
            raise UnreadableBankFile(BankFileFlaw.WRONG_SUM, f"{code}: {total}")
