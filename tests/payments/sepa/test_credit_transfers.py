"""Files for the bank keep to the official schema, hold the order to the cent, and are the same when made twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from marketplace.money import Money
from marketplace.payments.rails.orders import Faulty, Hindrance, Impossible, Order
from marketplace.payments.rails.sepa import schemas
from marketplace.payments.rails.sepa.characters import bank_text
from marketplace.payments.rails.sepa.credit_transfers import MessageVersion, SepaRail
from marketplace.payments.rails.sepa.schemas import NAMESPACE, DamagedSchema, schema_of
from tests.payments.orders import ADDRESS, PAYER, finnish_iban, order, orders, payee, payment

VERSIONS = list(MessageVersion)


def parsed(rail: SepaRail, given: Order) -> tuple[Any, dict[str, str]]:
    root = etree.fromstring(rail.file(given).content)
    assert schema_of(rail.version).validate(root)
    return root, {"p": f"{NAMESPACE}{rail.version}"}


@pytest.mark.parametrize("version", VERSIONS)
@given(given_order=orders())
@settings(max_examples=25)
def test_any_order_is_written_and_read_back_to_the_cent(version: MessageVersion, given_order: Order) -> None:
    root, ns = parsed(SepaRail(version), given_order)
    rows = root.findall(".//p:CdtTrfTxInf", ns)
    assert [row.findtext("p:PmtId/p:EndToEndId", None, ns) for row in rows] == [
        each.key for each in given_order.payments
    ]
    cents = [int(Decimal(row.findtext("p:Amt/p:InstdAmt", None, ns)).scaleb(2)) for row in rows]
    assert cents == [each.amount.cents for each in given_order.payments]
    assert {each.text for each in root.findall(".//p:CtrlSum", ns)} == {str(given_order.total.euros)}
    assert {each.text for each in root.findall(".//p:NbOfTxs", ns)} == {str(len(given_order.payments))}
    for row, each in zip(rows, given_order.payments, strict=True):
        assert row.findtext("p:CdtrAcct/p:Id/p:IBAN", None, ns) == each.payee.iban
        assert row.findtext("p:Cdtr/p:Nm", None, ns) == bank_text(each.payee.name, 70).text
        assert row.findtext(".//p:CdtrRefInf/p:Ref", "", ns) == each.reference
        assert row.findtext("p:RmtInf/p:Ustrd", "", ns) == (
            "" if each.reference else bank_text(each.message, 140).text
        )


@pytest.mark.parametrize("version", VERSIONS)
@given(given_order=orders())
@settings(max_examples=10)
def test_what_the_file_says_otherwise_than_the_order_is_found_when_it_is_read_back(
    version: MessageVersion, given_order: Order
) -> None:
    rail = SepaRail(version)
    content = rail.file(given_order).content
    assert rail.differences(given_order, content) == ()
    first, *rest = given_order.payments
    dearer = replace(given_order, payments=(replace(first, amount=Money(first.amount.cents + 1)), *rest))
    assert rail.differences(dearer, content) == tuple(sorted({first.key, given_order.key}))
    elsewhere = replace(first, payee=replace(first.payee, iban=finnish_iban(9_999_999)))
    assert rail.differences(replace(given_order, payments=(elsewhere, *rest)), content) == (first.key,)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_order_gives_the_same_bytes(version: MessageVersion) -> None:
    assert SepaRail(version).file(order()) == SepaRail(version).file(order())


def test_the_versions_differ_where_the_standard_does() -> None:
    newer, ns = parsed(SepaRail(MessageVersion.V09), order())
    assert newer.findtext(".//p:ReqdExctnDt/p:Dt", None, ns) == "2026-11-24"
    assert newer.findtext(".//p:CdtrAgt//p:BICFI", None, ns) == "OKOYFIHH"
    older, ns = parsed(SepaRail(MessageVersion.V03), order())
    assert older.findtext(".//p:ReqdExctnDt", None, ns) == "2026-11-24"
    assert older.findtext(".//p:CdtrAgt//p:BIC", None, ns) == "OKOYFIHH"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_address_is_sent_only_when_asked_for_and_then_in_parts(version: MessageVersion) -> None:
    given = order(payment(payee=payee(address=ADDRESS)))
    assert b"PstlAdr" not in SepaRail(version).file(given).content
    root, ns = parsed(SepaRail(version, addresses=True), given)
    address = root.find(".//p:Cdtr/p:PstlAdr", ns)
    assert [(etree.QName(each).localname, each.text) for each in address] == [
        ("StrtNm", "Hyryläntie 1"),
        ("PstCd", "04300"),
        ("TwnNm", "Tuusula"),
        ("Ctry", "FI"),
    ]


def test_a_bank_that_is_not_known_is_left_out_or_said_to_be() -> None:
    german = payee(iban="DE89370400440532013000", bic="")
    given = order(payment(payee=german), payer=replace(PAYER, bic=""))
    root, ns = parsed(SepaRail(), given)
    assert root.findtext(".//p:DbtrAgt//p:BICFI", None, ns) == "NDEAFIHH"
    estonian = replace(PAYER, bic="", iban="MT84MALT011000012345MTLCAST001S")
    root, ns = parsed(SepaRail(), order(payment(), payer=estonian))
    assert root.find(".//p:DbtrAgt", ns) is not None


def test_a_reference_says_of_which_kind_it_is() -> None:
    root, ns = parsed(SepaRail(), order(payment(1), payment(2, reference="1234561")))
    assert [
        (each.findtext("p:Tp/p:Issr", "", ns), each.findtext("p:Ref", "", ns))
        for each in root.findall(".//p:CdtrRefInf", ns)
    ] == [("ISO", payment(1).reference), ("", "1234561")]


def test_the_bank_knows_the_payer_by_its_own_number_or_by_the_business_id() -> None:
    root, ns = parsed(SepaRail(), order())
    assert root.findtext(".//p:Dbtr//p:Othr/p:Id", None, ns) == "1234567-1"
    root, ns = parsed(SepaRail(), order(payer=replace(PAYER, identifier="999888777")))
    assert root.findtext(".//p:Dbtr//p:Othr/p:Id", None, ns) == "999888777"


BAD = {
    "key": (payment(key="ä"), Hindrance.KEY),
    "amount of nothing": (payment(amount=Money(0)), Hindrance.AMOUNT),
    "amount below nothing": (payment(amount=Money(-1)), Hindrance.AMOUNT),
    "amount too large": (payment(amount=Money(1_000_000_000_00)), Hindrance.AMOUNT),
    "no name": (payment(payee=payee(name=" ")), Hindrance.NO_NAME),
    "a name that no bank can write": (payment(payee=payee(name="Иван")), Hindrance.NO_NAME),
    "no account": (payment(payee=payee(iban="")), Hindrance.NO_ACCOUNT),
    "check digits": (payment(payee=payee(iban="FI0012345600000785")), Hindrance.BAD_ACCOUNT),
    "outside the area": (payment(payee=payee(iban="TR330006100519786457841326")), Hindrance.FOREIGN_ACCOUNT),
    "bic": (payment(payee=payee(bic="NOBIC")), Hindrance.BAD_BIC),
    "reference": (payment(reference="RF00123"), Hindrance.BAD_REFERENCE),
    "nothing to read": (payment(reference="", message="  "), Hindrance.NO_TEXT),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_bank_would_refuse_is_refused_here(case: str) -> None:
    bad, fault = BAD[case]
    rail = SepaRail()
    assert rail.faults(order(bad)) == (Faulty(fault, bad.key),)
    with pytest.raises(Impossible):
        rail.file(order(bad))


def test_an_address_without_a_town_is_refused_when_addresses_are_sent() -> None:
    bad = order(payment(payee=payee(address=replace(ADDRESS, city=""))))
    assert SepaRail().faults(bad) == ()
    assert SepaRail(addresses=True).faults(bad) == (Faulty(Hindrance.BAD_ADDRESS, "P1"),)


def test_an_order_as_a_whole_can_be_impossible() -> None:
    assert Faulty(Hindrance.NOTHING) in SepaRail().faults(replace(order(), payments=()))
    assert SepaRail().faults(order(key="//")) == (Faulty(Hindrance.KEY),)
    assert SepaRail().faults(order(payer=replace(PAYER, iban="FI00"))) == (Faulty(Hindrance.PAYER_ACCOUNT),)
    twice = SepaRail().faults(order(payment(1), payment(1)))
    assert [each.fault for each in twice] == [Hindrance.TWICE, Hindrance.TWICE]


def test_the_payer_sees_what_the_bank_gets_in_other_letters() -> None:
    given = order(
        payment(1), payment(2, payee=payee(2, name="Hoiva & Apu Oy")), payment(3, reference="", message="Ž")
    )
    assert [(each.payment, each.written, each.sent) for each in SepaRail().rewritten(given)] == [
        ("P2", "Hoiva & Apu Oy", "Hoiva + Apu Oy"),
        ("P3", "Ž", "Z"),
    ]


@pytest.mark.parametrize("message", schemas.DIGESTS)
def test_every_schema_is_the_official_one(message: str) -> None:
    assert schema_of(message) is not None


def test_a_changed_schema_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (schemas.FOLDER / "pain.001.001.09.xsd").read_bytes()
    (tmp_path / "pain.001.001.09.xsd").write_bytes(content.replace(b"18", b"19", 1))
    monkeypatch.setattr(schemas, "FOLDER", tmp_path)
    with pytest.raises(DamagedSchema):
        schema_of.__wrapped__("pain.001.001.09")
