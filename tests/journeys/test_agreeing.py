"""Agreements on a telephone: a client chooses a provider, who accepts, changes to another one and leaves the pilot.

Once the client does it, with a letter, and once the helper for the client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client
from marketplace.clients.service import join
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.ledger.rules import Amount, Unit
from marketplace.offers.models import Offer
from marketplace.offers.rules import OfferState
from marketplace.vouchers.agreeing.weighing import weigh
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.rules import Facts, LineFacts, add_months
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState
from marketplace.work import UnitOfWork
from tests.journeys import people
from tests.journeys.conftest import Portal
from tests.journeys.opened.demo import PILOT
from tests.journeys.people import fresh_page, send, sign_in
from tests.journeys.test_client import PRINTED

pytestmark = pytest.mark.browser

PHONE: Final = {"width": 390, "height": 844}
SERVICE: Final = "day_activity"


@dataclass(frozen=True)
class Journey:
    """A client of one's own, so that the demo's stays as it is, and two offers that suit it."""

    client: int
    participation: int
    number: str
    offers: tuple[int, int]


def made(portal: Portal, app: Flask, language: str) -> Journey:
    """A client with a decision, a letter and the demo's helper."""
    now = datetime.now(UTC)
    store = FileStore(portal.folder / "files", secret="", limit=0)
    with app.app_context(), Database(portal.database_url).transaction() as session:
        counsellor, decider, helper = (
            session.scalars(sa.select(User).where(User.email == f"{name}@demo.fi")).one()
            for name in ("counsellor", "decider", "helper")
        )
        work = UnitOfWork(session, actor_of(counsellor), now)
        client = Client(
            organisation_key="keusote",
            number=f"MATKA-{language.upper()}-1",
            name="Vieno Valitsija",
            language=language,
            municipality="858",
            group="intellectual_disability",
            counsellor_id=counsellor.id,
            created_at=now,
        )
        session.add(client)
        session.flush()
        part = join(work, client, PILOT, work.today)
        first = add_months(work.today.replace(day=1), 0)
        facts = Facts(
            PILOT,
            max(first, work.today),
            add_months(first, 12) - timedelta(days=1),
            voucher_accepted_on=work.today,
            grounds="Tarvitset apua arjessa.",
        )
        decision = granting.begin(work, client.id, facts)
        granting.add_line(work, decision.id, LineFacts(SERVICE, Amount(Unit.CENTS, 2_000_00)))
        granting.propose(work, decision.id)
        granting.make(UnitOfWork(session, actor_of(decider), now), decision.id, store=store)
        session.add(
            Mandate(
                client_id=client.id,
                helper_id=helper.id,
                source=Source.PAPER,
                scope=Scope.ACT,
                name=helper.name,
                email=helper.email,
                expires_at=now,
                given_at=now,
                given_by_id=counsellor.id,
                accepted_at=now,
            )
        )
        session.flush()
        session.refresh(client)
        return Journey(client.id, part.id, client.number, _offers(session, client))


def _offers(session: Session, client: Client) -> tuple[int, int]:
    """Offers of two providers that the client can choose."""
    today = helsinki_date(datetime.now(UTC))
    found: dict[int, int] = {}
    for offer in session.scalars(
        sa.select(Offer)
        .where(Offer.service_key == SERVICE, Offer.pilot_key == PILOT, Offer.state == OfferState.PUBLISHED)
        .order_by(Offer.id)
    ):
        later = weigh(session, client, offer, today + timedelta(days=30), today=today)
        if offer.provider_id not in found and later.can_be_chosen:
            found[offer.provider_id] = offer.id
        if len(found) == 2:
            break
    first, second = found.values()
    return first, second


@pytest.fixture
def phone(browser: Browser, language: str) -> Iterator[Page]:
    """The telephone of who chooses."""
    tab = fresh_page(browser, language)
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    yield tab
    tab.context.close()


@pytest.fixture
def company(browser: Browser, language: str) -> Iterator[Page]:
    """The provider's browser."""
    tab = fresh_page(browser, language)
    yield tab
    tab.context.close()


def choose(phone: Page, address: str) -> int:
    """Count one day a month, see that it fits, and ask; the agreement's number."""
    phone.goto(address)
    phone.locator("main form[method=get] fieldset input").first.fill("1")
    send(phone, phone.locator("main form[method=get]"))
    assert phone.locator("#cost .notification").count() == 1, phone.inner_text("main")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    send(phone, phone.locator("main form[method=post].form-page"))
    number = re.search(r"/client/agreements/(\d+)", phone.url)
    assert number, phone.inner_text("main")
    return int(number[1])


def letter_code(company: Page, portal: Portal, client: int) -> str:
    """A code of the letter that the counsellor makes."""
    sign_in(company, portal, "counsellor@demo.fi")
    company.goto(portal.url(f"/fi/counsellor/clients/{client}/letter"))
    letter = people.save(company.locator("main form button").first)
    printed = "\n".join(page.extract_text() for page in PdfReader(BytesIO(letter)).pages)
    company.context.clear_cookies()
    return str(PRINTED.findall(printed)[0])


def accept(company: Page, portal: Portal, agreement: int, language: str) -> None:
    """The provider accepts a request."""
    with Database(portal.database_url).read() as session:
        provider = session.get_one(Agreement, agreement).offer.provider_id
        person = session.scalars(
            sa.select(User.email).join(RoleGrant).where(RoleGrant.provider_id == provider).order_by(User.id)
        ).first()
    assert person is not None
    sign_in(company, portal, person, language=language)
    company.goto(portal.url(f"/{language}/provider/{provider}/clients/{agreement}"))
    assert "Vieno" not in company.inner_text("main")
    send(company, company.locator("main form.form-page"))
    assert "Vieno" in company.inner_text("main")
    company.context.clear_cookies()


def states(portal: Portal, *numbers: int) -> list[AgreementState]:
    with Database(portal.database_url).read() as session:
        return [session.get_one(Agreement, number).state for number in numbers]


@pytest.mark.parametrize(("language", "helps"), [("fi", False), ("sv", True)])
def test_a_provider_is_chosen_and_changed_and_the_pilot_left(
    portal: Portal, wired_app: Flask, phone: Page, company: Page, language: str, *, helps: bool
) -> None:
    journey = made(portal, wired_app, language)
    query = f"?for={journey.client}"
    if helps:
        sign_in(phone, portal, "helper@demo.fi", language=language)
    else:
        code = letter_code(company, portal, journey.client)
        phone.goto(portal.url(f"/{language}/account/code"))
        phone.fill("[name=number]", journey.number)
        phone.fill("[name=code]", code)
        send(phone)
        assert phone.url == portal.url(f"/{language}/client/"), phone.inner_text("main")
    own = portal.url(f"/{language}/client/agreements")

    phone.goto(portal.url(f"/{language}/services/{journey.offers[0]}"))
    button = phone.locator(f"main a[href*='/client/agreements/new/'][href*='for={journey.client}']")
    assert button.count(), phone.inner_text("main")
    first = choose(phone, portal.url(str(button.first.get_attribute("href"))))
    if helps:
        assert "Vieno Valitsija" in phone.inner_text("main"), "for whom the helper acts is not told"
    accept(company, portal, first, language)
    phone.goto(f"{own}/{first}{query}")
    assert phone.locator("a[href*='/contract']").count() == 1
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    phone.goto(f"{own}/{first}/change{query}")
    link = phone.locator(f"main a[href*='/agreements/new/{journey.offers[1]}']").first
    second = choose(phone, portal.url(str(link.get_attribute("href"))))
    accept(company, portal, second, language)
    assert states(portal, first, second) == [AgreementState.ENDING, AgreementState.IN_FORCE]

    phone.goto(portal.url(f"/{language}/client/pilots/{journey.participation}/leave{query}"))
    phone.check("[name=sure]")
    send(phone)
    assert set(states(portal, first, second)) <= {AgreementState.ENDING, AgreementState.CALLED_OFF}
