"""The main job, end to end: a newcomer applies, the office approves, an offer is published, a visitor finds it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.journeys import people
from tests.journeys.conftest import Portal

WORDS = {
    "title-fi": "Päivätoimintaa järven rannalla",
    "title-sv": "Dagverksamhet vid sjön",
    "summary-fi": "Pieni ryhmä, rauhalliset aamut.",
    "summary-sv": "Liten grupp, lugna morgnar.",
    "description-fi": "Teemme käsitöitä, kokkaamme ja ulkoilemme yhdessä.",
    "description-sv": "Vi gör handarbeten, lagar mat och är ute tillsammans.",
}
QUERIES = ("päivätoimintaa", "päivätoiminnan", "dagverksamhet", "dagverksamheten")
ASKED = {"fi": "Täydennä", "sv": "Komplettera"}
QUESTION = {"fi": "Millä alueella kuljetatte?", "sv": "I vilket område kör ni kunderna?"}
"""What the office asks, in the provider's language: a question in another is asked to be confirmed."""
SUBJECTS = {"fi": "äätös", "sv": "eslut"}
APPEAL = {"fi": "oikaisu", "sv": "omprövning"}


@pytest.fixture
def proof(tmp_path: Path, core_app: object) -> Path:
    """A real PDF file."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    path = tmp_path / "todistus.pdf"
    writer.write(path)
    return path


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_from_registration_to_comparison(
    portal: Portal, browser: Browser, proof: Path, language: str
) -> None:
    company = people.Company(language, 1 if language == "fi" else 2)
    applicant = people.fresh_page(browser, language)
    provider_id = people.register(applicant, portal, company)
    people.complete_company(applicant, portal, company, provider_id)
    address = people.apply(applicant, portal, company, provider_id, proof)
    review = people.office_page(portal, address)

    reviewer = people.fresh_page(browser, "fi")
    people.sign_in(reviewer, portal, "reviewer@demo.fi")
    people.ask_for_completion(reviewer, review, "services", QUESTION[language])

    asked = portal.mailbox.await_message(company.email, ASKED[language])
    assert QUESTION[language] in _text(asked)
    applicant.goto(address)
    assert QUESTION[language] in applicant.inner_text("main")
    applicant.goto(f"{address}/services/transport")
    applicant.check("[name=municipalities][value='858']")
    people.send(applicant)
    people.submit(applicant, address)

    people.propose_approval(reviewer, review, language)
    reviewer.goto(f"{review}/decision")
    assert not reviewer.locator("form[action$='/decision'] button").count(), (
        "nobody decides on one's own proposal"
    )
    decider = people.fresh_page(browser, "fi")
    people.sign_in(decider, portal, "decider@demo.fi")
    people.decide(decider, review)

    mail = portal.mailbox.await_message(company.email, SUBJECTS[language])
    [document] = [part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"]
    pdf = PdfReader(io.BytesIO(document.get_content()))
    words = "\n".join(page.extract_text() for page in pdf.pages).lower()
    assert company.name.lower() in words
    assert APPEAL[language] in words
    assert str(pdf.root_object["/Lang"]).startswith(language)

    offer = people.publish_offer(applicant, portal, company, provider_id, WORDS)
    _found_and_compared(browser, portal, language, offer)


def _found_and_compared(browser: Browser, portal: Portal, language: str, offer: int) -> None:
    visitor = people.fresh_page(browser, language)
    link = f"main a[href$='/services/{offer}']"
    for query in QUERIES:
        visitor.goto(portal.url(f"/{language}/"))
        visitor.fill("main [name=q]", query)
        people.send(visitor, visitor.locator("main form").first)
        narrowed = visitor.url + f"&municipality={people.MUNICIPALITY}&pilot=keusote-2022&sort=price"
        people.await_catalogue(visitor, narrowed, lambda: visitor.locator(link).count() > 0)
    ids = visitor.locator("main input[name=offer]").evaluate_all("boxes => boxes.map(box => box.value)")
    others = [value for value in dict.fromkeys(ids) if value != str(offer)][:2]
    assert len(others) == 2, "there are two others to compare with"
    for value in (str(offer), *others):
        visitor.locator(f"main input[name=offer][value='{value}']").first.check()
    people.follow(visitor.locator(".compare-bar button").first)
    table = visitor.locator("main table").first
    assert table.locator("thead th, thead td").count() >= 4
    assert WORDS[f"title-{language}"] in visitor.inner_text("main")
    assert "44,50" in table.inner_text()


def _text(mail: object) -> str:
    body = mail.get_body()  # type: ignore[attr-defined]
    return str(body.get_content())
