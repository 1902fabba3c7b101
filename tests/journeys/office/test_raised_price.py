"""A price is raised: the provider tells it beforehand, the office approves it, and it shows from its first day on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.permissions import Role
from tests.conftest import ENGINES
from tests.factories import (
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.journeys import people
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

OLD, NEW = "37,50", "70,00"
FIRST_DAY = "1.1.2027"
LAST_MINUTE = datetime(2026, 12, 31, 21, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 31, 22, 0, tzinfo=UTC)
"""Midnight in Finland, which is two hours ahead in winter."""


@pytest.fixture
def email(timed: TimedPortal) -> str:
    """Who writes for a provider whose offer of day activities is published."""
    with timed.database.transaction() as session:
        provider = make_provider(session)
        approval = make_approval(session, provider)
        make_required_evidence(session, approval)
        make_offer(session, approval)
        person = make_provider_admin(session, provider, password_hash=hash_password(people.PASSWORD))
    timed.work()
    return person.email


@pytest.mark.browser
@pytest.mark.parametrize(
    ("engine_name", "language", "scripts"),
    [(ENGINES[0], "fi", True), (ENGINES[-1], "sv", False)],
    indirect=["engine_name"],
    scope="session",
)
def test_the_old_price_shows_until_the_day_and_the_new_one_after(
    timed: TimedPortal, sit: Sit, email: str, language: str
) -> None:
    client = sit(language)
    assert _prices(client, timed, language) == [OLD, OLD]

    provider = sit(language)
    people.sign_in(provider, timed, email, language=language)
    _raise(provider, timed, language)
    assert _prices(client, timed, language) == [OLD, OLD], "what waits is not seen"

    reviewer = sit("fi", Role.REVIEWER)
    reviewer.goto(timed.url("/fi/office/changes"))
    people.follow(reviewer.locator("main tbody th a"))
    assert OLD in reviewer.locator("main del").all_inner_texts()
    assert NEW in reviewer.locator("main ins").all_inner_texts()
    people.send(reviewer, reviewer.locator("form[action$='/approve']"))
    timed.work()
    timed.mailbox.await_message(email, "")

    assert _prices(client, timed, language) == [OLD, OLD]
    assert FIRST_DAY in client.inner_text("main"), "the coming price is told beforehand"
    timed.now = LAST_MINUTE
    timed.work()
    assert _prices(client, timed, language) == [OLD, OLD]
    timed.now = MIDNIGHT
    timed.work()
    assert _prices(client, timed, language) == [NEW, NEW]
    folded = client.locator("main details").all_text_contents()
    assert any(OLD in text for text in folded), "the earlier price stays public"


def _raise(page: Page, timed: TimedPortal, language: str) -> None:
    """Write the new price of a day, first with a day that is too soon, and send it to the office."""
    page.goto(timed.url(f"/{language}/provider/"))
    page.goto(page.url + "offers")
    people.follow(page.locator("main a[href$='/offers/1']"))
    page.fill("[name=price_day]", NEW)
    page.fill("[name=valid_from]", "1.12.2026")
    people.send(page)
    page.check("[name=nothing_extra]")
    people.send(page)
    assert "22.12.2026" in page.locator("#error-summary").inner_text(), "told thirty days before"
    people.press(page.locator("#error-summary a"))
    page.fill("[name=valid_from]", FIRST_DAY)
    people.send(page)
    page.check("[name=nothing_extra]")
    people.send(page)
    assert page.url.partition("#")[0].endswith("/offers"), page.inner_text("main")


def _prices(page: Page, timed: TimedPortal, language: str) -> list[str]:
    """The price of a day in the list of services and on the offer's page."""
    page.goto(timed.url(f"/{language}/services?band=day"))
    listed = page.locator("main .offer-price strong").first.inner_text()
    people.follow(page.locator("main article h3 a, main article h2 a").first)
    shown = page.locator("main table tbody tr").first.locator("td").first.inner_text()
    return [text.replace("\xa0", " ").split(" ")[0] for text in (listed, shown)]
