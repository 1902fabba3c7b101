"""A client on a telephone: in by a letter, the own pages, a helper who acts and is sent away, and wrong codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Final

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from marketplace.clients.letters.rules import LENGTH
from marketplace.pilots.vocabulary import client_rules
from tests.journeys import people
from tests.journeys.conftest import Portal
from tests.journeys.people import OWN_PASSWORD, body, fresh_page, link_in, send, sign_in

pytestmark = pytest.mark.browser

PHONE: Final = {"width": 390, "height": 844}
PRINTED: Final = re.compile(rf"\b[A-Z2-9]{{{LENGTH // 2}}}-[A-Z2-9]{{{LENGTH // 2}}}\b")
WORDS: Final = {
    "fi": {"hello": "Hei ", "locked": "uusi kirje", "for": "puolesta", "revoked": "Peruttu"},
    "sv": {"hello": "Hej ", "locked": "nytt brev", "for": "för", "revoked": "Återkallad"},
}


def telephone(browser: Browser, language: str) -> Page:
    """A tab as wide as a telephone."""
    tab = fresh_page(browser, language)
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return tab


@pytest.fixture
def client(browser: Browser, language: str) -> Iterator[Page]:
    """The client's telephone."""
    tab = telephone(browser, language)
    yield tab
    tab.context.close()


@pytest.fixture
def other(browser: Browser, language: str) -> Iterator[Page]:
    """The telephone of somebody else: the helper, or the counsellor's browser."""
    tab = telephone(browser, language)
    yield tab
    tab.context.close()


def enter_code(page: Page, portal: Portal, language: str, number: str, code: str) -> None:
    """Sign in with a letter."""
    page.goto(portal.url(f"/{language}/account/code"))
    page.fill("[name=number]", number)
    page.fill("[name=code]", code)
    send(page)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_client_signs_in_with_a_letter_and_lets_a_helper_act_until_it_is_revoked(
    portal: Portal, client: Page, other: Page, language: str
) -> None:
    words, near = WORDS[language], f"lahella-{language}@posti.example"
    letter = body(portal.mailbox.await_message("client@demo.fi", "koodit"))
    number = re.search(r"A-\d{4}", letter)
    assert number, letter
    code = PRINTED.findall(letter)[("fi", "sv").index(language)]
    enter_code(client, portal, language, number[0].lower(), code.lower())
    assert client.url == portal.url(f"/{language}/client/"), client.inner_text("main")
    assert words["hello"] in client.inner_text("h1")
    tabs = client.locator(".area-tabs a").evaluate_all("links => links.map(link => link.href)")
    assert len(tabs) >= 5
    for address in tabs:
        client.goto(address)
        assert client.locator("h1").count() == 1, address
        assert client.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address

    client.goto(portal.url(f"/{language}/client/helpers/new"))
    client.fill("[name=name]", "Lähellä Läheinen")
    client.fill("[name=email]", near)
    client.check("[name=scope][value=act]")
    send(client)
    assert client.url.endswith("/client/helpers"), client.inner_text("main")

    other.goto(link_in(portal.mailbox.await_message(near, ""), "/account/mandate"))
    other.fill("[name=name]", "Lähellä Läheinen")
    other.fill("[name=password]", OWN_PASSWORD)
    send(other)
    home = other.url
    assert "/client/" in home, other.inner_text("main")
    home = home.replace("/fi/", f"/{language}/")  # the letter was in the client's language
    other.goto(home)
    assert words["for"] in other.locator(".notification").first.inner_text()
    other.goto(portal.url(f"/fi/client/data/contact{home[home.index('?') :]}"))
    other.fill("[name=phone]", "040 123 4567")
    send(other)
    assert "040 123 4567" in other.inner_text("main")

    client.goto(portal.url(f"/{language}/client/log"))
    assert "Lähellä Läheinen" in client.inner_text("main")
    client.goto(portal.url(f"/{language}/client/helpers"))
    people.follow(client.locator("main tr", has_text="Lähellä").locator("button"))
    assert words["revoked"] in client.inner_text("main")
    answer = other.goto(home)
    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_after_five_wrong_codes_no_code_opens_the_letter_there_and_the_page_says_how_to_go_on(
    portal: Portal, client: Page, other: Page, language: str
) -> None:
    sign_in(other, portal, "counsellor@demo.fi")
    other.goto(portal.url(f"/fi/counsellor/clients?q=A-000{['fi', 'sv'].index(language) + 2}"))
    row = other.locator("main tbody tr").first
    number = row.locator("td").first.inner_text().strip()
    people.follow(row.locator("a").first)
    if "/why" in other.url:
        other.check("[name=ground][value=asked]")
        send(other)
    address = other.url.partition("?")[0]
    other.goto(f"{address}/letter")
    letter = people.save(other.locator("main form button").first)
    printed = "\n".join(page.extract_text() for page in PdfReader(BytesIO(letter)).pages)
    [code, *_more] = PRINTED.findall(printed)
    tries = client_rules("keusote").code_tries
    for _wrong in range(tries):
        enter_code(client, portal, language, number, "AAAAA-AAAAA")
        assert "/account/code" in client.url
    assert WORDS[language]["locked"] in client.inner_text("main")
    enter_code(client, portal, language, number, code)
    assert "/account/code" in client.url, "from there a right code opens nothing now"
