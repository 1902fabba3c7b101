"""An approval is withdrawn: after a hearing, or at once where the safety of clients does not allow waiting."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.permissions import Role
from tests.factories import (
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
APPLICANT = "kotikuja@example.fi"
GROUNDS = {
    "fi": "Palveluntuottaja ei enää täytä sääntökirjan ehtoja.",
    "sv": "Serviceproducenten uppfyller inte längre regelbokens villkor.",
}
DANGER = "Klienter har lämnats utan tillsyn."


@pytest.mark.browser
def test_after_a_hearing_an_approval_is_withdrawn_and_its_offers_vanish(timed: TimedPortal, sit: Sit) -> None:
    provider_id, offer = _approved(timed, "fi")
    visitor, reviewer = sit("fi"), sit("fi", Role.REVIEWER)
    assert steps.is_visible(visitor, timed, "fi", offer)
    assert _listed(visitor, timed, "fi")
    approval = steps.standing_page(reviewer, timed, "fi", NAME)
    reviewer.goto(f"{approval}/withdraw")
    reviewer.fill("[name=grounds]", GROUNDS["fi"])
    people.send(reviewer)
    assert reviewer.url == approval, reviewer.inner_text("main")
    timed.work()
    asked = timed.mailbox.await_message(APPLICANT, "")
    assert GROUNDS["fi"] in people.body(asked)
    assert steps.is_visible(visitor, timed, "fi", offer), "hearing takes nothing away yet"

    timed.pass_to(timed.today() + timedelta(days=25))
    steps.propose_measure(reviewer, approval)
    decider = sit("fi", Role.DECIDER)
    steps.decide_measure(decider, approval)
    _gone(timed, visitor, "fi", offer)
    words = _decided(timed, "fi")
    assert "Oikaisuvaatimus" in words
    provider = sit("fi")
    people.sign_in(provider, timed, APPLICANT)
    provider.goto(timed.url(f"/fi/provider/{provider_id}"))
    people.follow(provider.locator("main a[href*='/measures/']").first)
    assert GROUNDS["fi"] in provider.inner_text("main")
    assert provider.locator("main a[href$='/decision.pdf']").count() == 1
    reviewer.goto(f"{approval}/suspend")
    assert reviewer.url == approval, "what has been withdrawn cannot be suspended"


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [False])
def test_where_clients_are_in_danger_an_approval_is_withdrawn_at_once(
    timed: TimedPortal, sit: Sit, scripts: bool
) -> None:
    _provider_id, offer = _approved(timed, "sv")
    visitor, reviewer = sit("sv"), sit("sv", Role.REVIEWER)
    assert steps.is_visible(visitor, timed, "sv", offer)
    approval = steps.standing_page(reviewer, timed, "sv", NAME)
    reviewer.goto(f"{approval}/withdraw")
    reviewer.fill("[name=grounds]", GROUNDS["sv"])
    reviewer.check("[name=safety]")
    people.send(reviewer)
    assert reviewer.locator("[name=safety_reason][aria-invalid=true]").count(), (
        "leaving out the hearing needs a reason"
    )
    reviewer.fill("[name=safety_reason]", DANGER)
    people.send(reviewer)
    assert reviewer.url == approval, reviewer.inner_text("main")
    steps.decide_measure(sit("sv", Role.DECIDER), approval)
    _gone(timed, visitor, "sv", offer)
    words = _decided(timed, "sv")
    assert DANGER in words
    assert "begär omprövning" in words


def _approved(timed: TimedPortal, language: str) -> tuple[int, int]:
    """A provider with an approval and an offer that visitors see: the ids of provider and offer."""
    with timed.database.transaction() as session:
        provider = make_provider(session, official_name=NAME)
        secret = hash_password(people.PASSWORD)
        make_provider_admin(session, provider, language=language, email=APPLICANT, password_hash=secret)
        approval = make_approval(session, provider)
        make_required_evidence(session, approval)
        offer = make_offer(session, approval)
    timed.work()
    return provider.id, offer.id


def _listed(page: Page, timed: TimedPortal, language: str) -> bool:
    """Whether the public list of approved providers names the provider."""
    answer = page.request.get(timed.url(f"/{language}/providers/list.json"))
    return NAME in json.dumps(answer.json(), ensure_ascii=False)


def _gone(timed: TimedPortal, visitor: Page, language: str, offer: int) -> None:
    """The offer's page says at once that it is gone, and a moment later no result shows it any more."""
    answer = visitor.goto(timed.url(f"/{language}/services/{offer}"))
    assert answer is not None
    assert answer.status == 410
    timed.work()
    assert not steps.is_visible(visitor, timed, language, offer)
    assert not _listed(visitor, timed, language), "nor does the list of approved providers"


def _decided(timed: TimedPortal, language: str) -> str:
    """The words of the decision that was mailed."""
    words, spoken = steps.document(timed.mailbox.await_message(APPLICANT, "KEUSOTE-2026/S1"))
    assert spoken.startswith(language)
    assert GROUNDS[language] in words
    return words
