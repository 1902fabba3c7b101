"""The rows of a journal: what is booked where, to the cent, and what must hold of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from marketplace.money import Money
from marketplace.payments.rails.orders import Faulty, Hindrance, Order, Payment


class JournalPosting(Protocol):
    """Where the cost of a service is booked."""

    @property
    def account(self) -> str:
        """Its account."""

    @property
    def cost_centre(self) -> str:
        """Its cost centre, or empty."""

    @property
    def project(self) -> str:
        """Its project, or empty."""


class Mapped(Protocol):
    """The organisation's own accounts and codes."""

    @property
    def payables(self) -> str:
        """The account that payments are booked against."""

    @property
    def tax(self) -> str:
        """The account of VAT."""

    @property
    def vat(self) -> Mapping[str, str]:
        """The ledger system's code by ours."""

    def posting(self, pilot: str, service: str) -> JournalPosting | None:
        """Where a service is booked; None when nothing says so."""


COMPANY: Final = "company"
PRIVATE_PERSON: Final = "private_person"
"""Who is paid: what goes to a private person is compensation, of which the payer's payroll makes its own reports."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row: debits positive, credits negative. Empty where the kind of row has none."""

    date: date
    account: str
    amount: Money
    payment: str
    payee: str
    reference: str
    order: str
    cost_centre: str = ""
    project: str = ""
    vat: str = ""
    payee_kind: str = COMPANY


@dataclass(frozen=True, slots=True)
class CostShare:
    """What an order costs at one account, cost centre and project; all three empty where nothing says where it goes."""

    account: str
    cost_centre: str
    project: str
    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        """With VAT."""
        return Money(self.net.cents + self.tax.cents)


def costs_of(order: Order, mapped: Mapped) -> tuple[CostShare, ...]:
    """What an order costs, by cost centre, project and account."""
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in (booking for payment in order.payments for booking in payment.bookings):
        posting = mapped.posting(each.pilot, each.service)
        found = sums[
            ("", "", "") if posting is None else (posting.cost_centre, posting.project, posting.account)
        ]
        found[0] += each.net.cents
        found[1] += each.tax.cents
    return tuple(
        CostShare(account, centre, project, Money(net), Money(tax))
        for (centre, project, account), (net, tax) in sorted(sums.items())
    )


def faults(order: Order, mapped: Mapped) -> Iterator[Faulty]:
    """Payments whose parts do not add up to them, and those that no account is given for."""
    for payment in order.payments:
        if sum(each.net.cents + each.tax.cents for each in payment.bookings) != payment.amount.cents:
            yield Faulty(Hindrance.BOOKINGS, payment.key)
        if any(
            mapped.posting(each.pilot, each.service) is None or each.vat_code not in mapped.vat
            for each in payment.bookings
        ):
            yield Faulty(Hindrance.UNMAPPED, payment.key)


def rows_of(order: Order, mapped: Mapped) -> tuple[JournalRow, ...]:
    """The rows of an order without faults: the costs and the tax of each payment, then what is owed for it."""
    return tuple(row for payment in order.payments for row in _rows(payment, order, mapped))


def _rows(payment: Payment, order: Order, mapped: Mapped) -> Iterator[JournalRow]:
    about = (payment.key, payment.payee.business_id, payment.reference, order.key)
    kind = PRIVATE_PERSON if payment.payee.is_private else COMPANY
    for each in payment.bookings:
        posting, code = mapped.posting(each.pilot, each.service), mapped.vat[each.vat_code]
        if posting is None:
            raise KeyError(f"{each.pilot}/{each.service}")
        where = (posting.cost_centre, posting.project, code, kind)
        if each.net.cents:
            yield JournalRow(order.pay_on, posting.account, each.net, *about, *where)
        if each.tax.cents:
            yield JournalRow(order.pay_on, mapped.tax, each.tax, *about, *where)
    yield JournalRow(order.pay_on, mapped.payables, Money(-payment.amount.cents), *about, payee_kind=kind)


def unbalanced(rows: Iterable[JournalRow]) -> Sequence[str]:
    """The payments whose rows do not sum to zero."""
    sums: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.payment] += row.amount.cents
    return [payment for payment, cents in sums.items() if cents]


def paid_by(rows: Iterable[JournalRow], payables: str) -> Mapping[str, Money]:
    """What each payment amounts to by the rows that stand against the account of payables."""
    found: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row.account == payables:
            found[row.payment] -= row.amount.cents
    return {payment: Money(cents) for payment, cents in found.items()}
