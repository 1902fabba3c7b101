"""What people do on the portal, step by step, the way they do it: through pages, by clicking and typing.

Controls are found by name, never by words, so that the same steps walk the Finnish and the Swedish pages.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page
from stdnum.fi import ytunnus

from tests.journeys.conftest import Portal

PASSWORD = "palvelutori-demo"
OWN_PASSWORD = "viisi punaista ämpäriä"
"""What a newcomer chooses: the demo's published password is among those that are refused."""
MUNICIPALITY = "186"
"""Järvenpää, in the area of keusote-2022."""
HOLDS_DAYS = 300
"""Days for which a proof still holds when it is given."""
PATIENCE: Final = 30_000
"""Milliseconds that a page may take on a machine that has much else to do."""
CATALOGUE_SECONDS: Final = 20
"""How long a change may take there until visitors see it."""


@dataclass
class Company:
    """A newcomer: who registers, and the language in which they do everything."""

    language: str
    number: int

    @property
    def email(self) -> str:
        """The address of the person who registers."""
        return f"uusi{self.number}.{self.language}@example.fi"

    @property
    def name(self) -> str:
        """The company's name."""
        return f"Kotikuja {self.number} {'Oy' if self.language == 'fi' else 'Ab'}"

    @property
    def business_id(self) -> str:
        """A business ID whose check digit is right, from the range that no company has."""
        for number in range(9_900_000 + self.number * 100, 10_000_000):
            for digit in "0123456789":
                if ytunnus.is_valid(f"{number}{digit}"):
                    return f"{number}-{digit}"
        raise AssertionError("no number left")


def follow(control: Locator) -> None:
    """Press a link or a button that opens a page, and wait until that page has opened.

    A click alone returns while the page before still stands, so that whatever is looked at next may be of that page.
    """
    with control.page.expect_navigation():
        control.click()


def press(control: Locator) -> None:
    """Press a control that stays on its page."""
    control.click()


def save(control: Locator) -> bytes:
    """Press a link or a button that answers with a file; what the file holds."""
    with control.page.expect_download() as download:
        control.click()
    return Path(download.value.path()).read_bytes()


def send(page: Page, form: Locator | None = None) -> None:
    """Press the form's main button (the first form of the page's content when none is given).

    It stands in the row of buttons at the form's end; other buttons may stand among the fields.
    """
    target = form or page.locator("main form").first
    row = target.locator(":scope > .buttons > button[type=submit]")
    others = target.locator("button[type=submit], button:not([type])")
    follow((row if row.count() else others).first)


def sign_in(page: Page, portal: Portal, email: str, password: str = PASSWORD, language: str = "fi") -> None:
    """Sign in through the page."""
    page.goto(portal.url(f"/{language}/account/sign-in"))
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    send(page)
    assert "/account/sign-in" not in page.url, page.inner_text("main")


def register(page: Page, portal: Portal, company: Company) -> int:
    """Make an account and a company; the provider's id."""
    begin_registration(page, portal, company)
    confirm_address(page, portal, company.email)
    match = re.search(r"/provider/(\d+)", page.url)
    assert match, page.url
    return int(match[1])


def begin_registration(page: Page, portal: Portal, company: Company) -> None:
    """Fill the page of registration, with a mistake at first; a mail is on its way then."""
    page.goto(portal.url(f"/{company.language}/provider/register"))
    page.fill("[name=name]", "Aino Alku")
    page.fill("[name=email]", company.email)
    page.fill("[name=password]", OWN_PASSWORD)
    page.fill(
        "[name=business_id]", company.business_id[:-1] + ("0" if company.business_id[-1] != "0" else "1")
    )
    page.fill("[name=official_name]", company.name)
    page.select_option("[name=legal_form]", index=1)
    page.fill("[name=phone]", "040 555 0100")
    send(page)
    assert page.locator("[name=official_name]").input_value() == company.name, "what was typed is kept"
    assert page.locator("[aria-invalid=true][name=business_id]").count() == 1, "a wrong check digit is shown"
    page.fill("[name=business_id]", company.business_id)
    page.fill("[name=password]", OWN_PASSWORD)
    send(page)


def confirm_address(page: Page, portal: Portal, email: str) -> None:
    """Follow the link in the mail that confirms a newcomer's address, and finish the registration."""
    mail = portal.mailbox.await_message(email, "")
    page.goto(link_in(mail, "/register/confirm"))
    follow(page.locator("main form[action$='/register/confirm'] button"))


def link_in(mail: EmailMessage, part: str) -> str:
    """The address in a mail that holds `part`."""
    found = re.search(rf"http://\S*{part}\S*", body(mail))
    assert found, body(mail)
    return found[0]


def body(mail: EmailMessage) -> str:
    """The words of a mail."""
    text = mail.get_body()
    assert text is not None
    return str(text.get_content())


def complete_company(page: Page, portal: Portal, company: Company, provider_id: int) -> None:
    """Give the facts of the company that an application needs."""
    page.goto(portal.url(f"/{company.language}/provider/{provider_id}/company"))
    facts = {
        "street": "Kotikuja 1",
        "postal_code": "04400",
        "city": "Järvenpää",
        "iban": "FI21 1234 5600 0007 85",
    }
    for name, text in facts.items():
        page.fill(f"[name={name}]", text)
    for language in ("fi", "sv"):
        page.check(f"[name=languages][value={language}]")
    send(page)
    assert not page.locator("[aria-invalid=true]").count(), page.inner_text("main")


def answer_everything(page: Page, proof: Path, today: date) -> None:
    """Answer every question of the page that is still open, plausibly."""
    form = page.locator("main form").first
    for group in form.locator("fieldset:has(input[type=radio])").all():
        if not group.locator("input:checked").count():
            group.locator("input[type=radio]").first.check()
    for group in form.locator("fieldset:has(input[type=checkbox])").all():
        if not group.locator("input:checked").count():
            group.locator("input[type=checkbox]").first.check()
    for box in form.locator("input[type=checkbox]:not(fieldset input)").all():
        box.check()
    for field in form.locator("input[type=text], input:not([type]), textarea").all():
        if field.is_visible() and not field.input_value():
            field.fill(_plausible(field, today))
    for chooser in form.locator("input[type=file]").all():
        chooser.set_input_files(proof)
    send(page)


_WHOLE_FIELD = "xpath=ancestor::*[contains(@class, 'form-field')][1]"
"""A field with its label and hint, from its input."""


def _plausible(field: Locator, today: date) -> str:
    mode = field.get_attribute("inputmode") or ""
    if mode in ("numeric", "decimal"):
        return "10"
    if "22.11." in field.locator(_WHOLE_FIELD).inner_text():  # the hint shows how a day is written
        return typed(today)
    return "Kerromme tästä lisää mielellämme."


def typed(day: date) -> str:
    """A day as people write it."""
    return f"{day.day}.{day.month}.{day.year}"


def apply(page: Page, portal: Portal, company: Company, provider_id: int, proof: Path) -> str:
    """Fill the application to keusote-2022 for day activities and transport and send it; its address."""
    page.goto(portal.url(f"/{company.language}/provider/{provider_id}/applications"))
    follow(page.locator("form[action*='/applications/start/keusote-2022'] button"))
    return fill(page, page.url, proof, portal.today())


def fill(page: Page, address: str, proof: Path, today: date, holds: Mapping[str, int] | None = None) -> str:
    """Fill the application that was begun at `address` and send it; its address. `holds`: as `give_proofs`."""
    _choose(page, address, "services", ["day_activity", "transport"])
    for service in ("day_activity", "transport"):
        page.goto(f"{address}/services/{service}")
        page.check(f"[name=municipalities][value='{MUNICIPALITY}']")
        send(page)
    page.goto(address)
    sections = page.locator("main a[href*='/sections/']").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert sections, "the pilot's own questions are pages of the application"
    for section in dict.fromkeys(sections):
        page.goto(section)
        answer_everything(page, proof, today)
        assert page.url != section, page.inner_text("main")
    give_proofs(page, address, proof, today, holds or {})
    accept_rulebook(page, address)
    return submit(page, address)


def _choose(page: Page, address: str, part: str, values: list[str]) -> None:
    page.goto(f"{address}/{part}")
    for value in values:
        page.check(f"[name=services][value='{value}']")
    send(page)


def give_proofs(page: Page, address: str, proof: Path, today: date, holds: Mapping[str, int]) -> None:
    """Upload the proof of every kind that is asked for and still missing.

    `holds` names the kinds that hold for another number of days than HOLDS_DAYS.
    """
    page.goto(f"{address}/evidence")
    links = page.locator("main a[href*='/evidence/']").evaluate_all("links => links.map(link => link.href)")
    for link in dict.fromkeys(links):
        page.goto(link)
        give_proof(page, proof, today, holds.get(link.rpartition("/")[2], HOLDS_DAYS))
        assert page.url != link, page.inner_text("main")


def give_proof(page: Page, proof: Path, today: date, holds_days: int = HOLDS_DAYS) -> None:
    """Fill the form of a proof, issued ten days ago, and send it."""
    if page.locator("[name=document]").count():
        page.set_input_files("[name=document]", proof)
    page.fill("[name=issued_on]", typed(today - timedelta(days=10)))
    if page.locator("[name=valid_until]").count():
        page.fill("[name=valid_until]", typed(today + timedelta(days=holds_days)))
    if page.locator("[name=insured_sum]").count():
        page.fill("[name=insured_sum]", "1000000")
    send(page)


def accept_rulebook(page: Page, address: str) -> None:
    """Accept the rulebook by its name."""
    page.goto(f"{address}/rulebook")
    page.check("[name=accepted]")
    send(page)


def submit(page: Page, address: str) -> str:
    """Check the answers and send the application; its address."""
    page.goto(f"{address}/check")
    send(page)
    assert page.url.endswith("/receipt"), page.inner_text("main")
    return address


def office_page(portal: Portal, address: str, language: str = "fi") -> str:
    """The office's address of an application whose provider's address is given."""
    number = address.rstrip("/").rsplit("/", 1)[1]
    return portal.url(f"/{language}/office/applications/{number}")


def ask_for_completion(page: Page, review: str, section: str, words: str) -> None:
    """Take the application into review and ask for one section to be completed."""
    page.goto(review)
    follow(page.locator("form[action$='/take'] button"))
    page.goto(f"{review}/completion")
    page.check(f"[name=sections][value='{section}']")
    page.fill(f"[name='text-{section}']", words)
    send(page)
    assert page.url == review, page.inner_text("main")


GROUNDS = {
    "fi": "Palveluntuottaja täyttää sääntökirjan ehdot.",
    "sv": "Serviceproducenten uppfyller villkoren i regelboken.",
}


def propose_approval(page: Page, review: str, language: str) -> None:
    """Propose that every service is approved, with grounds in the provider's language."""
    page.goto(f"{review}/proposal")
    for option in page.locator("input[type=radio][value=approved]").all():
        option.check()
    for field in page.locator("textarea[name^=grounds]").all():
        field.fill(GROUNDS[language])
    send_proposal(page)
    assert page.url == review, page.inner_text("main")


def send_proposal(page: Page) -> None:
    """Send the proposal for decision, by the last button: those before it add conditions."""
    follow(page.locator("main form").first.locator("button").last)


def decide(page: Page, review: str) -> None:
    """Decide as was proposed."""
    page.goto(f"{review}/decision")
    send(page)
    assert page.url == review, page.inner_text("main")


def publish_offer(
    page: Page, portal: Portal, company: Company, provider_id: int, words: dict[str, str]
) -> int:
    """Write an offer of day activities in both languages with its prices and publish it; its id."""
    page.goto(portal.url(f"/{company.language}/provider/{provider_id}/offers"))
    follow(page.locator("a[href*='/offers/for/']").first)
    editor = page.url
    for name, text in words.items():
        page.fill(f"[name={name}]", text)
    prices = page.locator("input[name^=price_]")
    assert prices.count() >= 1
    for field in prices.all():
        field.fill("1000000")
    send(page)
    assert page.url == editor
    assert page.locator("[aria-invalid=true][name^=price_]").count() >= 1, (
        "a price above the ceiling is refused"
    )
    for field in prices.all():
        field.fill("")
    prices.first.fill("44,50")
    send(page)
    offer = re.search(r"/offers/(\d+)", page.url)
    assert offer, page.url
    page.goto(portal.url(f"/{company.language}/provider/{provider_id}/offers/{offer[1]}/preview"))
    page.check("[name=nothing_extra]")
    send(page)
    assert page.locator("[name=state][aria-invalid=true]").count() >= 1, "free places are asked about"
    page.check("[name=state][value=now]")
    if page.locator("[name=sure]").count():
        page.check("[name=sure]")
    send(page)
    assert "/preview" not in page.url, page.inner_text("main")
    return int(offer[1])


def await_catalogue(page: Page, address: str, shows: Callable[[], bool]) -> None:
    """Open a page of the catalogue again and again until it shows a change or shows no more what has gone.

    The worker brings a change into the index a moment after it was made, and each web process reads it then.
    """
    deadline = time.monotonic() + CATALOGUE_SECONDS
    while True:
        page.goto(address)
        if shows():
            return
        assert time.monotonic() < deadline, f"{address} does not show the change:\n{page.inner_text('main')}"
        page.wait_for_timeout(250)


def fresh_page(browser: Browser, language: str) -> Page:
    """A tab of another person on another computer."""
    context = browser.new_context(
        locale=f"{language}-FI", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()
