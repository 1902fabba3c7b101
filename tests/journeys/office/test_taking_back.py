"""A completion request is taken back: the proof has come by letter, and the provider is told that it may stop."""

from __future__ import annotations

import pytest

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.permissions import Role
from tests.factories import make_application, make_provider, make_provider_admin
from tests.journeys import people
from tests.journeys.office import steps
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

APPLICANT = "hakija@example.fi"
WRONG = "Liikennelupa puuttuu."
REASON = "Liikennelupa tuli postissa, kun pyyntö oli jo lähtenyt."


@pytest.mark.browser
def test_a_provider_that_had_begun_is_told_why_it_need_not_go_on_and_the_office_decides(
    timed: TimedPortal, sit: Sit
) -> None:
    address = _applied(timed)
    review = people.office_page(timed, address)
    reviewer, provider = sit("fi", Role.REVIEWER), sit("fi", phone=True)
    people.ask_for_completion(reviewer, review, "staff", WRONG)
    timed.work()
    assert WRONG in people.body(timed.mailbox.await_message(APPLICANT, "Täydennä"))
    people.sign_in(provider, timed, APPLICANT)
    provider.goto(f"{address}/sections/staff")
    provider.locator("main form textarea").first.fill("Kahdella kuljettajalla on ammattitutkinto.")

    reviewer.goto(review)
    people.follow(reviewer.locator("main a[href$='/completion/take-back']"))
    assert WRONG in reviewer.inner_text("main"), "what was asked is before the reviewer's eyes"
    people.send(reviewer)
    assert reviewer.locator("[name=reason][aria-invalid=true]").count(), "the provider is told why"
    reviewer.fill("[name=reason]", REASON)
    people.send(reviewer)
    assert reviewer.url == review, reviewer.inner_text("main")
    assert REASON in reviewer.inner_text("main")

    people.send(provider)
    assert provider.url == address, provider.inner_text("main")
    assert REASON in provider.inner_text("main"), "who was still writing is told at once"
    assert provider.evaluate("document.documentElement.scrollWidth") <= provider.evaluate("innerWidth")
    timed.work()
    mail = timed.mailbox.await_message(APPLICANT, "ei tarvitse")
    assert REASON in people.body(mail)
    assert people.link_in(mail, "/provider/") == address

    people.propose_approval(reviewer, review, "fi")
    decider = sit("fi", Role.DECIDER)
    people.decide(decider, review)
    timed.work()
    assert steps.document(timed.mailbox.await_message(APPLICANT, "KEUSOTE-2026/1"))[1].startswith("fi")


def _applied(timed: TimedPortal) -> str:
    """A Finnish provider has sent an application; its address."""
    with timed.database.transaction() as session:
        provider = make_provider(session)
        secret = hash_password(people.PASSWORD)
        person = make_provider_admin(session, provider, language="fi", email=APPLICANT, password_hash=secret)
        application = make_application(session, provider, person, state="submitted")
    return timed.url(f"/fi/provider/{provider.id}/applications/{application.id}")
