"""The same chain where the organisation pays over Stripe: what was transferred is not paid, what was paid out is.

Stripe is the real stripe-mock; what it does not keep, a relay before it remembers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.request
from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from marketplace.payments.batches import reconciling
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.rails.stripe.models import StripeAccount
from tests.journeys import people
from tests.journeys.office import money
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal
from tests.payments.stripe.mock import KEY, Remembering, remembering_mock

pytestmark = pytest.mark.browser

SECRET = "whsec_of_tests"
TRANSFERRED = {"fi": "Stripessä, ei vielä pankissa", "sv": "Hos Stripe, inte hos banken ännu"}
PAID = {"fi": "Maksettu", "sv": "Betald"}


@pytest.fixture
def stripe() -> Iterator[Remembering]:
    """Stripe, as the portal sees it."""
    with remembering_mock() as state:
        yield state


@pytest.mark.parametrize(("language", "helps"), [("fi", True), ("sv", False)])
def test_a_cent_is_followed_from_the_decision_to_the_payout(
    timed: TimedPortal, sit: Sit, stripe: Remembering, language: str, *, helps: bool
) -> None:
    timed.set_up(stripe_key=KEY, stripe_base=stripe.base, stripe_webhook_secret=SECRET)
    town = money.METROPOLIA
    with timed.database.transaction() as session:
        cast = money.make_people(session, town, language, helps=helps, firms=1)
    [firm] = cast.firms
    phone, company = sit(language, email=cast.email, phone=True), sit(language, email=firm.email, phone=True)
    counsellor, chief, payer, releaser = (
        sit(language, email=f"{name}@demo.fi") for name in ("counsellor", "chief", "payer", "releaser")
    )
    money.decide(counsellor, chief, timed, town, cast, language)
    agreement = money.agree(phone, company, timed, cast, firm, language)
    _open_account(company, timed, firm, language)

    timed.pass_to(date(2026, 12, 3))
    delivery = money.record(company, timed, firm, agreement, language, ("9.00", "11.00"))
    money.confirm(phone, timed, cast, delivery, language)
    timed.pass_to(date(2027, 1, 11))
    money.accept_statement(company, timed, firm, language)
    batch = money.prepare(payer, timed, language)
    money.release(payer, releaser, batch)
    money.press(payer, batch, "send")
    timed.work()
    assert [each["amount"] for each in stripe.transfers.values()] == [_owed(timed)]
    payments = timed.url(f"/{language}/provider/{firm.provider}/payments")
    company.goto(payments)
    assert TRANSFERRED[language] in company.inner_text("main"), company.inner_text("main")
    assert PAID[language] not in company.inner_text("main tbody"), "transferred is not paid"

    timed.pass_to(date(2027, 1, 13))
    with timed.database.read() as session:
        account = session.scalars(sa.select(StripeAccount.account)).one()
    _call(timed, "payout.paid", account, stripe.pay_out(account, timed.now))
    timed.work()
    company.goto(payments)
    assert PAID[language] in company.inner_text("main tbody")
    payer.goto(timed.url(f"/{language}/payments/trace/{delivery}"))
    assert PAID[language] in payer.inner_text("main")
    assert "tr_1" in payer.inner_text("main"), "Stripe's own name of the transfer"
    with timed.database.read() as session:
        assert list(reconciling.disagreements(session, town.organisation)) == []


def _owed(timed: TimedPortal) -> int:
    """Cents of the one payment."""
    with timed.database.read() as session:
        [row] = session.scalars(sa.select(PaymentRow))
        return row.amount.cents


def _open_account(company: Page, timed: TimedPortal, firm: money.Firm, language: str) -> None:
    """The company opens its account at Stripe and gets the link; Stripe tells when it is ready."""
    company.goto(timed.url(f"/{language}/provider/{firm.provider}/stripe"))
    people.follow(company.locator("main form[action$='/stripe'] button"))
    assert company.locator("main a[href^='https://']").count() == 1, company.inner_text("main")
    with timed.database.transaction() as session:
        kept = session.scalars(sa.select(StripeAccount)).one()
        kept.takes_transfers = kept.pays_out = True  # stripe-mock's example of an account is never ready


def _call(timed: TimedPortal, kind: str, account: str, subject: str) -> None:
    """Stripe tells of something by a signed call."""
    told = {"id": f"evt_{subject}", "type": kind, "account": account, "data": {"object": {"id": subject}}}
    body = json.dumps(told).encode()
    moment = int(timed.now.timestamp())
    signature = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    call = urllib.request.Request(
        timed.url("/api/v1/stripe/webhook"),
        body,
        {"Stripe-Signature": f"t={moment},v1={signature}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(call, timeout=10) as answer:
        assert answer.status == 200
