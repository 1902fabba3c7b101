"""A rejection: the provider is heard first, answers, and gets a decision that tells how to ask for a review."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.permissions import Role
from tests.factories import make_application, make_provider, make_provider_admin
from tests.journeys import people
from tests.journeys.office import steps
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

APPLICANT = "hakija@example.fi"
REASONS = "Sökanden har skatteskuld och ingen betalningsplan."
ANSWER = "Betalningsplanen görs upp i december."
GROUNDS = "Sökanden har skatteskuld utan betalningsplan. En plan som görs upp senare ändrar inte saken."


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [False])
def test_a_provider_is_heard_before_a_rejection_and_the_decision_tells_how_to_ask_for_a_review(
    timed: TimedPortal, sit: Sit, scripts: bool
) -> None:
    address = _applied(timed)
    review = people.office_page(timed, address, "sv")
    reviewer, provider = sit("sv", Role.REVIEWER), sit("sv")
    steps.take(reviewer, review)
    rejected = dict.fromkeys(steps.SERVICES, "rejected")
    steps.propose(reviewer, review, rejected, GROUNDS)
    people.send_proposal(reviewer)
    assert reviewer.url == f"{review}/proposal", "nobody is rejected without having been heard"
    assert reviewer.locator("[aria-invalid=true]").count() >= 2

    reviewer.goto(f"{review}/hearing")
    reviewer.fill("[name=due_on]", people.typed(timed.today() - timedelta(days=1)))
    people.send(reviewer)
    assert reviewer.url == f"{review}/hearing"
    assert reviewer.locator("[name=due_on][aria-invalid=true]").count(), (
        "a day in the past is no time to answer"
    )
    steps.hear(reviewer, review, steps.SERVICES, REASONS)
    timed.work()
    asked = timed.mailbox.await_message(APPLICANT, "")
    assert REASONS in people.body(asked)
    assert people.link_in(asked, "/provider/") == f"{address}/hearing"
    people.sign_in(provider, timed, APPLICANT, language="sv")
    steps.answer(provider, address, REASONS, ANSWER)
    timed.work()
    assert timed.mailbox.await_message("reviewer@demo.fi", ""), "the handler hears of the answer"

    steps.propose(reviewer, review, rejected, GROUNDS)
    assert ANSWER in reviewer.inner_text("main"), "the answer is before the reviewer's eyes"
    people.send_proposal(reviewer)
    assert reviewer.url == review, reviewer.inner_text("main")
    decider = sit("sv", Role.DECIDER)
    decider.goto(f"{review}/decision")
    assert ANSWER in decider.inner_text("main"), "and before the decider's"
    people.decide(decider, review)
    timed.work()
    mail = timed.mailbox.await_message(APPLICANT, "KEUSOTE-2026/1")
    words, language = steps.document(mail)
    assert language.startswith("sv")
    assert GROUNDS in words
    assert "Svaret kom in" in words, "the decision tells that the provider was heard"
    assert "begär omprövning" in words
    provider.goto(address)
    assert "KEUSOTE-2026/1" in provider.inner_text("main")
    link = provider.locator("main a[href*='/files/'][hreflang]").first.get_attribute("href")
    copies = [provider.request.get(timed.url(str(link))).body() for _again in range(2)]
    assert steps.words_of(copies[0]) == (words, language)
    assert copies[0] == copies[1] == steps.attachment(mail), "the document is the same whenever it is opened"
    assert not provider.locator("main a[href*='/offers']").count(), "there is nothing to offer"


def _applied(timed: TimedPortal) -> str:
    """A Swedish provider has sent an application for two services; its address."""
    with timed.database.transaction() as session:
        provider = make_provider(session)
        secret = hash_password(people.PASSWORD)
        person = make_provider_admin(session, provider, language="sv", email=APPLICANT, password_hash=secret)
        application = make_application(session, provider, person, state="submitted")
    return timed.url(f"/sv/provider/{provider.id}/applications/{application.id}")
