"""The journal of the ledger system: written by the organisation's data, balanced to the cent, read back unchanged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from marketplace.db import Database
from marketplace.money import Money
from marketplace.payments.rails.choosing import payer_of, rail_of
from marketplace.payments.rails.journal.rail import DAYS, JournalRail, UnreadableJournal
from marketplace.payments.rails.journal.rules import CostShare, JournalRow, costs_of, paid_by, rows_of
from marketplace.payments.rails.orders import Booking, Faulty, Hindrance, Impossible, Order, Payment
from marketplace.payments.rails.sepa.credit_transfers import MessageVersion, SepaRail
from marketplace.payments.rails.stripe.gateway import Gateway
from marketplace.pilots.paying import JournalData, PaymentData, RailKind
from tests.payments.orders import order, payee, payment

FIELDS = [
    "date",
    "account",
    "cost_centre",
    "project",
    "vat",
    "amount",
    "reference",
    "payment",
    "payee",
    "order",
]


def journal(**given: Any) -> JournalData:
    facts: dict[str, Any] = {
        "columns": [{"holds": name, "head": name.capitalize()} for name in FIELDS],
        "services": {
            "*": {"account": "4300"},
            "transport": {"account": "4420", "cost_centre": "7710"},
            "keusote-2022/transport": {"account": "4421", "cost_centre": "7720", "project": "HB22"},
        },
        "vat": {"EX": "0", "R1": "13"},
        "payables": "2301",
        "tax": "1763",
    }
    return JournalData.model_validate(facts | given)


def booked(number: int = 1, *parts: Booking, **given: Any) -> Payment:
    parts = parts or (Booking("keusote-2022", "transport", "R1", Money(10_000), Money(1_350)),)
    total = sum(each.net.cents + each.tax.cents for each in parts)
    facts: dict[str, Any] = {"payee": payee(number, business_id="1234567-1"), "amount": Money(total)}
    return payment(number, bookings=parts, **(facts | given))


@st.composite
def booked_orders(draw: st.DrawFn) -> Order:
    part = st.builds(
        Booking,
        st.sampled_from(["keusote-2022", "porvoo-sipoo-2019"]),
        st.sampled_from(["transport", "day_activity"]),
        st.sampled_from(["EX", "R1"]),
        st.integers(0, 10**9).map(Money),
        st.integers(0, 10**8).map(Money),
    )
    payments = [
        booked(number, *draw(st.lists(part, min_size=1, max_size=4)))
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]
    return order(*payments)


@given(
    booked_orders(),
    st.sampled_from([";", "\t"]),
    st.sampled_from([",", "."]),
    st.sampled_from(list(DAYS)),
    st.sampled_from(["utf-8", "iso-8859-1"]),
    st.permutations(FIELDS),
)
def test_what_is_written_is_read_back(
    given_order: Order, separator: str, decimal: str, day: str, encoding: str, fields: list[str]
) -> None:
    columns = [{"holds": name, "head": f"Käyttö {name}"} for name in fields]
    data = journal(columns=columns, separator=separator, decimal=decimal, day=day, encoding=encoding)
    rail = JournalRail(data)
    rows = rail.read(rail.file(given_order).content)
    assert rows == rows_of(given_order, data)
    assert rail.differences(given_order, rail.file(given_order).content) == ()
    assert sum(row.amount.cents for row in rows) == 0
    assert paid_by(rows, data.payables) == {each.key: each.amount for each in given_order.payments}


@given(booked_orders())
def test_what_the_journal_says_otherwise_than_the_order_is_found_when_it_is_read_back(
    given_order: Order,
) -> None:
    rail = JournalRail(journal())
    first, *rest = given_order.payments
    other = replace(given_order, payments=(replace(first, reference="RF18539007547034"), *rest))
    assert rail.differences(other, rail.file(given_order).content) == (first.key,)
    assert rail.differences(given_order, b"x") == (given_order.key,)


def test_a_service_of_a_pilot_goes_before_the_service_and_that_before_all_others() -> None:
    data = journal()
    parts = [
        Booking("keusote-2022", "transport", "R1", Money(100), Money(14)),
        Booking("other", "transport", "EX", Money(200), Money(0)),
        Booking("other", "day_activity", "EX", Money(300), Money(0)),
    ]
    rows = rows_of(order(booked(1, *parts)), data)
    assert [(row.account, row.cost_centre, row.project, row.vat, row.amount.cents) for row in rows] == [
        ("4421", "7720", "HB22", "13", 100),
        ("1763", "7720", "HB22", "13", 14),
        ("4420", "7710", "", "0", 200),
        ("4300", "", "", "0", 300),
        ("2301", "", "", "", -614),
    ]


def test_the_costs_of_an_order_are_told_by_cost_centre_and_what_nobody_maps_stands_first() -> None:
    transport = Booking("keusote-2022", "transport", "R1", Money(10_000), Money(1_350))
    elsewhere = replace(transport, pilot="porvoo-sipoo-2019")
    mapped = journal(services={key: rule for key, rule in journal().services.items() if key != "*"})
    found = costs_of(
        order(
            booked(1, transport, elsewhere),
            booked(2, transport),
            booked(3, Booking("keusote-2022", "day_activity", "EX", Money(4_000), Money(0))),
        ),
        mapped,
    )
    assert found == (
        CostShare("", "", "", Money(4_000), Money(0)),
        CostShare("4420", "7710", "", Money(10_000), Money(1_350)),
        CostShare("4421", "7720", "HB22", Money(20_000), Money(2_700)),
    )
    assert [each.total.cents for each in found] == [4_000, 11_350, 22_700]


def test_a_file_says_what_its_columns_say() -> None:
    columns = [
        {"holds": "date", "head": "Pvm"},
        {"holds": "account", "head": "Tili"},
        {"holds": "amount", "head": "Määrä"},
        {"holds": "payment", "head": "Tunnus"},
    ]
    rail = JournalRail(journal(columns=columns, encoding="iso-8859-1"))
    lines = rail.file(order(booked())).content.decode("iso-8859-1").splitlines()
    assert lines == [
        "Pvm;Tili;Määrä;Tunnus",
        "24.11.2026;4421;100,00;P1",
        "24.11.2026;1763;13,50;P1",
        "24.11.2026;2301;-113,50;P1",
    ]


def test_parts_that_do_not_add_up_or_have_no_account_are_refused() -> None:
    uneven = booked(1, amount=Money(1))
    nowhere = booked(2, Booking("p", "s", "EX", Money(100), Money(0)))
    unknown = booked(3, Booking("p", "transport", "S", Money(100), Money(0)))
    rail = JournalRail(journal(services={"transport": {"account": "1"}}))
    given_order = order(uneven, nowhere, unknown)
    assert rail.faults(given_order) == (
        Faulty(Hindrance.BOOKINGS, "P1"),
        Faulty(Hindrance.UNMAPPED, "P2"),
        Faulty(Hindrance.UNMAPPED, "P3"),
    )
    with pytest.raises(Impossible):
        rail.file(given_order)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"Account", b"Konto", 1),
        (b"100,00", b"100,001", 2),
        (b"100,00", b"NaN", 2),
        (b"100,00", b"100,01", 4),
        (b"24.11.2026;4421", b"2026-11-24;4421", 2),
        (b";4421", b";4421;", 2),
        (b"Date", b"\xff", 1),
    ],
)
def test_a_journal_that_came_back_changed_is_refused_by_its_line(old: bytes, new: bytes, line: int) -> None:
    rail = JournalRail(journal())
    content = rail.file(order(booked())).content
    with pytest.raises(UnreadableJournal) as caught:
        rail.read(content.replace(old, new, 1))
    assert caught.value.line == line


@pytest.mark.parametrize(
    "given",
    [
        {"columns": [{"holds": "date", "head": "D"}]},
        {"columns": [{"holds": "date", "head": "D"}, {"holds": "date", "head": "E"}]},
        {"separator": ","},
        {"services": {}},
    ],
)
def test_data_that_could_not_be_read_back_is_a_mistake(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        journal(**given)


PAYING: dict[str, Any] = {"name": "Keusote", "iban": "FI21 1234 5600 0007 85", "prefix": "keusote"}


def test_the_rail_is_data_of_the_organisation() -> None:
    database = Database("sqlite://")
    sepa = PaymentData.model_validate(PAYING | {"bank": {"message": "pain.001.001.03"}})
    rails: list[object] = [rail_of(sepa, database, None)]
    assert payer_of(sepa).iban == "FI2112345600000785"
    own = PaymentData.model_validate(PAYING | {"rail": "journal", "journal": journal().model_dump()})
    assert [*rails, rail_of(own, database, None)] == [SepaRail(MessageVersion.V03), JournalRail(journal())]
    paid_over_stripe = PaymentData.model_validate(PAYING | {"rail": "stripe"})
    with pytest.raises(LookupError):
        rail_of(paid_over_stripe, database, None)
    gateway = Gateway("sk_test_1")
    assert rail_of(paid_over_stripe, database, gateway).kind == RailKind.STRIPE


@pytest.mark.parametrize("given", [{"iban": "FI00 1234 5600 0007 85"}, {"rail": "journal"}, {"rail": "cash"}])
def test_impossible_ways_of_paying_are_mistakes(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PaymentData.model_validate(PAYING | given)


def test_rows_are_values() -> None:
    [first, *_rest] = rows_of(order(booked()), journal())
    assert first == JournalRow(
        order().pay_on,
        "4421",
        Money(10_000),
        "P1",
        "1234567-1",
        payment(1).reference,
        "KEUSOTE-2026-7",
        "7720",
        "HB22",
        "13",
    )
