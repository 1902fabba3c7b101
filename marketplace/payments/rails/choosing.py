"""Which way an organisation pays: its data says so (`organisations.yaml`, key `payment`)."""

from __future__ import annotations

from marketplace.db import Database
from marketplace.payments.rails.journal.rail import JournalRail
from marketplace.payments.rails.orders import FileRail, Payer, SendingRail
from marketplace.payments.rails.sepa.credit_transfers import MessageVersion, SepaRail
from marketplace.payments.rails.stripe.gateway import Gateway
from marketplace.payments.rails.stripe.sending import StripeRail
from marketplace.pilots.paying import PaymentData, RailKind


def payer_of(data: PaymentData) -> Payer:
    """The organisation as the payer."""
    return Payer(data.name, data.business_id, data.iban, data.bic, data.bank.identifier)


def rail_of(data: PaymentData, database: Database, gateway: Gateway | None) -> FileRail | SendingRail:
    """The rail of an organisation. Raises LookupError when it needs Stripe and the portal is not connected to it."""
    match data.rail:
        case RailKind.STRIPE:
            if gateway is None:
                raise LookupError("the portal is not connected to Stripe: set STRIPE_API_KEY")
            return StripeRail(database, gateway)
        case RailKind.JOURNAL if data.journal is not None:
            return JournalRail(data.journal)
    return SepaRail(MessageVersion(data.bank.message), addresses=data.bank.addresses)
