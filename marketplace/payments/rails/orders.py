"""What every way of paying is given and gives back: orders of payments, faults, what was handed over, answers.

An order is what two people have released. It is the same for every rail and never changes: a rail that is given it
twice does the same thing once. Rails know no database and no web; what they say of a payment is a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from marketplace.money import Money
from marketplace.pilots.paying import RailKind


@dataclass(frozen=True, slots=True)
class Address:
    """A payee's address in parts. Banks refuse any other since 15.11.2026; none at all is the default."""

    street: str
    postal_code: str
    city: str
    country: str = "FI"


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid. `name` is the official one, as the payee's bank knows it (verification of payee).

    `bic` may be empty inside the euro payment area. `stripe_account` is the payee's account at Stripe, or empty.
    A private person has no `business_id`.
    """

    name: str
    iban: str
    bic: str = ""
    business_id: str = ""
    address: Address | None = None
    stripe_account: str = ""

    @property
    def is_private(self) -> bool:
        """Whether it is a private person, whom a company's way of being paid does not reach."""
        return not self.business_id


@dataclass(frozen=True, slots=True)
class Booking:
    """A part of a payment as a ledger system books it: a service of a pilot, its VAT code, net and tax."""

    pilot: str
    service: str
    vat_code: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of an order. `key` names the row for ever and goes to the bank and back (at most 35 characters).

    `reference` is a Finnish reference or an RF; without one, `message` is what the payee reads.
    """

    key: str
    payee: Payee
    amount: Money
    reference: str = ""
    message: str = ""
    bookings: tuple[Booking, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose money it is. `identifier` is the number that the payer's bank knows the payer by (palvelutunnus)."""

    name: str
    business_id: str = ""
    iban: str = ""
    bic: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A released batch: who pays whom, when. `key` names it for ever (at most 35 characters)."""

    key: str
    made_at: datetime
    pay_on: date
    payer: Payer
    payments: tuple[Payment, ...]

    @property
    def total(self) -> Money:
        """The sum of the payments."""
        return Money(sum(payment.amount.cents for payment in self.payments))


class Hindrance(StrEnum):
    """Why an order, or one payment of it, cannot be paid this way."""

    NOTHING = "nothing"
    PAYER_ACCOUNT = "payer_account"
    KEY = "key"
    TWICE = "twice"
    AMOUNT = "amount"
    NO_NAME = "no_name"
    NO_ACCOUNT = "no_account"
    BAD_ACCOUNT = "bad_account"
    FOREIGN_ACCOUNT = "foreign_account"
    BAD_BIC = "bad_bic"
    BAD_REFERENCE = "bad_reference"
    NO_TEXT = "no_text"
    BAD_ADDRESS = "bad_address"
    NO_STRIPE_ACCOUNT = "no_stripe_account"
    PRIVATE_PERSON = "private_person"
    BOOKINGS = "bookings"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Faulty:
    """What is wrong, and with which payment; `payment` is None when it is the order itself."""

    fault: Hindrance
    payment: str | None = None


class Impossible(ValueError):
    """The order cannot be paid this way; `faults` says why. Nothing of it has been paid."""

    def __init__(self, faults: Sequence[Faulty]) -> None:
        super().__init__(", ".join(f"{each.payment or 'order'}: {each.fault}" for each in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file that a person takes to the bank or to the ledger system. The same order gives the same bytes."""

    name: str
    media_type: str
    content: bytes


class Rail(Protocol):
    """A way of paying."""

    @property
    def kind(self) -> RailKind:
        """Which way it is."""

    def faults(self, order: Order) -> tuple[Faulty, ...]:
        """Everything that hinders the order; nothing when it can be paid."""


class FileRail(Rail, Protocol):
    """A way of paying by a file that a person hands over."""

    def file(self, order: Order) -> PaymentFile:
        """The order as a file, checked. Raises Impossible."""

    def differences(self, order: Order, content: bytes) -> tuple[str, ...]:
        """The keys of the payments of which a file, read back, says anything else than the order, and of those that it
        has beside it; the key of the order where the sums differ. Nothing when they are the same.
        """


class PaymentOutcome(StrEnum):
    """How a payment stands by what was answered.

    `ACCEPTED`: taken, no money has moved yet. `TRANSFERRED`: at the payee's account with the intermediary. `PAID`: on
    the way out of the payer's account or at the payee's bank. `REJECTED`: refused before it was paid. `RETURNED`: paid
    and come back.
    """

    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    PAID = "paid"
    REJECTED = "rejected"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the code of the bank and what it wrote beside it."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """What is said of one payment. `amount` is what the answer names, `receipt` the bank's own number of it."""

    payment: str
    outcome: PaymentOutcome
    on: date | None = None
    amount: Money | None = None
    reasons: tuple[Reason, ...] = ()
    receipt: str = ""


class SendingRail(Rail, Protocol):
    """A way of paying over the network, payment by payment; each is kept as soon as its answer comes."""

    def send(self, order: Order, clock: Callable[[], datetime]) -> tuple[PaymentAnswer, ...]:
        """Carry the order out as far as it can be now; may be called again at any time. Raises Impossible."""
