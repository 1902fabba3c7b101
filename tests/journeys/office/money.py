"""What clients, providers and payers do from a service decision to the bank's row, each at a screen of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from playwright.sync_api import FilePayload, Page
from sqlalchemy.orm import Session

from marketplace.accounts.passwords.hashing import hash_password
from marketplace.accounts.second_factor.models import SignInPolicy
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Participation
from marketplace.db import insert_missing
from marketplace.payments.batches.models import Batch
from marketplace.permissions import Role
from tests.factories import (
    NOW,
    make_approval,
    make_client,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.journeys import people
from tests.journeys.office.timed import TimedPortal
from tests.payments.orders import finnish_iban

FIRST: Final = date(2026, 12, 1)
LAST: Final = date(2027, 11, 30)
CHECKED: Final = "Nimi tarkistettu yrityksen kanssa puhelimessa."
STAFF: Final = {
    "counsellor": (Role.COUNSELLOR, "Olga Ohjaaja"),
    "chief": (Role.DECIDER, "Paula Päättäjä"),
    "payer": (Role.PAYER, "Maija Maksaja"),
    "releaser": (Role.PAYER, "Ville Vapauttaja"),
}


@dataclass(frozen=True)
class Town:
    """An organisation with its pilot, and what its client is granted there."""

    organisation: str
    pilot: str
    service: str
    municipality: str
    group: str


KEUSOTE: Final = Town("keusote", "keusote-2022", "carer_leave_home", "858", "intellectual_disability")
METROPOLIA: Final = Town("metropolia", "hb-2016", "personal_assistance", "837", "disabled_people")


@dataclass(frozen=True)
class Firm:
    """A provider with one offer; `email` is its admin's."""

    provider: int
    name: str
    offer: int
    email: str


@dataclass(frozen=True)
class Cast:
    """Who is in the journey: the client by number, the person who acts (`email`), and the providers."""

    client: int
    name: str
    email: str
    query: str
    firms: tuple[Firm, ...]


def make_people(session: Session, town: Town, language: str, *, helps: bool, firms: int) -> Cast:
    """Everybody of the journey, all with the usual password; with `helps` a helper acts for the client."""
    insert_missing(session, SignInPolicy, {"organisation_key": town.organisation, "second_factor": False})
    secret = hash_password(people.PASSWORD)
    staff = {
        key: make_user(
            session,
            role,
            organisation=town.organisation,
            email=f"{key}@demo.fi",
            name=name,
            password_hash=secret,
        )
        for key, (role, name) in STAFF.items()
    }
    citizen, helper = (
        make_user(session, role, email=f"{role}@demo.fi", name=name, password_hash=secret, language=language)
        for role, name in ((Role.CLIENT, "Aino Asiakas"), (Role.HELPER, "Helmi Auttaja"))
    )
    client = make_client(
        session,
        organisation_key=town.organisation,
        municipality=town.municipality,
        group=town.group,
        name="Aino Asiakas",
        language=language,
        counsellor_id=staff["counsellor"].id,
        user_id=citizen.id,
        email=citizen.email,
    )
    session.add(
        Participation(
            client_id=client.id,
            pilot_key=town.pilot,
            joined_on=NOW.date() - timedelta(days=30),
            recorded_by_id=staff["counsellor"].id,
            recorded_at=NOW,
        )
    )
    session.add(
        Mandate(
            client_id=client.id,
            helper_id=helper.id,
            source=Source.PORTAL,
            scope=Scope.ACT,
            name=helper.name,
            email=helper.email,
            expires_at=NOW,
            given_at=NOW,
            given_by_id=citizen.id,
            accepted_at=NOW,
        )
    )
    found = tuple(_make_firm(session, town, language, secret) for _each in range(firms))
    acting, query = (helper, f"?for={client.id}") if helps else (citizen, "")
    return Cast(client.id, client.name, acting.email, query, found)


def _make_firm(session: Session, town: Town, language: str, secret: str) -> Firm:
    provider = make_provider(session)
    provider.iban = finnish_iban(provider.id)
    approval = make_approval(
        session, provider, town.service, pilot_key=town.pilot, municipalities=[town.municipality]
    )
    make_required_evidence(session, approval)
    offer = make_offer(session, approval)
    admin = make_provider_admin(session, provider, password_hash=secret, language=language)
    return Firm(provider.id, provider.official_name, offer.id, admin.email)


# --- decision and agreement ------------------------------------------------------------------------------------------


def decide(counsellor: Page, chief: Page, timed: TimedPortal, town: Town, cast: Cast, language: str) -> str:
    """The counsellor writes a decision of euros a month and sees what they buy; another person makes it. Its page."""
    counsellor.goto(timed.url(f"/{language}/counsellor/clients/{cast.client}/decisions/new"))
    for name, day in (
        ("starts_on", FIRST),
        ("ends_on", LAST),
        ("applied_on", timed.today() - timedelta(days=20)),
        ("voucher_accepted_on", timed.today() - timedelta(days=5)),
    ):
        counsellor.fill(f"[name={name}]", people.typed(day))
    counsellor.check("[name=consumer][value=alone]")
    counsellor.fill("[name=grounds]", "Tarvitset apua arjessa.")
    people.send(counsellor, counsellor.locator("main form.form-page"))
    page = counsellor.url
    counsellor.goto(f"{page}/lines/new")
    counsellor.select_option("[name=service_key]", town.service)
    counsellor.check("[name=unit][value=cents]")
    counsellor.fill("[name=amount]", "900")
    counsellor.check("[name=fee_ground][value=free_by_law]")
    people.send(counsellor, counsellor.locator("main form.form-page"))
    assert counsellor.url == page, counsellor.inner_text("main")
    assert counsellor.locator("main section .notification li").count(), "what the value buys is told"
    make(counsellor, chief, page)
    return page


def make(counsellor: Page, chief: Page, page: str) -> None:
    """The counsellor proposes what is written, and the other person makes the decision."""
    press_decision(counsellor, page, "propose")
    press_decision(chief, page, "make")
    assert chief.locator("main a[href$='/letter']").count() == 1, chief.inner_text("main")


def press_decision(page: Page, decision: str, action: str) -> None:
    """Press a button of the decision's page; who is asked why they look says so first."""
    page.goto(decision)
    if "/why" in page.url:
        page.check("[name=ground] >> nth=0")
        people.send(page)
    people.follow(page.locator(f"form[action$='/{action}'] button"))


def change(counsellor: Page, town: Town, decision: str, first: date, amount: str) -> str:
    """The counsellor writes a decision that gives another amount of the same service from a day on; its page."""
    counsellor.goto(f"{decision}/change")
    counsellor.check("[name=kind][value=change]")
    counsellor.fill("[name=starts_on]", people.typed(first))
    people.send(counsellor, counsellor.locator("main form.form-page"))
    page = counsellor.url
    assert page != f"{decision}/change", counsellor.inner_text("main")
    people.follow(counsellor.locator("form[action$='/drop'] button"))
    counsellor.goto(f"{page}/lines/new")
    counsellor.select_option("[name=service_key]", town.service)
    counsellor.check("[name=unit][value=cents]")
    counsellor.fill("[name=amount]", amount)
    counsellor.check("[name=fee_ground][value=free_by_law]")
    people.send(counsellor, counsellor.locator("main form.form-page"))
    counsellor.goto(f"{page}/facts")
    counsellor.fill("[name=grounds]", "Tarve on muuttunut.")
    people.send(counsellor, counsellor.locator("main form.form-page"))
    return page


def ask(phone: Page, timed: TimedPortal, cast: Cast, firm: Firm, language: str, first: date = FIRST) -> int:
    """The client's side chooses the provider for four hours of weekdays a month; the request."""
    phone.goto(timed.url(f"/{language}/client/agreements/new/{firm.offer}{cast.query}"))
    count = phone.locator("main form[method=get]")
    count.locator("[name=starts_on]").fill(people.typed(first))
    count.locator("fieldset input").first.fill("4")
    people.send(phone, count)
    assert phone.locator("#cost .notification").count() == 1, phone.inner_text("main")
    people.send(phone, phone.locator("main form[method=post].form-page"))
    number = re.search(r"/client/agreements/(\d+)", phone.url)
    assert number, phone.inner_text("main")
    return int(number[1])


def agree(phone: Page, company: Page, timed: TimedPortal, cast: Cast, firm: Firm, language: str) -> int:
    """The client's side chooses the provider, and the provider accepts."""
    number = ask(phone, timed, cast, firm, language)
    company.goto(timed.url(f"/{language}/provider/{firm.provider}/clients/{number}"))
    people.send(company, company.locator("main form.form-page"))
    assert cast.name in company.inner_text("main"), "who the client is, the provider learns now"
    return number


# --- what is given ---------------------------------------------------------------------------------------------------


def record(
    company: Page, timed: TimedPortal, firm: Firm, agreement: int, language: str, hours: tuple[str, str]
) -> int:
    """The provider records yesterday's visit; a time that is no time is told at its field first. The delivery."""
    company.goto(timed.url(f"/{language}/provider/{firm.provider}/deliveries/new/{agreement}"))
    company.fill("[name=day]", people.typed(timed.today() - timedelta(days=1)))
    company.fill("[name=start]", "99")
    company.fill("[name=end]", hours[1])
    company.fill("[name=activity]", "Suihku ja aamiainen")
    people.send(company, company.locator("main form.form-page"))
    assert company.locator("[name=start][aria-invalid=true]").count() == 1
    assert company.locator("[name=activity]").input_value() == "Suihku ja aamiainen", "what was typed is kept"
    company.fill("[name=start]", hours[0])
    people.send(company, company.locator("main form.form-page"))
    number = re.search(r"/deliveries/(\d+)$", company.url)
    assert number, company.inner_text("main")
    return int(number[1])


def confirm(phone: Page, timed: TimedPortal, cast: Cast, delivery: int, language: str) -> None:
    """The client's side finds the delivery in its list, opens it and says that it is right."""
    phone.goto(timed.url(f"/{language}/client/deliveries{cast.query}"))
    people.follow(phone.locator(f"main a[href*='/client/deliveries/{delivery}']"))
    people.follow(phone.locator("main form[action*='/confirm'] button"))
    assert "/confirm" not in phone.url, phone.inner_text("main")


def accept_statement(company: Page, timed: TimedPortal, firm: Firm, language: str) -> str:
    """The provider opens the frozen statement of the month and accepts it; its page."""
    company.goto(timed.url(f"/{language}/provider/{firm.provider}/statements"))
    people.follow(company.locator(f"main th a[href*='/provider/{firm.provider}/statements/']").first)
    page = company.url
    people.follow(company.locator("main form[action$='/accept'] button"))
    return page


# --- what is paid ----------------------------------------------------------------------------------------------------


def prepare(payer: Page, timed: TimedPortal, language: str) -> str:
    """One payer puts everything that can be paid into a batch; its page."""
    payer.goto(timed.url(f"/{language}/payments/batches/new"))
    for box in payer.locator("[name=statements]").all():
        box.check()
    people.send(payer, payer.locator("main form.form-page"))
    assert re.search(r"/batches/\d+$", payer.url), payer.inner_text("main")
    return payer.url


def release(payer: Page, releaser: Page, batch: str, reason: str = "") -> None:
    """The other payer compares the mark of the batch and releases it; who prepared it cannot."""
    payer.goto(batch)
    assert payer.locator("form[action$='/release']").count() == 0, "nobody releases what they have prepared"
    releaser.goto(batch)
    form = releaser.locator("form[action$='/release']")
    digest = form.locator("[name=digest]").get_attribute("value")
    assert digest is not None
    if reason:
        form.locator("[name=reason]").fill(reason)
    people.send(releaser, form)
    assert releaser.locator("form[action$='/release']").count() == 0, releaser.inner_text("main")


def press(page: Page, batch: str, action: str) -> None:
    """Press a button of the batch's page."""
    page.goto(batch)
    people.follow(page.locator(f"main form[action$='/{action}'] button").first)
    assert page.url == batch, page.inner_text("main")


def fetch(page: Page, batch: str, what: str) -> bytes:
    """What is downloaded from the batch's page."""
    page.goto(batch)
    return people.save(page.locator(f"main a[href$='/{what}']").first)


def read_answer(payer: Page, timed: TimedPortal, language: str, name: str, content: bytes) -> None:
    """The payer reads a file of the bank."""
    payer.goto(timed.url(f"/{language}/payments/answers"))
    payer.set_input_files(
        "[name=file]", files=FilePayload(name=name, mimeType="application/xml", buffer=content)
    )
    people.send(payer, payer.locator("main form.form-page"))
    assert payer.locator("main th", has_text=name).count() == 1, payer.inner_text("main")


def batch_at(session: Session, address: str) -> Batch:
    """The batch of a page."""
    return session.get_one(Batch, int(address.rpartition("/")[2]))


def fits(page: Page) -> bool:
    """Whether nothing reaches beyond the screen."""
    size = page.viewport_size
    return size is not None and page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def states(session: Session, batch: str) -> Sequence[str]:
    """How the payments of a batch stand, in order."""
    session.expire_all()
    return [row.state.value for row in batch_at(session, batch).payments]
