"""Days of the office: a renewed proof comes twice, a company without people is heard, a letter begins a morning."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import hash_password
from marketplace.permissions import Role
from marketplace.providers.models import Evidence
from tests.factories import (
    make_application,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.journeys import people
from tests.journeys.office import steps
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

NAME = "Kotikuja Oy"
ADMIN = "kotikuja@example.fi"
INSURANCE = "liability_insurance"
REASON = {"fi": "Sivusta puuttuu vakuutusmäärä.", "sv": "Försäkringsbeloppet saknas på sidan."}
GROUNDS = {
    "fi": "Henkilöstöä ei ole ollut sovittua määrää.",
    "sv": "Personalen har inte varit så stor som avtalats.",
}
EXPLAINED = {
    "fi": "Kaksi työntekijää aloittaa ensi viikolla.",
    "sv": "Två anställda börjar nästa vecka.",
}
RESPONSE = {"fi": "Aloitusta ei ole näytetty.", "sv": "Det har inte visats att de har börjat."}

BOTH = pytest.mark.parametrize("language", ["fi", "sv"])


@pytest.mark.browser
@BOTH
def test_a_renewed_proof_is_looked_at_returned_and_renewed_again(
    timed: TimedPortal, sit: Sit, proof: Path, language: str
) -> None:
    with timed.database.transaction() as session:
        company = make_provider(session, official_name=NAME)
        secret = hash_password(people.PASSWORD)
        make_provider_admin(session, company, language=language, email=ADMIN, password_hash=secret)
        approval = make_approval(session, company)
        make_required_evidence(session, approval)
        runs_out = timed.today() + timedelta(days=5)
        session.execute(sa.update(Evidence).where(Evidence.kind == INSURANCE).values(valid_until=runs_out))
        offer = make_offer(session, approval)
    timed.work()
    adding = timed.url(f"/{language}/provider/{company.id}/evidence/add/{INSURANCE}")
    visitor, provider, reviewer = sit(language), sit(language, email=ADMIN), sit(language, Role.REVIEWER)
    provider.goto(adding)
    people.give_proof(provider, proof, timed.today())
    _open_waiting(reviewer, timed, language)
    reviewer.fill("[name=reason]", REASON[language])
    people.send(reviewer, reviewer.locator("main form[action$='/return']"))
    timed.work()
    mail = timed.mailbox.await_message(ADMIN, "")
    assert REASON[language] in people.body(mail)
    timed.pass_to(timed.today() + timedelta(days=6))
    assert not steps.is_visible(visitor, timed, language, offer.id), "what was returned proves nothing"

    provider.goto(people.link_in(mail, "/provider/"))
    provider.goto(adding)
    people.give_proof(provider, proof, timed.today())
    timed.work()
    assert steps.is_visible(visitor, timed, language, offer.id), "a new one counts until it is looked at"
    _open_waiting(reviewer, timed, language)
    people.send(reviewer, reviewer.locator("main form[action$='/accept']"))
    reviewer.goto(timed.url(f"/{language}/office/proofs"))
    assert not reviewer.locator("main table").count(), "no proof waits any more"
    timed.pass_to(timed.today() + timedelta(days=30))
    assert steps.is_visible(visitor, timed, language, offer.id), "accepted, it counts to its own end"


@pytest.mark.browser
@BOTH
def test_a_company_without_people_is_heard_by_letter(timed: TimedPortal, sit: Sit, language: str) -> None:
    with timed.database.transaction() as session:
        company = make_provider(session, official_name=NAME, email="", languages=[language])
        make_required_evidence(session, make_approval(session, company))
    reviewer = sit(language, Role.REVIEWER)
    approval = steps.standing_page(reviewer, timed, language, NAME)
    reviewer.goto(f"{approval}/suspend")
    reviewer.fill("[name=grounds]", GROUNDS[language])
    people.send(reviewer)
    assert not reviewer.locator("main a[href$='/proposal']").count(), "nobody has been asked yet"
    timed.pass_to(timed.today() + timedelta(days=25))
    reviewer.goto(approval)
    assert not reviewer.locator("main a[href$='/proposal']").count(), "no time has run"

    reviewer.goto(timed.url(f"/{language}/office"))
    people.follow(reviewer.locator("main a[href$='/office/letters']").first)
    people.follow(reviewer.locator("main table a").first)
    printed = reviewer.locator("main a[href$='.pdf']").get_attribute("href")
    assert printed is not None
    words, spoken = steps.words_of(reviewer.request.get(timed.url(printed)).body())
    assert GROUNDS[language] in words
    assert spoken.startswith(language)
    reviewer.fill("[name=posted_on]", people.typed(timed.today()))
    people.send(reviewer)
    assert reviewer.url == approval

    timed.pass_to(timed.today() + timedelta(days=20))
    reviewer.goto(approval)
    assert not reviewer.locator("main a[href$='/proposal']").count(), "the time runs from the day of service"
    people.follow(reviewer.locator("main a[href$='/explanation']"))
    reviewer.fill("[name=answer]", EXPLAINED[language])
    reviewer.fill("[name=came_on]", people.typed(timed.today()))
    people.send(reviewer)
    assert reviewer.url == approval, reviewer.inner_text("main")
    people.follow(reviewer.locator("main a[href$='/proposal']").first)
    assert EXPLAINED[language] in reviewer.inner_text("main")
    reviewer.fill("[name=response]", RESPONSE[language])
    people.send(reviewer)
    decider = sit(language, Role.DECIDER)
    steps.decide_measure(decider, approval)
    decider.goto(timed.url(f"/{language}/office/letters"))
    assert decider.locator("main table a").count() == 1, "the decision waits to be posted"
    timed.work()
    written_to = {each["To"] for each in timed.mailbox.messages}
    assert written_to <= {f"{role}@demo.fi" for role in Role}, "nobody outside the office has been mailed"


@pytest.mark.browser
@BOTH
def test_a_morning_begins_with_a_letter_that_is_switched_off(
    timed: TimedPortal, sit: Sit, language: str
) -> None:
    with timed.database.transaction() as session:
        company = make_provider(session, official_name=NAME)
        person = make_provider_admin(session, company)
        make_application(session, company, person, state="submitted", complete=False, submitted_at=timed.now)
        session.execute(sa.update(User).values(language=language))
    address = f"{Role.REVIEWER}@demo.fi"
    timed.pass_to(timed.today() + timedelta(days=1))
    assert not _to(timed, address), "by noon the morning is over"
    timed.now += timedelta(hours=19)
    timed.work()
    assert len(_to(timed, address)) == 1
    timed.work()
    [mail] = _to(timed, address)
    assert people.typed(timed.today()) in mail["Subject"]
    assert {"fi": "Uudet hakemukset: 1", "sv": "Nya ansökningar: 1"}[language] in people.body(mail)
    reviewer = sit(language, Role.REVIEWER)
    reviewer.goto(people.link_in(mail, "/office"))
    assert reviewer.locator("main a[href*='state=submitted']").count() == 1
    reviewer.goto(people.link_in(mail, "/office/mail"))
    reviewer.uncheck("[name=morning]")
    people.send(reviewer)
    timed.pass_to(timed.today() + timedelta(days=1))
    assert len(_to(timed, address)) == 1, "switched off, it comes no more"
    decider = _to(timed, f"{Role.DECIDER}@demo.fi")
    assert len(decider) == 2, "another's letters go on"


def _open_waiting(page: Page, timed: TimedPortal, language: str) -> None:
    """The reviewer opens the first proof that waits, from the list."""
    page.goto(timed.url(f"/{language}/office/proofs"))
    people.follow(page.locator("main table a").first)


def _to(timed: TimedPortal, address: str) -> list[EmailMessage]:
    """What has come to an address; the worker hands mail to the server before it is done."""
    return [each for each in timed.mailbox.messages if each["To"] == address]
