"""Which way an organisation pays: its data says so (`organisations.yaml`, key `payment`)."""

from __future__ import annotations

from marketplace.db import Database
from marketplace.payments.rails.journal.rail import JournalRail
from marketplace.payments.rails.orders import Faulty, FileRail, Order, Payer, SendingRail
from marketplace.payments.rails.sepa.credit_transfers import MessageVersion, SepaRail
from marketplace.payments.rails.stripe import sending
from marketplace.payments.rails.stripe.gateway import Gateway
from marketplace.payments.rails.stripe.sending import StripeRail
from marketplace.pilots.paying import PaymentData, RailKind


def payer_of(data: PaymentData) -> Payer:
    """The organisation as the payer."""
    return Payer(data.name, data.business_id, data.iban, data.bic, data.bank.identifier)


def file_rail_of(data: PaymentData) -> FileRail:
    """The rail of an organisation that pays by a file: for its bank, or for its own ledger system.

    Raises LookupError for one that pays over Stripe.
    """
    if data.rail == RailKind.STRIPE:
        raise LookupError("over Stripe nothing is paid by a file")
    if data.rail == RailKind.JOURNAL and data.journal is not None:
        return JournalRail(data.journal)
    return SepaRail(MessageVersion(data.bank.message), addresses=data.bank.addresses)


def rail_of(data: PaymentData, database: Database, gateway: Gateway | None) -> FileRail | SendingRail:
    """The rail of an organisation. Raises LookupError when it needs Stripe and the portal is not connected to it."""
    if data.rail != RailKind.STRIPE:
        return file_rail_of(data)
    if gateway is None:
        raise LookupError("the portal is not connected to Stripe: set STRIPE_API_KEY")
    return StripeRail(database, gateway)


def hindrances_of(data: PaymentData, order: Order) -> tuple[Faulty, ...]:
    """Everything that hinders an order on the rail of its organisation, also before Stripe is connected."""
    return tuple(sending.faults(order)) if data.rail == RailKind.STRIPE else file_rail_of(data).faults(order)
