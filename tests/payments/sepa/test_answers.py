"""What banks answer: accepted, rejected with the reason, paid, returned; what does not fit is refused."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.i18n import in_language
from marketplace.money import Money
from marketplace.payments.rails.orders import Order, PaymentOutcome, Reason
from marketplace.payments.rails.sepa.account_reports import read_account_reports
from marketplace.payments.rails.sepa.labels import FAULTS, VERDICTS, fault_text, reason_text
from marketplace.payments.rails.sepa.matching import answers_in, movements_of, payee_checks
from marketplace.payments.rails.sepa.reading import (
    MAX_DEPTH,
    MAX_TAGS,
    BankFileFlaw,
    UnreadableBankFile,
    day_of,
    open_message,
)
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict, read_status_report
from tests.payments.orders import order, orders
from tests.payments.sepa.bank import account_report, status_report

REPORTS = ["pain.002.001.03", "pain.002.001.10"]
ACCOUNTS = ["camt.053.001.02", "camt.053.001.08", "camt.054.001.02", "camt.054.001.08"]


def refused(content: bytes, about: Order | None = None) -> BankFileFlaw:
    """Why the file is refused, read as what it is."""
    with pytest.raises(UnreadableBankFile) as caught:
        read_all(content, about or order())
    return caught.value.fault


def read_all(content: bytes, about: Order) -> None:
    """Read the file as what it is, and for the order."""
    if b"pain.002" in content:
        answers_in(read_status_report(content), about)
        return
    for each in read_account_reports(content):
        movements_of(each, about)


# --- status reports --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", REPORTS)
def test_one_rejected_payment_comes_back_with_its_reason_and_the_others_are_taken(message: str) -> None:
    given = order()
    content = status_report(
        given, message=message, group="PART", rows={"P2": ("RJCT", "AC04", "Tili lopetettu")}
    )
    [found] = answers_in(read_status_report(content), given)
    assert (found.payment, found.outcome) == ("P2", PaymentOutcome.REJECTED)
    assert found.reasons == (Reason("AC04", "Tili lopetettu"),)


@pytest.mark.parametrize("message", REPORTS)
@pytest.mark.parametrize(
    ("code", "outcome"),
    [("ACCP", PaymentOutcome.ACCEPTED), ("ACSC", PaymentOutcome.PAID), ("RJCT", PaymentOutcome.REJECTED)],
)
def test_a_status_of_the_whole_file_holds_for_every_payment(
    message: str, code: str, outcome: PaymentOutcome
) -> None:
    given = order()
    content = status_report(given, message=message, group=code, group_reason="AM04" if code == "RJCT" else "")
    found = answers_in(read_status_report(content), given)
    assert [(each.payment, each.outcome) for each in found] == [
        (each.key, outcome) for each in given.payments
    ]
    assert {each.reasons for each in found} == {(Reason("AM04"),) if code == "RJCT" else ()}


@pytest.mark.parametrize("message", REPORTS)
@given(data=st.data(), given_order=orders())
@settings(max_examples=12)
def test_every_payment_gets_its_own_answer(message: str, data: st.DataObject, given_order: Order) -> None:
    statuses = {
        each.key: data.draw(st.sampled_from(["ACCP", "ACSP", "ACSC", "RJCT"]))
        for each in given_order.payments
    }
    rows = {key: (status, "AC04" if status == "RJCT" else "", "") for key, status in statuses.items()}
    content = status_report(given_order, message=message, group="PART", rows=rows)
    found = answers_in(read_status_report(content), given_order)
    assert {each.payment for each in found} == set(statuses)
    rejected = {each.payment for each in found if each.outcome == PaymentOutcome.REJECTED}
    assert rejected == {key for key, status in statuses.items() if status == "RJCT"}


def test_verification_of_payee_is_bound_to_the_name_and_account_that_were_asked_about() -> None:
    given = order()
    rows = {
        "P1": ("RCVC", "", ""),
        "P2": ("RVMC", "BE01", "Hoiva Kaksi Oy"),
        "P3": ("RVNA", "AG11", ""),
    }
    found = payee_checks(read_status_report(status_report(given, group="RVCM", rows=rows)), given)
    assert [(each.payment, each.verdict, each.known_name) for each in found] == [
        ("P1", PayeeVerdict.MATCH, ""),
        ("P2", PayeeVerdict.CLOSE, "Hoiva Kaksi Oy"),
        ("P3", PayeeVerdict.NOT_CHECKABLE, ""),
    ]
    assert [(each.name, each.iban) for each in found] == [
        (each.payee.name, each.payee.iban) for each in given.payments
    ]
    assert answers_in(read_status_report(status_report(given, rows=rows)), given) == ()


def test_a_verdict_on_the_whole_file_holds_for_every_payee() -> None:
    given = order()
    found = payee_checks(read_status_report(status_report(given, group="RCVC")), given)
    assert [each.verdict for each in found] == [PayeeVerdict.MATCH] * 3


def test_a_payment_that_the_bank_does_not_speak_of_has_no_verdict() -> None:
    content = status_report(order(), rows={"P2": ("RVNM", "", "")}, with_reference=False)
    [found] = payee_checks(read_status_report(content), order())
    assert (found.payment, found.verdict) == ("P2", PayeeVerdict.NO_MATCH)


BAD_REPORTS = {
    "another batch": (status_report(order(), group="ACCP", about="OTHER-1"), BankFileFlaw.UNKNOWN_BATCH),
    "another count": (status_report(order(), group="ACCP", count=4), BankFileFlaw.WRONG_COUNT),
    "another sum": (status_report(order(), group="ACCP", total=Money(1)), BankFileFlaw.WRONG_SUM),
    "another payment": (
        status_report(order(), rows={"P9": ("RJCT", "AC04", "")}),
        BankFileFlaw.UNKNOWN_PAYMENT,
    ),
    "another amount": (
        status_report(order(), rows={"P1": ("RJCT", "AC04", "")}).replace(b">100.51<", b">100.52<"),
        BankFileFlaw.OTHER_AMOUNT,
    ),
    "another account": (
        status_report(order(), rows={"P1": ("RCVC", "", "")}).replace(
            order().payments[0].payee.iban.encode(), order().payments[1].payee.iban.encode()
        ),
        BankFileFlaw.OTHER_ACCOUNT,
    ),
}


@pytest.mark.parametrize("case", BAD_REPORTS)
def test_a_report_that_does_not_fit_the_order_is_refused(case: str) -> None:
    content, fault = BAD_REPORTS[case]
    assert refused(content) == fault


def test_a_report_that_contradicts_itself_is_refused() -> None:
    first = status_report(order(), rows={"P1": ("RJCT", "", "")}, with_reference=False)
    row = first[first.index(b"<TxInfAndSts>") : first.index(b"</OrgnlPmtInfAndSts>")]
    twice = first.replace(row, row + row.replace(b"RJCT", b"ACSC"))
    assert refused(twice) == BankFileFlaw.CONTRADICTION


def test_counts_that_are_smaller_than_the_rows_are_refused() -> None:
    content = status_report(order(), group="PART", rows=dict.fromkeys(("P1", "P2"), ("RJCT", "", "")))
    counted = b"<NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>"
    assert refused(content.replace(b"</OrgnlGrpInfAndSts>", counted + b"</OrgnlGrpInfAndSts>")) == (
        BankFileFlaw.WRONG_COUNT
    )


def test_sums_by_status_that_do_not_match_are_refused() -> None:
    content = status_report(order(), group="PART", rows={"P1": ("RJCT", "", "")})
    counted = (
        b"<NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>RJCT</DtldSts>"
        b"<DtldCtrlSum>1.00</DtldCtrlSum></NbOfTxsPerSts>"
    )
    assert refused(content.replace(b"</OrgnlGrpInfAndSts>", counted + b"</OrgnlGrpInfAndSts>")) == (
        BankFileFlaw.WRONG_SUM
    )


# --- account reports -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ACCOUNTS)
@given(given_order=orders(), data=st.data())
@settings(max_examples=12)
def test_what_left_the_account_is_paid_and_what_came_back_is_returned(
    message: str, given_order: Order, data: st.DataObject
) -> None:
    back = set(data.draw(st.lists(st.sampled_from([each.key for each in given_order.payments]), unique=True)))
    rows = [
        (each.key, each.amount if each.key in back else Money(-each.amount.cents))
        for each in given_order.payments
    ]
    if message.endswith(".02"):  # one direction for a whole booking
        rows, back = [(key, Money(-abs(money.cents))) for key, money in rows], set()
    [report] = read_account_reports(
        account_report(rows, message=message, returned=dict.fromkeys(back, "AC04"))
    )
    found = movements_of(report, given_order)
    assert {each.payment for each in found} == {each.key for each in given_order.payments}
    for each in found:
        assert each.outcome == (PaymentOutcome.RETURNED if each.payment in back else PaymentOutcome.PAID)
        assert each.reasons == ((Reason("AC04"),) if each.payment in back else ())
        assert each.on == date(2026, 11, 24)


@pytest.mark.parametrize("message", ACCOUNTS)
def test_an_order_that_is_booked_as_one_sum_is_paid_as_a_whole(message: str) -> None:
    given = order()
    content = account_report([], message=message, order=given.key, booking=Money(-given.total.cents))
    [report] = read_account_reports(content)
    assert [each.outcome for each in movements_of(report, given)] == [PaymentOutcome.PAID] * 3


def test_a_booking_of_another_sum_is_not_taken_for_the_order() -> None:
    content = account_report([], order=order().key, booking=Money(-1))
    assert refused(content) == BankFileFlaw.WRONG_SUM


def test_what_is_not_booked_yet_counts_for_nothing() -> None:
    content = account_report([("P1", Money(-10_051))], booked=False, closing=Money(1_000_000_00))
    [report] = read_account_reports(content)
    assert movements_of(report, order()) == ()


def test_bookings_of_others_are_left_alone() -> None:
    [report] = read_account_reports(account_report([("SALARY-1", Money(-1000)), ("NOTPROVIDED", Money(-5))]))
    assert movements_of(report, order()) == ()


BAD_ACCOUNTS = {
    "rows that do not add up": (
        account_report([("P1", Money(-10_051))], booking=Money(-10_052)),
        BankFileFlaw.WRONG_SUM,
    ),
    "balances that do not add up": (
        account_report([("P1", Money(-10_051))], closing=Money(5)),
        BankFileFlaw.WRONG_BALANCE,
    ),
    "another amount": (account_report([("P1", Money(-10_050))]), BankFileFlaw.OTHER_AMOUNT),
    "another currency": (
        account_report([("P1", Money(-10_051))], currency="SEK"),
        BankFileFlaw.OTHER_CURRENCY,
    ),
}


@pytest.mark.parametrize("case", BAD_ACCOUNTS)
def test_an_account_report_that_does_not_add_up_is_refused(case: str) -> None:
    content, fault = BAD_ACCOUNTS[case]
    assert refused(content) == fault


def test_a_moment_is_a_day_in_finland() -> None:
    assert day_of("2026-11-24T23:30:00Z") == date(2026, 11, 25)
    assert day_of("2026-11-24T23:30:00") == date(2026, 11, 24)
    assert day_of("2026-11-24") == date(2026, 11, 24)


# --- files that are no answer ----------------------------------------------------------------------------------------

GOOD = status_report(order(), group="PART", rows={"P2": ("RJCT", "AC04", "")})


@given(st.integers(1, len(GOOD) - 2))
def test_a_file_that_was_cut_is_refused(at: int) -> None:
    assert refused(GOOD[:at]) == BankFileFlaw.DAMAGED


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_byte_never_changes_what_is_paid(at: int, byte: int) -> None:
    damaged = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    try:
        found = answers_in(read_status_report(damaged), order())
    except UnreadableBankFile:
        return
    assert {each.payment for each in found} <= {"P2"}


@given(st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    assert refused(noise) in (BankFileFlaw.EMPTY, BankFileFlaw.DAMAGED, BankFileFlaw.UNKNOWN_MESSAGE)


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">&b;</Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">&a;</Document>"""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("2026-11-24Z", date(2026, 11, 24)),
        ("2026-11-24+14:00", date(2026, 11, 24)),
        ("2026-11-24T24:00:00", date(2026, 11, 25)),
        ("2026-11-24T24:00:00.000+02:00", date(2026, 11, 25)),
        ("2026-11-24T23:30:00Z", date(2026, 11, 25)),
        ("2026-11-24T10:00:00.123456789Z", date(2026, 11, 24)),
    ],
)
def test_every_writing_of_a_day_that_the_schema_lets_through_is_read(text: str, day: date) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    ["12026-11-24", "-2026-11-24", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0000-01-01"],
)
def test_a_day_that_cannot_be_is_refused_and_told(text: str) -> None:
    with pytest.raises(UnreadableBankFile) as caught:
        day_of(text)
    assert caught.value.fault == BankFileFlaw.WRONG_DAY


def test_a_file_with_a_day_that_cannot_be_is_refused_as_a_whole() -> None:
    content = account_report([("PT-1", Money(100))]).replace(b"<Dt>2026-11-24</Dt>", b"<Dt>12026-11-24</Dt>")
    with pytest.raises(UnreadableBankFile) as caught:
        list(read_account_reports(content))
    assert caught.value.fault == BankFileFlaw.WRONG_DAY


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, OUTSIDE.decode().encode("utf-16")])
def test_entities_are_never_followed(content: bytes) -> None:
    with pytest.raises(UnreadableBankFile) as caught:
        read_status_report(content)
    assert caught.value.fault in (BankFileFlaw.FORBIDDEN, BankFileFlaw.DAMAGED)
    assert "root:" not in str(caught.value)


def test_a_file_that_is_too_deep_is_refused() -> None:
    deep = b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1)
    assert refused(deep) == BankFileFlaw.FORBIDDEN


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.payments.rails.sepa.reading.MAX_BYTES", 100)
    assert refused(GOOD) == BankFileFlaw.TOO_LARGE


def test_a_file_of_countless_empty_elements_is_refused_before_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "marketplace.payments.rails.sepa.reading._parsed", lambda _content: pytest.fail("read")
    )
    assert refused(b"<A>" + b"<B/>" * (MAX_TAGS + 1) + b"</A>") == BankFileFlaw.TOO_LARGE


@pytest.mark.parametrize(
    "content",
    [
        b"<html/>",
        GOOD.replace(b"pain.002.001.10", b"pain.002.001.12"),
        GOOD.replace(b"pain.002.001.10", b"camt.052.001.08"),
    ],
)
def test_other_messages_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(UnreadableBankFile) as caught:
        open_message(content, ("pain.002.", "camt."))
    assert caught.value.fault == BankFileFlaw.UNKNOWN_MESSAGE


def test_a_message_that_does_not_keep_to_its_schema_is_refused_with_the_line() -> None:
    with pytest.raises(UnreadableBankFile) as caught:
        read_status_report(GOOD.replace(b"<MsgId>BANK-1</MsgId>", b""))
    assert caught.value.fault == BankFileFlaw.NOT_BY_SCHEMA
    assert caught.value.detail.startswith("1: ")
    assert "urn:iso" not in caught.value.detail


# --- in words --------------------------------------------------------------------------------------------------------


def test_reasons_are_told_in_the_languages_of_the_country(core_app: Flask) -> None:
    with core_app.app_context():
        with in_language("fi"):
            assert reason_text(Reason("AC04")) == "Saajan tili on lopetettu."
            assert reason_text(Reason("XX99", "oma syy")) == "Pankki antaa koodin XX99. oma syy"
        with in_language("sv"):
            assert reason_text(Reason("AC04")) == "Mottagarens konto har avslutats."


def test_every_fault_and_every_verdict_has_words(core_app: Flask) -> None:
    assert set(FAULTS) == set(BankFileFlaw)
    assert set(VERDICTS) == set(PayeeVerdict)
    with core_app.app_context(), in_language("fi"):
        assert fault_text(UnreadableBankFile(BankFileFlaw.EMPTY)) == "Tiedosto on tyhjä."
