"""A provider at work on a telephone: 28 offers, and an insurance policy of two pages photographed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import hash_password
from marketplace.files.models import StoredFile
from marketplace.i18n import LocalizedText
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability
from tests.conftest import ENGINES
from tests.factories import (
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.journeys import people
from tests.journeys.office.conftest import Sit
from tests.journeys.office.timed import TimedPortal

COUNT = 28
PHOTOGRAPH = Path(__file__).parents[2] / "files" / "photograph.heic"
BOTH = pytest.mark.parametrize(
    ("engine_name", "language", "scripts"),
    [(ENGINES[0], "fi", False), (ENGINES[-1], "sv", True)],
    indirect=["engine_name"],
    scope="session",
)


@pytest.fixture
def person(timed: TimedPortal) -> User:
    """Who writes for a provider with 28 offers, eight of which nobody has told the free places of."""
    with timed.database.transaction() as session:
        provider = make_provider(session)
        approval = make_approval(session, provider)
        make_required_evidence(session, approval)
        for number in range(COUNT):
            make_offer(
                session,
                approval,
                version={"title": LocalizedText(f"Paja {number}", f"Verkstad {number}")},
                availability_state=Availability.UNTOLD if number < 8 else Availability.NOW,
            )
        found = make_provider_admin(session, provider, password_hash=hash_password(people.PASSWORD))
    timed.work()
    return found


@pytest.fixture
def phone(timed: TimedPortal, sit: Sit, person: User, language: str) -> Page:
    """The provider's telephone, on the home page of the company."""
    page = sit(language, email=person.email, phone=True)
    page.goto(timed.url(f"/{language}/provider/"))
    return page


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.browser
@BOTH
def test_twenty_eight_offers_are_kept_up_on_a_telephone(
    timed: TimedPortal, phone: Page, language: str
) -> None:
    home, word = phone.url, {"fi": "paja", "sv": "verkstad"}[language]
    offers = f"{home}offers"
    phone.goto(offers)
    assert _fits(phone)
    assert phone.locator("main article").count() == COUNT

    phone.fill("main form[method=get] [name=q]", f"{word} 27")
    people.send(phone, phone.locator("main form[method=get]"))
    assert phone.locator("main article").count() == 1
    people.follow(phone.locator("main article a[href*='/services/']"))
    assert f"/{language}/services/" in phone.url, "the page that clients see"
    assert _fits(phone)

    phone.goto(f"{offers}?state=stale")
    assert phone.locator("main article").count() == 8
    phone.check("[name=all]")
    people.follow(phone.locator("#places button[value=full]"))
    phone.goto(f"{offers}?state=stale")
    assert phone.locator("main article").count() == 0
    assert _states(timed) == {Availability.FULL: 8, Availability.NOW: COUNT - 8}

    phone.goto(offers)
    people.follow(phone.locator("main header a[href*='/offers/for/']"))
    assert _fits(phone)
    people.send(phone)
    phone.goto(f"{offers}?state=unpublished")
    assert phone.locator("main article").count() == 1, "a new one, kept because it was saved"


def _states(timed: TimedPortal) -> dict[str, int]:
    with timed.database.read() as session:
        rows = session.execute(
            sa.select(Offer.availability_state, sa.func.count()).group_by(Offer.availability_state)
        )
        return {row[0]: row[1] for row in rows}


@pytest.mark.browser
@BOTH
def test_a_policy_photographed_on_two_pictures_becomes_one_document(
    timed: TimedPortal, phone: Page, language: str, tmp_path: Path
) -> None:
    home = phone.url
    pages = [tmp_path / "IMG_0001.HEIC", tmp_path / "IMG_0002.HEIC"]
    for page in pages:
        shutil.copy(PHOTOGRAPH, page)
    phone.goto(f"{home}evidence/add/liability_insurance")
    assert _fits(phone)
    phone.set_input_files("[name=document]", pages)
    for name, text in {
        "issued_on": people.typed(timed.today()),
        "valid_until": "31.12.2027",
        "insured_sum": "1,5 milj.",
    }.items():
        phone.fill(f"[name={name}]", text)
    people.send(phone)
    assert phone.url == f"{home}evidence", phone.inner_text("main")
    assert "IMG_0001.pdf" in phone.inner_text("main")
    with timed.database.read() as session:
        kept = session.scalars(sa.select(StoredFile).where(StoredFile.name == "IMG_0001.pdf")).one()
    assert kept.media_type == "application/pdf"

    people.follow(phone.locator("main a[href$='/remove']", has_text="IMG_0001.pdf"))
    assert "IMG_0001.pdf" in phone.inner_text("main"), "the one that is removed is named by its file"
    people.send(phone)
    assert phone.url == f"{home}evidence"
    assert "IMG_0001.pdf" not in phone.inner_text("main")
