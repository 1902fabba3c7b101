"""What a bank would send: status reports and account reports in every version, built by hand and valid by schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

from marketplace.money import Money
from marketplace.payments.rails.orders import Order, Payment
from marketplace.payments.rails.sepa.schemas import NAMESPACE


def tag(name: str, *content: str) -> str:
    """An element; nothing at all when every content is empty."""
    inner = "".join(content)
    return f"<{name}>{inner}</{name}>" if inner else ""


def amount(name: str, money: Money, currency: str = "EUR") -> str:
    return f'<{name} Ccy="{currency}">{money.euros}</{name}>'


def document(message: str, *content: str) -> bytes:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}{message}">{"".join(content)}</Document>'
    return text.encode()


def reason(code: str, text: str = "") -> str:
    return tag("StsRsnInf", tag("Rsn", tag("Cd", code)), tag("AddtlInf", escape(text)))


def status_report(
    order: Order,
    *,
    message: str = "pain.002.001.10",
    group: str = "",
    rows: Mapping[str, tuple[str, str, str]] | None = None,
    group_reason: str = "",
    count: int | None = None,
    total: Money | None = None,
    about: str = "",
    with_reference: bool = True,
) -> bytes:
    """pain.002 on an order; `rows` are payment → (status, reason, text)."""
    payments = {each.key: each for each in order.payments}
    count = len(order.payments) if count is None else count
    total = order.total if total is None else total
    told = "".join(
        tag(
            "TxInfAndSts",
            tag("OrgnlEndToEndId", key),
            tag("TxSts", status),
            reason(why, text) if why else "",
            _original(payments[key], message) if with_reference and key in payments else "",
        )
        for key, (status, why, text) in (rows or {}).items()
    )
    return document(
        message,
        tag(
            "CstmrPmtStsRpt",
            tag("GrpHdr", tag("MsgId", "BANK-1"), tag("CreDtTm", "2026-11-23T08:00:00")),
            tag(
                "OrgnlGrpInfAndSts",
                tag("OrgnlMsgId", about or order.key),
                tag("OrgnlMsgNmId", "pain.001.001.09"),
                tag("OrgnlNbOfTxs", str(count)),
                tag("OrgnlCtrlSum", str(total.euros)),
                tag("GrpSts", group),
                reason(group_reason) if group_reason else "",
            ),
            tag("OrgnlPmtInfAndSts", tag("OrgnlPmtInfId", order.key), told) if told else "",
        ),
    )


def _original(payment: Payment, message: str) -> str:
    name = tag("Nm", escape(payment.payee.name[:70]))
    return tag(
        "OrgnlTxRef",
        tag("Amt", amount("InstdAmt", payment.amount)),
        tag("Cdtr", tag("Pty", name) if message.endswith(".10") else name),
        tag("CdtrAcct", tag("Id", tag("IBAN", payment.payee.iban))),
    )


OPENING = Money(1_000_000_00)

Row = tuple[str, Money]
"""A payment's key and its amount: negative when it left the account."""


def account_report(
    rows: Sequence[Row],
    *,
    message: str = "camt.053.001.08",
    order: str = "",
    opening: Money = OPENING,
    closing: Money | None = None,
    booking: Money | None = None,
    booked: bool = True,
    returned: Mapping[str, str] | None = None,
    currency: str = "EUR",
    on: date = date(2026, 11, 24),
) -> bytes:
    """One account report with one booking of the rows together; `returned` are payment → reason."""
    sum_of_rows = Money(sum(money.cents for _key, money in rows))
    whole = booking if booking is not None else sum_of_rows
    closing = closing or opening + whole
    newer = message.endswith(".08")
    statement = message.startswith("camt.053")
    status = "BOOK" if booked else "PDNG"
    details = "".join(
        tag(
            "TxDtls",
            tag("Refs", tag("EndToEndId", key)),
            _row_amount(money, newer, currency),
            tag("RtrInf", tag("Rsn", tag("Cd", (returned or {})[key]))) if key in (returned or {}) else "",
        )
        for key, money in rows
    )
    entry = tag(
        "Ntry",
        tag("NtryRef", "1"),
        amount("Amt", _bare(whole), currency),
        tag("CdtDbtInd", _sign(whole)),
        tag("Sts", tag("Cd", status) if newer else status),
        tag("BookgDt", tag("Dt", on.isoformat())),
        tag("BkTxCd", tag("Prtry", tag("Cd", "702"))),
        tag("NtryDtls", tag("Btch", tag("MsgId", order)) if order else "", details),
    )
    balances = _balance("OPBD", opening, on) + _balance("CLBD", closing, on)
    return document(
        message,
        tag(
            "BkToCstmrStmt" if statement else "BkToCstmrDbtCdtNtfctn",
            tag("GrpHdr", tag("MsgId", "BANK-2"), tag("CreDtTm", "2026-11-24T20:00:00")),
            tag(
                "Stmt" if statement else "Ntfctn",
                tag("Id", "2026-228"),
                tag("CreDtTm", "2026-11-24T20:00:00"),
                tag("Acct", tag("Id", tag("IBAN", "FI2112345600000785"))),
                balances if statement else "",
                entry,
            ),
        ),
    )


def _row_amount(money: Money, newer: bool, currency: str) -> str:
    own = amount("Amt", _bare(money), currency)
    if newer:
        return own + tag("CdtDbtInd", _sign(money))
    return tag("AmtDtls", tag("TxAmt", own))


def _balance(code: str, money: Money, on: date) -> str:
    return tag(
        "Bal",
        tag("Tp", tag("CdOrPrtry", tag("Cd", code))),
        amount("Amt", _bare(money)),
        tag("CdtDbtInd", _sign(money)),
        tag("Dt", tag("Dt", on.isoformat())),
    )


def _bare(money: Money) -> Money:
    return Money(abs(money.cents))


def _sign(money: Money) -> str:
    return "DBIT" if money.cents < 0 else "CRDT"
