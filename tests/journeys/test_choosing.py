"""Choosing, without an account: a mother plans and asks, a carer finds whom to ring, a counsellor lists ten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import product

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.journeys import people
from tests.journeys.conftest import Portal

pytestmark = pytest.mark.browser

NARROW = 400
PAPER = 672
"""A sheet of A4 between its margins, in pixels."""


@pytest.fixture(params=product(("fi", "sv"), (390, 1280)), ids=lambda visit: "{}-{}".format(*visit))
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A tab of somebody who is not signed in, in each language on a phone and on a desk, without JavaScript."""
    language, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    yield context.new_page(), language
    context.close()


def fits(page: Page) -> bool:
    """Whether nothing reaches beyond the screen."""
    size = page.viewport_size
    return size is not None and page.locator("body").evaluate("body => body.scrollWidth") <= size["width"]


def fits_on_paper(page: Page) -> bool:
    """Whether nothing is cut off when the page is printed; the screen is as it was afterwards."""
    size = page.viewport_size
    assert size is not None
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 900})
    whole = fits(page)
    page.emulate_media(media="screen")
    page.set_viewport_size(size)
    return whole


def test_a_mother_plans_three_services_and_asks_a_provider(portal: Portal, visit: tuple[Page, str]) -> None:
    page, language = visit
    page.goto(portal.url(f"/{language}/services?pilot=soite-2018"))
    first = page.locator(".offer-card").first
    expect(first.locator('a[href^="tel:"]')).to_be_visible()
    for number in range(3):
        offers = page.locator(".offer-card h3 a, .offer-card h2 a")
        people.follow(offers.nth(number))
        people.follow(page.locator('main a[href*="/plan?"]').first)
        expect(page.locator('main form input[name="offer"][type="hidden"]')).to_have_count(number + 1)
        if number == 0:
            page.locator("#budget").fill("900")
        page.locator('input[id^="units-"]').last.fill("1")
        people.follow(page.locator("main form button[type=submit]").first)
        expect(page.locator("#sum")).to_be_visible()
        assert fits(page)
        if number < 2:
            people.follow(page.locator('main a[href*="/services?plan="]'))
    expect(page.locator("#sum")).to_contain_text(re.compile("budjet|budget"))
    plan = people.save(page.locator('main a[href*="/plan.pdf"]'))
    paper = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(plan)).pages)
    assert "900" in paper.replace("\xa0", " ")
    assert f"/{language}/plan?" in "".join(paper.split())

    people.follow(page.locator("main .card h2 a").first)
    people.follow(page.locator('main a[href$="/question"]').first)
    assert fits(page)
    page.locator("[name=name]").fill("Maija Meikäläinen")
    page.locator("[name=text]").fill("Onko teillä tilaa?")
    people.follow(page.locator("main form .buttons button[type=submit]"))
    expect(page.locator("[name=text]")).to_have_value("Onko teillä tilaa?")
    page.locator("[name=email]").fill("maija@esimerkki.fi")
    people.follow(page.locator("main form .buttons button[type=submit]"))
    expect(page.locator(".notifications")).to_contain_text(re.compile("on lähetetty|har skickats"))


@pytest.mark.parametrize(
    ("language", "words", "question"),
    [
        ("fi", "omaishoitajan vapaa hyvinkää", "palveluseteli"),
        ("sv", "avlastning för närståendevårdare Hyvinge", "servicesedel"),
    ],
)
@pytest.mark.parametrize("width", [390, 1280])
def test_a_carer_with_a_phone_finds_whom_to_ring(
    portal: Portal, browser: Browser, language: str, words: str, question: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.url(f"/{language}/services?q={words}"))
    assert fits(page)
    first = page.locator(".offer-card").first
    expect(first).not_to_contain_text(re.compile("Ei vapaita paikkoja|Inga lediga platser"))
    expect(first).to_contain_text(re.compile("Hyvinkää|Hyvinge"))
    number = first.locator('a[href^="tel:"]').get_attribute("href")
    people.follow(first.locator("h2 a, h3 a").first)
    call = page.locator(f'main a[href="{number}"]').first
    expect(call).to_be_in_viewport()
    assert fits(page)
    expect(page.locator("#next")).to_contain_text(re.compile(r"0\d+ \d+"))
    page.goto(portal.url(f"/{language}/services?q={question}"))
    people.follow(page.locator('main a[href$="/about/service-voucher"]').first)
    expect(page.locator("h1")).to_be_visible()
    assert fits(page)
    context.close()


def test_a_counsellor_lists_ten_and_takes_them_along(portal: Portal, visit: tuple[Page, str]) -> None:
    page, language = visit
    page.goto(portal.url(f"/{language}/services"))
    for box in page.locator(".offer-card input[name=offer]").all()[:10]:
        box.check()
    people.follow(page.locator('.compare-bar button[formaction*="/compare/list"]'))
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(10)
    expect(rows.first.locator('a[href^="tel:"]')).to_be_visible()
    assert fits(page)
    assert fits_on_paper(page)
    content = people.save(page.locator('main a[href*="/compare/list.xlsx"]'))
    lines = list(load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    titles = [row.locator("th a").inner_text() for row in rows.all()]
    assert [line[0] for line in lines[1:11]] == titles
    page.go_back()
    people.follow(page.locator('.compare-bar button[formaction$="/compare"]'))
    size = page.viewport_size
    assert size is not None
    narrow = size["width"] < NARROW
    expect(page.locator(".compare-stack")).to_be_visible(visible=narrow)
    expect(page.locator(".compare-table")).to_be_visible(visible=not narrow)
    assert fits(page)
