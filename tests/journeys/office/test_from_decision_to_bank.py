"""Every cent from the service decision to the bank's row, on pages only: what is decided is chosen, given, confirmed,
stated, released by two people, rejected once by the bank, corrected, paid, and found again from either end.
"""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page

from marketplace.money import Money
from marketplace.payments.batches import reconciling
from marketplace.permissions import Role
from tests.journeys import people
from tests.journeys.office import money
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal
from tests.payments.batches.scenes import said, verdicts
from tests.payments.orders import finnish_iban
from tests.payments.sepa.bank import account_report

pytestmark = pytest.mark.browser

OWN_ACCOUNT = "FI3715903000000776"
"""From which the organisation pays."""
PAID = {"fi": "Maksettu", "sv": "Betald"}


@pytest.mark.parametrize(("language", "helps"), [("fi", False), ("sv", True)])
def test_every_cent_is_followed_from_the_decision_to_the_bank(
    timed: TimedPortal, sit: Sit, language: str, *, helps: bool
) -> None:
    town = money.KEUSOTE
    with timed.database.transaction() as session:
        cast = money.make_people(session, town, language, helps=helps, firms=2)
    timed.work()
    phone = sit(language, email=cast.email, phone=True)
    companies = [sit(language, email=firm.email, phone=True) for firm in cast.firms]
    payer, releaser = (sit(language, email=f"{name}@demo.fi") for name in ("payer", "releaser"))
    decision = money.decide(
        sit(language, Role.COUNSELLOR), sit(language, email="chief@demo.fi"), timed, town, cast, language
    )

    deliveries = [
        (firm, company, money.agree(phone, company, timed, cast, firm, language))
        for firm, company in zip(cast.firms, companies, strict=True)
    ]
    timed.pass_to(date(2026, 12, 3))
    given = []
    for (firm, company, agreement), hours in zip(
        deliveries, (("9.00", "11.00"), ("12.00", "13.30")), strict=True
    ):
        given.append(money.record(company, timed, firm, agreement, language, hours))
        assert money.fits(company)
        money.confirm(phone, timed, cast, given[-1], language)
        assert money.fits(phone)

    timed.pass_to(date(2027, 1, 11))
    for firm, company in zip(cast.firms, companies, strict=True):
        money.accept_statement(company, timed, firm, language)
    batch = _pay_with_a_rejection(payer, releaser, timed, language)
    _correct_account(companies[1], releaser, timed, cast.firms[1], language)
    _pay_again(payer, releaser, timed, language, batch)

    for number, (firm, company) in enumerate(zip(cast.firms, companies, strict=True), start=1):
        company.goto(timed.url(f"/{language}/provider/{firm.provider}/payments"))
        assert PAID[language] in company.inner_text("main")
        assert money.fits(company)
        _follow(payer, timed, language, given[number - 1], f"tiliote-{number}.xml", decision)
    with timed.database.read() as session:
        assert list(reconciling.disagreements(session, town.organisation)) == []


def _booked(timed: TimedPortal, rows: list[tuple[str, Money]]) -> bytes:
    """The bank's statement of the organisation's account, on which these payments have left."""
    report = account_report([(key, Money(-amount.cents)) for key, amount in rows], on=timed.today())
    return report.replace(b"FI2112345600000785", OWN_ACCOUNT.encode())


def _correct_account(
    company: Page, office: Page, timed: TimedPortal, firm: money.Firm, language: str
) -> None:
    """The company gives another account, and somebody who pays confirms it."""
    company.goto(timed.url(f"/{language}/provider/{firm.provider}/company"))
    company.fill("[name=iban]", finnish_iban(7_777_777))
    people.send(company, company.locator("main form:has([name=iban])"))
    office.goto(timed.url(f"/{language}/office/account-changes/"))
    people.follow(office.locator("main a[href*='/account-changes/']", has_text=firm.name).first)
    people.follow(office.locator("main form[action$='/confirm'] button"))


def _follow(payer: Page, timed: TimedPortal, language: str, delivery: int, file: str, decision: str) -> None:
    """From the delivery to the decision and to the bank's file on one page, and from the payment back to it."""
    trace = timed.url(f"/{language}/payments/trace/{delivery}")
    payer.goto(trace)
    shown = payer.inner_text("main")
    assert decision.rpartition("/")[2] in shown
    assert file in shown
    assert PAID[language] in shown
    people.follow(payer.locator("main a[href*='/payments/payments/']").last)
    people.follow(payer.locator(f"main a[href$='/payments/trace/{delivery}']"))
    assert payer.url == trace


def _pay_with_a_rejection(payer: Page, releaser: Page, timed: TimedPortal, language: str) -> str:
    """A batch of both statements, of which the bank pays the first and rejects the second; its page."""
    batch = money.prepare(payer, timed, language)
    assert b"0.01" in money.fetch(payer, batch, "payee-check")
    with timed.database.read() as session:
        answer = verdicts(money.batch_at(session, batch), "RCVC", "RCVC")
    money.read_answer(payer, timed, language, "saajat.xml", answer)
    money.release(payer, releaser, batch)
    money.press(payer, batch, "file")
    assert money.fetch(payer, batch, "file").startswith(b"<?xml")
    money.press(payer, batch, "send")
    with timed.database.read() as session:
        sent = money.batch_at(session, batch)
        rejection = said(sent, ("ACSP", ""), ("RJCT", "AC04"))
        booked = _booked(timed, [(sent.payments[0].key, sent.payments[0].amount)])
    money.read_answer(payer, timed, language, "vastaus.xml", rejection)
    money.read_answer(payer, timed, language, "tiliote-1.xml", booked)
    with timed.database.read() as session:
        assert money.states(session, batch) == ["paid", "rejected"]
    return batch


def _pay_again(payer: Page, releaser: Page, timed: TimedPortal, language: str, before: str) -> None:
    """The rejected statement in a batch of its own, at its new account."""
    again = money.prepare(payer, timed, language)
    assert again != before
    money.release(payer, releaser, again, reason=money.CHECKED)
    money.press(payer, again, "file")
    assert finnish_iban(7_777_777).encode() in money.fetch(payer, again, "file")
    money.press(payer, again, "send")
    with timed.database.read() as session:
        [row] = money.batch_at(session, again).payments
        booked = _booked(timed, [(row.key, row.amount)])
    money.read_answer(payer, timed, language, "tiliote-2.xml", booked)
