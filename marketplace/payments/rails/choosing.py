"""Which way an organisation pays: its data says so (`organisations.yaml`, key `payment`)."""

from __future__ import annotations

from marketplace.payments.rails.journal.rail import JournalRail
from marketplace.payments.rails.orders import FileRail, Payer
from marketplace.payments.rails.sepa.credit_transfers import SepaRail, Version
from marketplace.pilots.paying import PaymentData, RailKind


def payer_of(data: PaymentData) -> Payer:
    """The organisation as the payer."""
    return Payer(data.name, data.business_id, data.iban, data.bic, data.bank.identifier)


def file_rail_of(data: PaymentData) -> FileRail:
    """The rail that makes the file of an organisation which pays by one. Raises LookupError when it does not."""
    if data.rail == RailKind.JOURNAL and data.journal is not None:
        return JournalRail(data.journal)
    if data.rail == RailKind.SEPA:
        return SepaRail(Version(data.bank.message), addresses=data.bank.addresses)
    raise LookupError(f"no file is made for {data.rail}")
