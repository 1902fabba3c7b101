"""A family searches, ticks services for comparison and counts a month, with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import people
from tests.journeys.conftest import Portal

pytestmark = pytest.mark.browser

MOST = 10


@pytest.fixture(params=["script", "plain"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A tab of somebody who is not signed in, on a phone; `plain` has no JavaScript."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=request.param == "script"
    )
    yield context.new_page()
    context.close()


def ticked(page: Page) -> set[str]:
    """The services that are ticked."""
    boxes = page.locator("input[name=offer]:checked").all()
    return {box.get_attribute("value") or "" for box in boxes}


def tick(page: Page, count: int) -> set[str]:
    """Tick the first boxes of the list that are free; their services."""
    free = page.locator(".offer-card input[name=offer]:not(:checked)")
    chosen = set()
    for _ in range(count):
        box = free.first
        chosen.add(box.get_attribute("value") or "")
        box.check()
    return chosen


def test_what_is_ticked_stays_ticked_from_page_to_page_to_the_comparison(
    portal: Portal, visitor: Page
) -> None:
    visitor.goto(portal.url("/fi/services"))
    chosen = tick(visitor, 2)
    people.follow(visitor.locator('.pagination button[value="2"]').first)
    expect(visitor.locator('.pagination [aria-current="page"]')).to_have_text("2")
    assert ticked(visitor) == chosen
    chosen |= tick(visitor, 1)
    people.follow(visitor.locator(".compare-bar button").first)
    expect(visitor.locator("thead th")).to_have_count(1 + 3)
    assert all(f"offer={offer}" in visitor.url for offer in chosen)
    visitor.go_back()
    expect(visitor.locator("input[name=offer]:checked")).to_have_count(3)
    assert ticked(visitor) == chosen


def test_the_month_is_counted_where_one_sees_it(portal: Portal, visitor: Page) -> None:
    visitor.goto(portal.url("/sv/services?service=day_activity"))
    tick(visitor, 2)
    people.follow(visitor.locator(".compare-bar button").first)
    visitor.locator("#hours-day").fill("8")
    people.follow(visitor.locator("main form button[type=submit]"))
    expect(visitor.locator(".month-costs")).to_be_in_viewport()


def test_who_hears_the_page_finds_results_choice_and_fields_by_name(portal: Portal, visitor: Page) -> None:
    visitor.goto(portal.url("/fi/services?service=personal_assistance"))
    expect(visitor.get_by_role("search").locator("[name=q]")).to_be_visible()
    expect(visitor.get_by_role("search").get_by_role("article")).to_have_count(0)
    results = visitor.get_by_role("region", name=re.compile(r"^\d+ palvelua?$"))
    expect(results.get_by_role("article").first).to_be_visible()
    first = results.get_by_role("article").first
    title = first.get_by_role("heading").inner_text()
    box = first.get_by_role("checkbox", name=f"Lisää vertailuun {title}", exact=True)
    box.check()
    expect(results.get_by_role("region", name="Valitut palvelut").get_by_role("button")).to_have_count(3)
    people.follow(visitor.locator(".compare-bar button").first)
    expect(visitor.get_by_role("textbox", name="Arkipäivä h", exact=True)).to_be_visible()
    people.follow(visitor.locator('main a[href*="/plan?"]').first)
    own = visitor.get_by_role("region", name=title).get_by_role("group", name=title)
    expect(own.get_by_role("textbox", name=re.compile(r"^Arkipäivä × \d+,\d\d\s€.h$"))).to_be_visible()


@pytest.mark.parametrize(("path", "typed"), [("/fi/", "avus"), ("/sv/services", "pers")])
def test_with_script_names_are_suggested_wherever_one_searches(
    portal: Portal, browser: Browser, path: str, typed: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(portal.url(path))
    page.locator("#q").press_sequentially(typed)
    expect(page.locator("#q-suggestions option").first).to_have_attribute(
        "value", re.compile(typed, re.IGNORECASE)
    )
    context.close()


def test_with_script_order_and_way_back_keep_the_choice_and_an_eleventh_is_refused(
    portal: Portal, browser: Browser
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(portal.url("/fi/services"))
    chosen = tick(page, 1)
    page.locator("#sort").select_option("name")
    page.wait_for_url("**sort=name**")
    expect(page.locator("input[name=offer]:checked")).to_have_count(1)
    chosen |= tick(page, MOST - 1)
    eleventh = page.locator(".offer-card input[name=offer]:not(:checked)").first
    people.press(eleventh)
    expect(eleventh).not_to_be_checked()
    page.go_back()
    page.wait_for_url(lambda url: "sort=" not in url)
    expect(page.locator("#sort")).to_have_value("match")
    expect(page.locator("input[name=offer]:checked")).to_have_count(MOST)
    assert ticked(page) == chosen
    assert "offer=" in (page.locator(".languages a[hreflang]").get_attribute("href") or "")
    context.close()
