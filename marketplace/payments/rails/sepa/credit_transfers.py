"""Orders written for the bank: pain.001.001.09, or .03 for banks that have not moved yet (the organisation's data).

Every file is checked against the official schema before anybody gets it. The payee's address is left out unless it is
asked for, and then it is structured: since 15.11.2026 banks refuse any other, and the payee's is not mandatory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Any, Final

from lxml import etree
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from marketplace.money import Money
from marketplace.payments.rails.orders import (
    Address,
    Faulty,
    Hindrance,
    Impossible,
    Order,
    Payee,
    Payer,
    Payment,
    PaymentFile,
)
from marketplace.payments.rails.sepa.characters import IDENTIFIER, bank_text
from marketplace.payments.rails.sepa.reading_back import differences
from marketplace.payments.rails.sepa.schemas import NAMESPACE, schema_of
from marketplace.payments.references import ReferenceKind, kind_of
from marketplace.pilots.paying import RailKind

LONGEST_NAME: Final = 70
LONGEST_MESSAGE: Final = 140
MOST: Final = Money(999_999_999_99)
"""The most that one credit transfer may carry (EPC132-08, AT-04)."""

_CITY_AND_COUNTRY: Final = 35
_MEDIA_TYPE: Final = "application/xml"


class MessageVersion(StrEnum):
    """The messages that can be written; which one, the payer's bank says."""

    V09 = "pain.001.001.09"
    V03 = "pain.001.001.03"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text that the bank gets in other letters than it was written in."""

    payment: str | None
    written: str
    sent: str


@dataclass(frozen=True, slots=True)
class SepaRail:
    """Payment by a file for the bank. `addresses`: whether payees' addresses are sent along."""

    version: MessageVersion = MessageVersion.V09
    addresses: bool = False
    kind: RailKind = RailKind.SEPA

    def faults(self, order: Order) -> tuple[Faulty, ...]:
        """Everything that hinders the order; nothing when it can be paid."""
        return tuple(_faults(order, addresses=self.addresses))

    def rewritten(self, order: Order) -> tuple[Rewritten, ...]:
        """The names and messages that the bank gets in other letters, for the payer to see before the release."""
        texts: list[tuple[str | None, str, int]] = [(None, order.payer.name, LONGEST_NAME)]
        for payment in order.payments:
            texts.append((payment.key, payment.payee.name, LONGEST_NAME))
            if not payment.reference:
                texts.append((payment.key, payment.message, LONGEST_MESSAGE))
        told = ((key, written, bank_text(written, longest)) for key, written, longest in texts)
        return tuple(Rewritten(key, written, sent.text) for key, written, sent in told if sent.changed)

    def file(self, order: Order) -> PaymentFile:
        """The order as a file that keeps to the schema of its version. Raises Impossible."""
        if found := self.faults(order):
            raise Impossible(found)
        document = _Writer(self.version, addresses=self.addresses).document(order)
        schema_of(self.version).assertValid(document)
        content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8")
        return PaymentFile(f"{order.key}.xml", _MEDIA_TYPE, content)

    def differences(self, order: Order, content: bytes) -> tuple[str, ...]:
        """What the file, read back, says otherwise than the order."""
        return differences(order, content, longest_name=LONGEST_NAME, longest_message=LONGEST_MESSAGE)


# --- what hinders ----------------------------------------------------------------------------------------------------


def _faults(order: Order, *, addresses: bool) -> Iterator[Faulty]:
    if not order.payments:
        yield Faulty(Hindrance.NOTHING)
    if not IDENTIFIER.fullmatch(order.key):
        yield Faulty(Hindrance.KEY)
    if _account_fault(order.payer.iban) or not bank_text(order.payer.name, LONGEST_NAME).text:
        yield Faulty(Hindrance.PAYER_ACCOUNT)
    times = Counter(payment.key for payment in order.payments)
    for payment in order.payments:
        if times[payment.key] > 1:
            yield Faulty(Hindrance.TWICE, payment.key)
        for fault in _payment_faults(payment, addresses=addresses):
            yield Faulty(fault, payment.key)


def _payment_faults(payment: Payment, *, addresses: bool) -> Iterator[Hindrance]:
    if not IDENTIFIER.fullmatch(payment.key):
        yield Hindrance.KEY
    if not Money(0) < payment.amount <= MOST:
        yield Hindrance.AMOUNT
    if not any(letter.isalnum() for letter in bank_text(payment.payee.name, LONGEST_NAME).text):
        yield Hindrance.NO_NAME
    if fault := _account_fault(payment.payee.iban):
        yield fault
    if not _bic_is_right(payment.payee.bic):
        yield Hindrance.BAD_BIC
    if payment.reference:
        if kind_of(payment.reference) is None:
            yield Hindrance.BAD_REFERENCE
    elif not bank_text(payment.message, LONGEST_MESSAGE).text:
        yield Hindrance.NO_TEXT
    address = payment.payee.address
    if addresses and address is not None and not (address.city and len(address.country) == 2):
        yield Hindrance.BAD_ADDRESS


def _account_fault(iban: str) -> Hindrance | None:
    if not iban:
        return Hindrance.NO_ACCOUNT
    try:
        account = IBAN(iban)
    except SchwiftyException:
        return Hindrance.BAD_ACCOUNT
    return None if account.in_sepa_zone else Hindrance.FOREIGN_ACCOUNT


def _bic_is_right(bic: str) -> bool:
    """Whether it is a BIC; none at all is right, for inside the area the account number is enough."""
    try:
        return not bic or bool(BIC(bic))
    except SchwiftyException:
        return False


# --- the file --------------------------------------------------------------------------------------------------------


def _amount(amount: Money) -> str:
    return f"{amount.euros:.2f}"


class _Writer:
    """Builds the document of one version. Order and names of the elements are those of the schema."""

    def __init__(self, version: MessageVersion, *, addresses: bool) -> None:
        self._namespace = f"{NAMESPACE}{version}"
        self._newer = version == MessageVersion.V09
        self._addresses = addresses

    def document(self, order: Order) -> Any:
        root = etree.Element(f"{{{self._namespace}}}Document", nsmap={None: self._namespace})
        initiation = self._add(root, "CstmrCdtTrfInitn")
        count, total = str(len(order.payments)), _amount(order.total)
        header = self._add(initiation, "GrpHdr")
        self._add(header, "MsgId", order.key)
        self._add(header, "CreDtTm", f"{order.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z")
        self._add(header, "NbOfTxs", count)
        self._add(header, "CtrlSum", total)
        self._party(self._add(header, "InitgPty"), order.payer)
        block = self._add(initiation, "PmtInf")
        self._add(block, "PmtInfId", order.key)
        self._add(block, "PmtMtd", "TRF")
        self._add(block, "BtchBookg", "false")
        self._add(block, "NbOfTxs", count)
        self._add(block, "CtrlSum", total)
        self._add(self._add(self._add(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
        day = self._add(block, "ReqdExctnDt")
        if self._newer:
            self._add(day, "Dt", order.pay_on.isoformat())
        else:
            day.text = order.pay_on.isoformat()
        self._party(self._add(block, "Dbtr"), order.payer)
        self._account(self._add(block, "DbtrAcct"), order.payer.iban, "EUR")
        self._bank(self._add(block, "DbtrAgt"), order.payer.bic or _bic_of(order.payer.iban))
        self._add(block, "ChrgBr", "SLEV")
        for payment in order.payments:
            self._payment(self._add(block, "CdtTrfTxInf"), payment)
        return root

    def _payment(self, row: Any, payment: Payment) -> None:
        ids = self._add(row, "PmtId")
        self._add(ids, "InstrId", payment.key)
        self._add(ids, "EndToEndId", payment.key)
        amount = self._add(self._add(row, "Amt"), "InstdAmt", _amount(payment.amount))
        amount.set("Ccy", "EUR")
        bic = payment.payee.bic or _bic_of(payment.payee.iban)
        if bic:
            self._bank(self._add(row, "CdtrAgt"), bic)
        self._payee(self._add(row, "Cdtr"), payment.payee)
        self._account(self._add(row, "CdtrAcct"), payment.payee.iban)
        self._remittance(self._add(row, "RmtInf"), payment)

    def _party(self, parent: Any, payer: Payer) -> None:
        self._add(parent, "Nm", bank_text(payer.name, LONGEST_NAME).text)
        identifier, scheme = (payer.identifier, "BANK") if payer.identifier else (payer.business_id, "TXID")
        if identifier:
            other = self._add(self._add(self._add(parent, "Id"), "OrgId"), "Othr")
            self._add(other, "Id", bank_text(identifier, 35).text)
            self._add(self._add(other, "SchmeNm"), "Cd", scheme)

    def _payee(self, parent: Any, payee: Payee) -> None:
        self._add(parent, "Nm", bank_text(payee.name, LONGEST_NAME).text)
        if self._addresses and payee.address is not None:
            self._address(self._add(parent, "PstlAdr"), payee.address)

    def _address(self, parent: Any, address: Address) -> None:
        if address.street:
            self._add(parent, "StrtNm", bank_text(address.street, LONGEST_NAME).text)
        if address.postal_code:
            self._add(parent, "PstCd", bank_text(address.postal_code, 16).text)
        self._add(parent, "TwnNm", bank_text(address.city, _CITY_AND_COUNTRY).text)
        self._add(parent, "Ctry", address.country)

    def _account(self, parent: Any, iban: str, currency: str = "") -> None:
        self._add(self._add(parent, "Id"), "IBAN", str(IBAN(iban)))
        if currency:
            self._add(parent, "Ccy", currency)

    def _bank(self, parent: Any, bic: str) -> None:
        institution = self._add(parent, "FinInstnId")
        if bic:
            self._add(institution, "BICFI" if self._newer else "BIC", bic)
        else:
            self._add(self._add(institution, "Othr"), "Id", "NOTPROVIDED")

    def _remittance(self, parent: Any, payment: Payment) -> None:
        if not payment.reference:
            self._add(parent, "Ustrd", bank_text(payment.message, LONGEST_MESSAGE).text)
            return
        reference = self._add(self._add(parent, "Strd"), "CdtrRefInf")
        kind = self._add(reference, "Tp")
        self._add(self._add(kind, "CdOrPrtry"), "Cd", "SCOR")
        if kind_of(payment.reference) == ReferenceKind.RF:
            self._add(kind, "Issr", "ISO")
        self._add(reference, "Ref", payment.reference)

    def _add(self, parent: Any, name: str, text: str | None = None) -> Any:
        element = etree.SubElement(parent, f"{{{self._namespace}}}{name}")
        element.text = text
        return element


def _bic_of(iban: str) -> str:
    """The BIC of the account's bank where the list of banks knows it, else nothing."""
    return str(IBAN(iban).bic or "")
