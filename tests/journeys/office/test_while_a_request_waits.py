"""The price is raised between a client's request and the provider's answer: nobody is bound to what they have not seen.

Once the provider takes the client at the prices of the request, once it asks the client to choose again.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from playwright.sync_api import Page

from marketplace.permissions import Role
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState
from tests.journeys import people
from tests.journeys.office import money, steps
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

pytestmark = pytest.mark.browser

FIRST: Final = date(2027, 1, 1)
BAND: Final = "weekday_day"
NEW: Final = "30,00"


@pytest.mark.parametrize(("language", "anew"), [("fi", False), ("sv", True)])
def test_a_price_that_is_raised_before_the_answer_is_not_forced_on_the_client(
    timed: TimedPortal, sit: Sit, language: str, *, anew: bool
) -> None:
    town = money.KEUSOTE
    with timed.database.transaction() as session:
        cast = money.make_people(session, town, language, helps=False, firms=1)
    timed.work()
    [firm] = cast.firms
    phone, company = sit(language, email=cast.email, phone=True), sit(language, email=firm.email)
    money.decide(
        sit(language, Role.COUNSELLOR), sit(language, email="chief@demo.fi"), timed, town, cast, language
    )
    asked = money.ask(phone, timed, cast, firm, language, FIRST)
    old = _prices(phone)

    offer = timed.url(f"/{language}/provider/{firm.provider}/offers/{firm.offer}")
    steps.raise_price(company, offer, BAND, NEW, people.typed(FIRST))
    steps.approve_change(sit("fi", Role.REVIEWER), timed)
    request = timed.url(f"/{language}/provider/{firm.provider}/clients/{asked}")
    company.goto(request)
    assert company.locator("main .notification[data-color=warning]").count() == 1, company.inner_text("main")
    assert NEW not in company.inner_text("main"), "what the client asked for is what is answered"
    if anew:
        people.follow(company.locator("main form[action$='/new-prices'] button"))
        phone.goto(timed.url(f"/{language}/client/agreements/{asked}"))
        assert phone.locator("main .notification[data-color=warning]").count() == 1
        assert money.fits(phone)
        people.follow(phone.locator(f"main .notification a[href*='/agreements/new/{firm.offer}']"))
        again = money.ask(phone, timed, cast, firm, language, FIRST)
        assert again != asked
        assert NEW in _prices(phone)
        company.goto(timed.url(f"/{language}/provider/{firm.provider}/clients/{again}"))
    else:
        again = asked
    people.send(company, company.locator("main form.form-page"))
    phone.goto(timed.url(f"/{language}/client/agreements/{again}"))
    assert (NEW in _prices(phone)) is anew
    assert anew or _prices(phone) == old, "the prices of the request hold"
    assert money.fits(phone)
    with timed.database.read() as session:
        states = {each.id: each.state for each in session.query(Agreement)}
    assert states == {asked: AgreementState.PRICE_CHANGED} | {again: AgreementState.IN_FORCE}


def _prices(page: Page) -> str:
    """The prices of the agreement as its page shows them."""
    return page.locator("section[aria-labelledby=prices]").inner_text()
