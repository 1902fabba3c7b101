"""What the office does on its pages, and what a visitor sees of it. As in `people`, controls are found by name."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date
from email.message import EmailMessage

from playwright.sync_api import Locator, Page
from pypdf import PdfReader

from tests.journeys import people
from tests.journeys.office.timed import TimedPortal

PILOT = "keusote-2022"
SERVICES = ("day_activity", "transport")
"""What the journeys' applications ask for, in the order of the pages."""


def invite(page: Page, timed: TimedPortal, company: people.Company, language: str) -> None:
    """Put a company on the list and send it the invitation."""
    place = timed.url(f"/{language}/office/invitations/{PILOT}")
    page.goto(f"{place}/add")
    page.fill("[name=name]", company.name)
    page.fill("[name=email]", company.email)
    page.check(f"[name=language][value={company.language}]")
    page.fill("[name=business_id]", company.business_id)
    people.send(page)
    page.goto(f"{place}/send/invitation")
    assert company.email in page.inner_text("main"), "the dry run names who would get the letter"
    people.send(page)
    assert page.url == place


def register_invited(page: Page, timed: TimedPortal, link: str) -> str:
    """Open the link of an invitation, register, begin the application; its address. What is known is not asked."""
    page.goto(link)
    invitation = page.url
    assert "key" not in invitation, "the key is in the browser and not in the address"
    people.follow(page.locator("main a[href*='/provider/register']").first)
    assert page.locator("[name=business_id]").input_value(), "the business ID is filled in"
    assert page.locator("[name=official_name]").input_value(), "the name is filled in"
    assert page.locator("[name=email]").input_value(), "the address is filled in"
    page.fill("[name=name]", "Aino Alku")
    page.fill("[name=password]", people.OWN_PASSWORD)
    page.select_option("[name=legal_form]", index=1)
    page.fill("[name=phone]", "040 555 0100")
    email = page.locator("[name=email]").input_value()
    people.send(page)
    timed.work()
    people.confirm_address(page, timed, email)
    assert page.url == invitation, "registering leads back to the invitation"
    people.follow(page.locator("main form[action$='/apply'] button").first)
    return page.url


def take(page: Page, review: str) -> None:
    """Take the application into review."""
    page.goto(review)
    people.follow(page.locator("form[action$='/take'] button"))


def hear(page: Page, review: str, services: Iterable[str], reasons: str) -> None:
    """Ask the provider what it says to the rejection of services."""
    page.goto(f"{review}/hearing")
    for service in services:
        page.check(f"[name=services][value={service}]")
    page.fill("[name=reasons]", reasons)
    people.send(page)
    assert page.url == review, page.inner_text("main")


def answer(page: Page, address: str, reasons: str, words: str) -> None:
    """The provider reads why it is heard, by the button of its application, and answers."""
    page.goto(address)
    people.follow(page.locator(f"main a[href$='{address.partition('/provider/')[2]}/hearing']").first)
    assert reasons in page.inner_text("main")
    page.fill("[name=answer]", words)
    people.send(page)
    assert page.url == address, page.inner_text("main")


def line(page: Page, service: str) -> Locator:
    """The part of the proposal's page that is about a service."""
    parts = page.locator("main form section:has(textarea[name^=condition])")
    return parts.nth(SERVICES.index(service))


def propose(page: Page, review: str, outcomes: Mapping[str, str], grounds: str) -> None:
    """Choose an outcome for each service and give the same grounds for all."""
    page.goto(f"{review}/proposal")
    for service, outcome in outcomes.items():
        line(page, service).locator(f"input[type=radio][value={outcome}]").check()
        line(page, service).locator("textarea[name^=grounds]").fill(grounds)


def set_condition(page: Page, service: str, text: str, due_on: date) -> None:
    """Write the condition of an approval into the proposal."""
    line(page, service).locator("textarea[name^=condition-0]").fill(text)
    line(page, service).locator("input[name^=due-0]").fill(people.typed(due_on))


def standing_page(page: Page, timed: TimedPortal, language: str, name: str) -> str:
    """Open a provider's approval from the office's list; its address."""
    page.goto(timed.url(f"/{language}/office/approvals"))
    people.follow(page.locator("main table a", has_text=name).first)
    return page.url


def propose_measure(page: Page, approval: str) -> None:
    """Go on to the proposal after the hearing, from the approval's page."""
    page.goto(approval)
    people.follow(page.locator("main a[href$='/proposal']").first)
    people.send(page)
    assert page.url == approval, page.inner_text("main")


def decide_measure(page: Page, approval: str) -> None:
    """Decide as proposed, from the approval's page."""
    page.goto(approval)
    people.follow(page.locator("main a[href$='/decision']").first)
    people.send(page)
    assert page.url == approval, page.inner_text("main")


def document(mail: EmailMessage) -> tuple[str, str]:
    """The words of the decision that a mail carries, without line breaks, and its language."""
    return words_of(attachment(mail))


def attachment(mail: EmailMessage) -> bytes:
    """The PDF that a mail carries."""
    [attached] = list(mail.iter_attachments())
    assert attached.get_content_type() == "application/pdf"
    content: bytes = attached.get_content()
    return content


def words_of(content: bytes) -> tuple[str, str]:
    """The words of a PDF in one line, and its language."""
    pdf = PdfReader(io.BytesIO(content))
    text = " ".join(page.extract_text() for page in pdf.pages)
    return " ".join(text.split()), str(pdf.root_object["/Lang"])


def is_visible(page: Page, timed: TimedPortal, language: str, offer: int) -> bool:
    """Whether a visitor finds the offer; its own page and the results always agree."""
    page.goto(timed.url(f"/{language}/services?municipality={people.MUNICIPALITY}&pilot={PILOT}"))
    listed = page.locator(f"main a[href$='/services/{offer}']").count() > 0
    shown = page.goto(timed.url(f"/{language}/services/{offer}"))
    assert shown is not None
    assert (shown.status == 410) != listed
    return listed


def raise_price(page: Page, address: str, band: str, price: str, first_day: str) -> None:
    """The provider writes a new price of a band from a day on into the offer's editor and sends it to the office."""
    page.goto(address)
    page.fill(f"[name=price_{band}]", price)
    page.fill("[name=valid_from]", first_day)
    people.send(page)
    page.check("[name=nothing_extra]")
    people.send(page)
    assert page.url.partition("#")[0].endswith("/offers"), page.inner_text("main")


def approve_change(page: Page, timed: TimedPortal) -> None:
    """The office approves the only change of an offer that waits."""
    page.goto(timed.url("/fi/office/changes"))
    people.follow(page.locator("main tbody th a"))
    people.send(page, page.locator("form[action$='/approve']"))
    timed.work()
