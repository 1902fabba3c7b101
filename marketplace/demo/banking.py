"""What an invented bank answers: payees checked, a file taken or rejected, an account from which money has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from marketplace.money import Money
from marketplace.payments.rails.orders import Order
from marketplace.payments.rails.sepa.schemas import NAMESPACE

OPENING: Final = Money(2_000_000_00)
"""What is on the account before."""


def status_report(order: Order, rows: Mapping[str, tuple[str, str]], *, number: int) -> bytes:
    """A pain.002.001.10 on an order: payment → its status and the code of the reason, or nothing."""
    told = "".join(
        _tag(
            "TxInfAndSts",
            _tag("OrgnlEndToEndId", escape(key)),
            _tag("TxSts", status),
            _tag("StsRsnInf", _tag("Rsn", _tag("Cd", reason))) if reason else "",
        )
        for key, (status, reason) in rows.items()
    )
    return _document(
        "pain.002.001.10",
        "CstmrPmtStsRpt",
        _tag("GrpHdr", _tag("MsgId", f"DEMO-{number}"), _tag("CreDtTm", f"{order.pay_on}T08:00:00")),
        _tag(
            "OrgnlGrpInfAndSts",
            _tag("OrgnlMsgId", order.key),
            _tag("OrgnlMsgNmId", "pain.001.001.09"),
            _tag("OrgnlNbOfTxs", str(len(order.payments))),
            _tag("OrgnlCtrlSum", str(order.total)),
        ),
        _tag("OrgnlPmtInfAndSts", _tag("OrgnlPmtInfId", order.key), told),
    )


def account_statement(
    iban: str, rows: Sequence[tuple[str, Money]], *, on: date, returned: str = "", number: int
) -> bytes:
    """A camt.053.001.08: payment → what left the account that day, or with the code `returned` what came back."""
    total = Money(sum(amount.cents for _key, amount in rows))
    sign = "CRDT" if returned else "DBIT"
    back = _tag("RtrInf", _tag("Rsn", _tag("Cd", returned))) if returned else ""
    details = "".join(
        _tag(
            "TxDtls",
            _tag("Refs", _tag("EndToEndId", escape(key))),
            _amount(amount),
            _tag("CdtDbtInd", sign),
            back,
        )
        for key, amount in rows
    )
    closing = OPENING + total if returned else OPENING - total
    return _document(
        "camt.053.001.08",
        "BkToCstmrStmt",
        _tag("GrpHdr", _tag("MsgId", f"DEMO-{number}"), _tag("CreDtTm", f"{on}T20:00:00")),
        _tag(
            "Stmt",
            _tag("Id", f"{on.year}-{number}"),
            _tag("CreDtTm", f"{on}T20:00:00"),
            _tag("Acct", _tag("Id", _tag("IBAN", iban))),
            _balance("OPBD", OPENING, on),
            _balance("CLBD", closing, on),
            _tag(
                "Ntry",
                _amount(total),
                _tag("CdtDbtInd", sign),
                _tag("Sts", _tag("Cd", "BOOK")),
                _tag("BookgDt", _tag("Dt", on.isoformat())),
                _tag("BkTxCd", _tag("Prtry", _tag("Cd", "702"))),
                _tag("NtryDtls", details),
            ),
        ),
    )


def _balance(kind: str, amount: Money, on: date) -> str:
    return _tag(
        "Bal",
        _tag("Tp", _tag("CdOrPrtry", _tag("Cd", kind))),
        _amount(amount),
        _tag("CdtDbtInd", "CRDT"),
        _tag("Dt", _tag("Dt", on.isoformat())),
    )


def _amount(amount: Money) -> str:
    return f'<Amt Ccy="EUR">{amount}</Amt>'


def _tag(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def _document(message: str, name: str, *content: str) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}{message}">'
    return f"{head}{_tag(name, *content)}</Document>".encode()
