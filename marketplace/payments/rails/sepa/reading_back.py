"""The file for the bank read back: does it say what the order says, payment by payment and to the cent?

It is read by other means than it was written, so that a fault of the writer is not repeated here.
"""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from marketplace.payments.rails.orders import Order
from marketplace.payments.rails.sepa.characters import bank_text

_PAYMENT = """//*[local-name()='CdtTrfTxInf']"""
_TEXT = "string(.//*[local-name()='{}'])"

Told = tuple[Decimal, str, str, str]
"""Euros, account, name and reference (or message) of a payment."""


def differences(order: Order, content: bytes, *, longest_name: int, longest_message: int) -> tuple[str, ...]:
    """See `rails.orders.FileRail.differences`."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    written = [(_told(each, "EndToEndId"), _payment(each)) for each in root.xpath(_PAYMENT)]
    wanted: dict[str, Told] = {
        each.key: (
            each.amount.euros,
            each.payee.iban,
            bank_text(each.payee.name, longest_name).text,
            each.reference or bank_text(each.message, longest_message).text,
        )
        for each in order.payments
    }
    found = dict(written)
    differing = [key for key in {*wanted, *found} if wanted.get(key) != found.get(key)]
    whole = (Decimal(_told(root, "CtrlSum") or 0), int(_told(root, "NbOfTxs") or 0), len(written))
    if whole != (order.total.euros, len(order.payments), len(order.payments)):
        differing.append(order.key)
    return tuple(sorted(differing))


def _payment(element: etree._Element) -> Told:
    [payee] = element.xpath("./*[local-name()='Cdtr']")
    [account] = element.xpath("./*[local-name()='CdtrAcct']")
    told = _told(element, "CdtrRefInf") and element.xpath(
        "string(.//*[local-name()='CdtrRefInf']/*[local-name()='Ref'])"
    )
    return (
        Decimal(_told(element, "InstdAmt")),
        _told(account, "IBAN"),
        _told(payee, "Nm"),
        str(told or _told(element, "Ustrd")),
    )


def _told(element: etree._Element, name: str) -> str:
    return str(element.xpath(_TEXT.format(name)))
