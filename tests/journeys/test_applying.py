"""A company's way through its application on a phone: first application, completion, supplement, leaving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize
from pypdf import PdfWriter

from tests.journeys import people
from tests.journeys.conftest import Portal

PHONE: ViewportSize = {"width": 390, "height": 800}
QUESTION = {"fi": "Millä alueella kuljetatte?", "sv": "Inom vilket område kör ni?"}
COMPANY_NUMBERS = {"fi": 11, "sv": 12}


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """A real PDF file."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    path = tmp_path / "todistus.pdf"
    writer.write(path)
    return path


@pytest.fixture
def phone(browser: Browser, language: str, scripts: bool) -> Iterator[Page]:
    """A phone whose every page must fit its width."""
    context = browser.new_context(
        locale=f"{language}-FI", viewport=PHONE, reduced_motion="reduce", java_script_enabled=scripts
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def fits(page: Page) -> None:
    """No page is wider than the phone."""
    width = page.locator("html").bounding_box()
    assert width is not None
    assert width["width"] <= PHONE["width"], page.url


@pytest.mark.browser
@pytest.mark.parametrize(("language", "scripts"), [("fi", False), ("sv", True)])
def test_applying_on_a_phone(
    portal: Portal, browser: Browser, phone: Page, proof: Path, language: str, scripts: bool
) -> None:
    company = people.Company(language, COMPANY_NUMBERS[language])
    provider_id = people.register(phone, portal, company)
    people.complete_company(phone, portal, company, provider_id)
    address = people.apply(phone, portal, company, provider_id, proof)
    fits(phone)
    assert phone.locator("main a[href*='/files/']").count() == 1, "the receipt leads to the copy"
    _going_back_and_sending_again_changes_nothing(phone, address)

    reviewer = people.fresh_page(browser, "fi")
    people.sign_in(reviewer, portal, "reviewer@demo.fi")
    review = people.office_page(portal, address)
    people.ask_for_completion(reviewer, review, "services", QUESTION[language])
    _complete(phone, address, QUESTION[language])
    _write_and_read(phone, reviewer, address, review)

    decider = people.fresh_page(browser, "fi")
    people.sign_in(decider, portal, "decider@demo.fi")
    people.propose_approval(reviewer, review)
    people.decide(decider, review)

    supplement = _widen(phone, address)
    review = people.office_page(portal, supplement)
    reviewer.goto(review)
    with reviewer.expect_navigation():
        reviewer.locator("form[action$='/take'] button").click()
    people.propose_approval(reviewer, review)
    people.decide(decider, review)
    _leave(phone, portal, company, provider_id)


def _going_back_and_sending_again_changes_nothing(phone: Page, address: str) -> None:
    phone.goto(f"{address}/check")
    assert phone.url.endswith("/receipt"), "what has been sent is not sent again"
    phone.goto(f"{address}/services")
    assert phone.url == address, "a page that is closed leads to the application"


def _complete(phone: Page, address: str, question: str) -> None:
    phone.goto(address)
    assert question in phone.inner_text("main")
    fits(phone)
    phone.goto(f"{address}/services/transport")
    if phone.locator("details").count():
        for county in phone.locator("main details:not([open]) summary").all():
            county.click()
    phone.check("[name=municipalities][value='858']")
    people.send(phone)
    people.submit(phone, address)


def _write_and_read(phone: Page, reviewer: Page, address: str, review: str) -> None:
    phone.goto(f"{address}/messages")
    phone.fill("[name=text]", "Hei! Hej!")
    people.send(phone, phone.locator("main form:has([name=text])"))
    fits(phone)
    reviewer.goto(f"{review}/messages")
    assert "Hei! Hej!" in reviewer.inner_text("main")
    people.send(reviewer, reviewer.locator("main form[action$='/read']"))
    assert not reviewer.locator("main form[action$='/read']").count(), "what has been read is not new"


def _widen(phone: Page, address: str) -> str:
    """Apply for one municipality more for transport; the address of the supplementary application."""
    phone.goto(address)
    fits(phone)
    with phone.expect_navigation():
        phone.locator("form[action*='/applications/start/keusote-2022'] button").click()
    supplement = phone.url
    assert supplement != address
    assert phone.locator("main .task-list li").count() == 1, "nothing but the services is asked"
    phone.goto(f"{supplement}/services")
    phone.check("[name=services][value='transport']")
    people.send(phone)
    assert phone.url.endswith("/services/transport")
    assert not phone.locator("[name=municipalities][value='858']").count(), "what is approved is not asked"
    phone.check("[name=municipalities][value='106']")
    people.send(phone)
    return people.submit(phone, supplement)


def _leave(phone: Page, portal: Portal, company: people.Company, provider_id: int) -> None:
    place = portal.url(f"/{company.language}/provider/{provider_id}/participation")
    phone.goto(f"{place}/keusote-2022/leave")
    fits(phone)
    phone.check("[name=understood]")
    people.send(phone)
    phone.goto(place)
    assert not phone.locator("main a[href*='/keusote-2022/leave']").count()
