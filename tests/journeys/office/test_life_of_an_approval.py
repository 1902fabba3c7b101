"""From the invitation to a proof that runs out and is renewed: half a year of one provider and its office."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from marketplace.i18n import helsinki_date
from marketplace.permissions import Role
from tests.conftest import ENGINES
from tests.factories import NOW
from tests.journeys import people
from tests.journeys.office import steps
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

INSURANCE = "liability_insurance"
INSURED_DAYS = 60
CONDITION_DAYS = 30
OFFER = {
    "title-fi": "Päivätoimintaa järven rannalla",
    "title-sv": "Dagverksamhet vid sjön",
    "summary-fi": "Pieni ryhmä, rauhalliset aamut.",
    "summary-sv": "Liten grupp, lugna morgnar.",
    "description-fi": "Teemme käsitöitä ja ulkoilemme yhdessä.",
    "description-sv": "Vi gör handarbeten och är ute tillsammans.",
}
SAID = {
    "fi": {
        "question": "Millä alueella kuljetatte?",
        "added": "Tuusula",
        "reasons": "Vakuutus ei kata kuljetuksia.",
        "answer": "Vakuutus laajennetaan keväällä.",
        "condition": "Omavalvontasuunnitelma julkaistaan.",
    },
    "sv": {
        "question": "Inom vilket område kör ni?",
        "added": "Tusby",
        "reasons": "Försäkringen täcker inte transporter.",
        "answer": "Försäkringen utvidgas i vår.",
        "condition": "Planen för egenkontroll publiceras.",
    },
}
SUBJECTS = {
    "fi": {
        "completion": "Täydennä",
        "decision": "äätös",
        "condition": "ehdosta",
        "renew": "uusia todistuksesi",
        "expired": "ei ole uusittu",
    },
    "sv": {
        "completion": "Komplettera",
        "decision": "eslut",
        "condition": "villkor",
        "renew": "Förnya",
        "expired": "har inte förnyats",
    },
}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("engine_name", "language", "scripts"),
    [(ENGINES[0], "fi", False), (ENGINES[-1], "sv", True)],
    indirect=["engine_name"],
    scope="session",
)
def test_invited_approved_in_part_hidden_when_a_proof_runs_out_and_back_when_it_is_renewed(
    timed: TimedPortal, sit: Sit, proof: Path, language: str, scripts: bool
) -> None:
    company = people.Company(language, 21 if language == "fi" else 22)
    provider, reviewer, visitor = sit(language), sit(language, Role.REVIEWER), sit(language)
    address = _invited_and_applied(timed, sit, provider, proof, company)
    review = people.office_page(timed, address, language)
    _completed(timed, provider, reviewer, address, review, company)
    _approved_in_part(timed, sit, provider, reviewer, address, review, company)
    provider_id = int(address.partition("/provider/")[2].partition("/")[0])
    offer = people.publish_offer(provider, timed, company, provider_id, OFFER)
    timed.work()
    assert steps.is_visible(visitor, timed, language, offer)
    _condition_met(timed, provider, reviewer, company, provider_id)
    assert steps.is_visible(visitor, timed, language, offer)
    _insurance_runs_out(timed, reviewer, visitor, company, offer)
    _renewed(timed, provider, proof, company)
    assert steps.is_visible(visitor, timed, language, offer)


def _invited_and_applied(
    timed: TimedPortal, sit: Sit, provider: Page, proof: Path, company: people.Company
) -> str:
    language = company.language
    coordinator = sit(language, Role.COORDINATOR)
    steps.invite(coordinator, timed, company, language)
    timed.work()
    letter = timed.mailbox.await_message(company.email, "")
    address = steps.register_invited(provider, timed, people.link_in(letter, "/invitation"))
    provider_id = int(address.partition("/provider/")[2].partition("/")[0])
    people.complete_company(provider, timed, company, provider_id)
    people.fill(provider, address, proof, timed.today(), {INSURANCE: INSURED_DAYS})
    numbers = coordinator.goto(timed.url(f"/{language}/office/invitations/{steps.PILOT}?show=applied"))
    assert numbers is not None
    assert company.name in coordinator.inner_text("main table"), "the list knows who has applied"
    return address


def _completed(
    timed: TimedPortal,
    provider: Page,
    reviewer: Page,
    address: str,
    review: str,
    company: people.Company,
) -> None:
    question = SAID[company.language]["question"]
    people.ask_for_completion(reviewer, review, "services", question)
    timed.work()
    asked = timed.mailbox.await_message(company.email, SUBJECTS[company.language]["completion"])
    assert question in people.body(asked)
    provider.goto(f"{address}/services/transport")
    for county in provider.locator("main details:not([open]) summary").all():
        people.press(county)
    provider.check("[name=municipalities][value='858']")
    people.send(provider)
    people.submit(provider, address)
    reviewer.goto(review)
    added = reviewer.locator("main ins").all_inner_texts()
    assert [text.strip(" ,") for text in added] == [SAID[company.language]["added"]], (
        "only the change is marked"
    )


def _approved_in_part(
    timed: TimedPortal,
    sit: Sit,
    provider: Page,
    reviewer: Page,
    address: str,
    review: str,
    company: people.Company,
) -> None:
    """Day activities on a condition with a day; transport rejected after a hearing."""
    said = SAID[company.language]
    steps.hear(reviewer, review, ["transport"], said["reasons"])
    steps.answer(provider, address, said["reasons"], said["answer"])
    outcomes = {"day_activity": "approved_with_conditions", "transport": "rejected"}
    steps.propose(reviewer, review, outcomes, said["reasons"])
    due_on = timed.today() + timedelta(days=CONDITION_DAYS)
    steps.set_condition(reviewer, "day_activity", said["condition"], due_on)
    people.send_proposal(reviewer)
    assert reviewer.url == review, reviewer.inner_text("main")
    people.decide(sit(company.language, Role.DECIDER), review)
    timed.work()
    words, language = steps.document(
        timed.mailbox.await_message(company.email, SUBJECTS[company.language]["decision"])
    )
    assert language.startswith(company.language)
    assert said["condition"] in words
    assert said["reasons"] in words
    provider.goto(address)
    assert "KEUSOTE-2026/1" in provider.inner_text("main")
    assert said["condition"] in provider.inner_text("main")


def _condition_met(
    timed: TimedPortal, provider: Page, reviewer: Page, company: people.Company, provider_id: int
) -> None:
    """The provider is reminded before the day; the office sees that it has passed, and marks the condition as met."""
    language, said = company.language, SAID[company.language]
    due_on = timed.today() + timedelta(days=CONDITION_DAYS)
    timed.pass_to(due_on - timedelta(days=14))
    mail = timed.mailbox.await_message(company.email, SUBJECTS[language]["condition"])
    assert said["condition"] in people.body(mail)
    provider.goto(timed.url(f"/{language}/provider/{provider_id}"))
    assert said["condition"] in provider.inner_text("main"), "the provider's home page shows what is asked"
    timed.pass_to(due_on + timedelta(days=1))
    approval = steps.standing_page(reviewer, timed, language, company.name)
    assert said["condition"] in reviewer.inner_text("main")
    assert reviewer.locator("main td .ds-tag[data-color=danger]").count(), "the condition is late"
    people.follow(reviewer.locator("main form[action$='/met'] button"))
    assert reviewer.url == approval
    assert not reviewer.locator("main form[action$='/met']").count()


def _insurance_runs_out(
    timed: TimedPortal, reviewer: Page, visitor: Page, company: people.Company, offer: int
) -> None:
    """Reminded four weeks before, seen until the last day, hidden from the next one on, reminded again."""
    language, subjects = company.language, SUBJECTS[company.language]
    last_day = helsinki_date(NOW) + timedelta(days=INSURED_DAYS)
    timed.pass_to(last_day - timedelta(days=28))
    reminder = timed.mailbox.await_message(company.email, subjects["renew"])
    assert people.typed(last_day) in reminder["Subject"]
    timed.pass_to(last_day)
    assert steps.is_visible(visitor, timed, language, offer), "a proof holds on its last day too"
    timed.pass_to(last_day + timedelta(days=1))
    assert not steps.is_visible(visitor, timed, language, offer)
    steps.standing_page(reviewer, timed, language, company.name)
    assert OFFER[f"title-{language}"] in reviewer.inner_text("main"), "the office sees what clients lose"
    timed.pass_to(last_day + timedelta(days=28))
    timed.mailbox.await_message(company.email, subjects["expired"])


def _renewed(timed: TimedPortal, provider: Page, proof: Path, company: people.Company) -> None:
    """By the mail's link: the provider gives a new proof."""
    mail = timed.mailbox.await_message(company.email, SUBJECTS[company.language]["expired"])
    provider.goto(people.link_in(mail, "/evidence"))
    people.follow(provider.locator(f"main a[href$='/evidence/add/{INSURANCE}']").first)
    people.give_proof(provider, proof, timed.today())
    assert provider.url.endswith("/evidence"), provider.inner_text("main")
    timed.work()
