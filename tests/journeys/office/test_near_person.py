"""The client's sister is proposed, approved in a light way, agreed with, and what she gives is confirmed."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.accounts.second_factor.models import SignInPolicy
from marketplace.db import insert_missing
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.ledger.proof import problems
from tests.journeys import people
from tests.journeys.office import money
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal
from tests.near_people import IBAN, ORGANISATION, SISTER, Near, make_near

pytestmark = pytest.mark.browser

ENTRIES: Final = {"name": SISTER, "relation": "sisko", "price": "16", "phone": "040 1112233", "iban": IBAN}


def make_cast(session: Session, language: str) -> Near:
    """Everybody of the journey, all with the usual password."""
    insert_missing(session, SignInPolicy, {"organisation_key": ORGANISATION, "second_factor": False})
    scene = make_near(session, language=language)
    for person in (scene.citizen, scene.decider, scene.payer, scene.olga):
        person.password_hash = hash_password(people.PASSWORD)
        person.language = language
    return scene


@pytest.mark.parametrize(("language", "scripts"), [("fi", True), ("sv", False)])
def test_the_sister_is_approved_and_what_she_gives_is_confirmed(
    timed: TimedPortal, sit: Sit, language: str
) -> None:
    with timed.database.transaction() as session:
        scene = make_cast(session, language)
        emails = [each.email for each in (scene.citizen, scene.decider, scene.payer, scene.olga)]
        number, client = scene.client.number, scene.client.id
    timed.work()
    phone = sit(language, email=emails[0], phone=True)
    decider, payer, counsellor = (sit(language, email=email) for email in emails[1:])

    _propose(phone, timed, language)
    page = timed.url(f"/{language}/counsellor/clients/{client}/own-people/1")
    _approve(decider, timed, language)
    _confirm_account(payer, timed, language)
    _record_agreement(counsellor, page, number)
    given = _record_delivery(phone, timed, language)
    money.confirm(phone, timed, money.Cast(client, "", emails[0], "", ()), given, language)
    assert money.fits(phone)
    with timed.database.read() as session:
        delivery = session.get_one(Delivery, given)
        assert (delivery.state, delivery.amount.cents) == (DeliveryState.CONFIRMED, 32_00)
        assert list(problems(session)) == []


def _propose(phone: Page, timed: TimedPortal, language: str) -> None:
    """The client fills the form in on a telephone; a price above the highest one is told, and nothing is lost."""
    phone.goto(timed.url(f"/{language}/client/own-people"))
    people.follow(phone.locator("main a[href$='/own-people/new']"))
    for name, text in (ENTRIES | {"price": "30"}).items():
        phone.fill(f"[name={name}]", text)
    phone.select_option("[name=what]", "hb-2016:personal_assistance:h")
    people.send(phone, phone.locator("main form.form-page"))
    assert phone.locator("[name=price][aria-invalid=true]").count() == 1, phone.inner_text("main")
    assert phone.locator("[name=name]").input_value() == SISTER
    phone.fill("[name=price]", "16")
    phone.fill("[name=iban]", IBAN)  # never given back
    people.send(phone, phone.locator("main form.form-page"))
    assert re.search(r"/own-people/\d+$", phone.url), phone.inner_text("main")
    assert money.fits(phone)


def _approve(decider: Page, timed: TimedPortal, language: str) -> None:
    """Another person says why they look at a client who is not theirs, looks at every point and approves."""
    decider.goto(timed.url(f"/{language}/counsellor/own-people"))
    people.follow(decider.locator("main a[href*='/own-people/']").first)
    if decider.locator("[name=ground]").count():
        decider.check("[name=ground][value=deciding]")
        people.send(decider)
    people.send(decider, decider.locator("main form.form-page"))
    assert decider.locator(".error-summary, #error-summary").count(), "every point has to be looked at"
    for point in decider.locator("[name=checked]").all():
        point.check()
    people.send(decider, decider.locator("main form.form-page"))
    assert decider.locator("main a[href$='/letter']").count() == 1, decider.inner_text("main")


def _confirm_account(payer: Page, timed: TimedPortal, language: str) -> None:
    payer.goto(timed.url(f"/{language}/office/account-changes"))
    people.follow(payer.locator("main a[href*='/account-changes/']").first)
    people.follow(payer.locator("main form[action$='/confirm'] button"))
    assert payer.locator("main a[href*='/account-changes/']").count() == 0, payer.inner_text("main")


def _record_agreement(counsellor: Page, page: str, number: str) -> None:
    counsellor.goto(page)
    people.follow(counsellor.locator("main a[href*='/agreements/']"))
    counsellor.fill("[name=client_number]", number)
    counsellor.fill("[name=starts_on]", "22.11.2026")
    counsellor.fill("[name=monthly]", "160")
    people.send(counsellor, counsellor.locator("main form.form-page"))
    assert not counsellor.locator("[aria-invalid=true]").count(), counsellor.inner_text("main")


def _record_delivery(phone: Page, timed: TimedPortal, language: str) -> int:
    """The client writes down for her sister what was given; the number of the delivery."""
    phone.goto(timed.url(f"/{language}/client/deliveries"))
    people.follow(phone.locator("main a[href*='/deliveries/new/']").first)
    assert money.fits(phone)
    for name, text in (("day", "22.11.2026"), ("start", "9"), ("end", "11"), ("activity", "Kauppa ja ruoka")):
        phone.fill(f"[name={name}]", text)
    people.send(phone, phone.locator("main form.form-page"))
    found = re.search(r"/deliveries/(\d+)$", phone.url)
    assert found, phone.inner_text("main")
    return int(found[1])
