"""A form that is sent twice is carried out once: pressed twice, sent again from the history, at the same moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.applications.messages.models import Message
from marketplace.applications.models import Application
from marketplace.db import Base, Database
from marketplace.offers.models import Offer
from marketplace.outbox import OutboxMessage
from marketplace.providers.units.models import ServiceUnit
from marketplace.recruiting.invitations.models import InvitationLetter
from marketplace.web import sent_forms
from marketplace.web.sent_forms import FIELD
from tests.approvals.cast import make_cast
from tests.factories import NOW, make_application, make_approval, make_user
from tests.forms import hidden_on, same_browser
from tests.recruiting.invitations.conftest import PILOT, listed, make_office

SignIn = Callable[[FlaskClient, User], None]
SAID = "Olit jo lähettänyt tämän."
UNIT = {
    "name": "Käpylän toimipiste",
    "street": "Mäkelänkatu 1",
    "postal_code": "00610",
    "city": "Helsinki",
    "responsible_person": "Venla Vastaava",
}


@dataclass(frozen=True)
class Case:
    """A form: where it stands, what it is about, and what there is of it when it was carried out once."""

    page: str
    person: User
    counted: type[Base]
    action: str | None = None
    entries: dict[str, Any] = field(default_factory=dict)
    once: int = 1
    mails: int = 0


def sending_an_application(session: Session) -> Case:
    cast = make_cast(session)
    made = make_application(session, cast.provider, cast.applicant)
    page = f"/fi/provider/{cast.provider.id}/applications/{made.id}/check"
    return Case(page, cast.applicant, Application, mails=1)


def adding_an_offer(session: Session) -> Case:
    cast = make_cast(session)
    approval = make_approval(session, cast.provider)
    page = f"/fi/provider/{cast.provider.id}/offers/for/{approval.id}"
    return Case(page, cast.applicant, Offer, entries={"vat_code": "EX", "valid_from": "1.1.2027"})


def adding_a_unit(session: Session) -> Case:
    cast = make_cast(session)
    return Case(f"/fi/provider/{cast.provider.id}/units/add", cast.applicant, ServiceUnit, entries=UNIT)


def writing_a_message(session: Session) -> Case:
    cast = make_cast(session)
    made = make_application(session, cast.provider, cast.applicant, state="in_review", handler=cast.reviewer)
    page = f"/fi/provider/{cast.provider.id}/applications/{made.id}/messages"
    return Case(page, cast.applicant, Message, entries={"text": "Milloin aloitamme?"}, mails=1)


def sending_invitations(session: Session) -> Case:
    office = make_office(session)
    chosen = [str(each.id) for each in listed(session, office, 3)]
    page = f"/fi/office/invitations/{PILOT}/send/invitation"
    return Case(page, office.coordinator, InvitationLetter, once=3, entries={"chosen": chosen})


CASES = [
    sending_an_application,
    adding_an_offer,
    adding_a_unit,
    writing_a_message,
    sending_invitations,
]


@pytest.fixture
def case(
    app: Flask, database: Database, client: FlaskClient, sign_in: SignIn, request: pytest.FixtureRequest
) -> Case:
    """The case of the test, whose person is signed in on `client`."""
    with app.app_context(), database.transaction() as session:
        made: Case = request.param(session)
    sign_in(client, made.person)
    return made


def drawn(client: FlaskClient, case: Case) -> dict[str, Any]:
    """What the browser sends of the form as it stands on the page now."""
    return hidden_on(client.get(case.page).text, case.action) | case.entries


def send(client: FlaskClient, case: Case, entries: dict[str, Any]) -> TestResponse:
    return client.post(case.action or case.page, data=entries)


def numbers(database: Database, case: Case) -> tuple[int, int]:
    """How many things there are of the case, and how many mails."""
    with database.read() as session:
        things, mails = (
            session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (case.counted, OutboxMessage)
        )
    return things or 0, mails or 0


def text_of(page: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_at_the_same_moment_a_form_is_carried_out_once_and_every_press_leads_to_the_same_place(
    app: Flask, database: Database, client: FlaskClient, case: Case
) -> None:
    entries, presses = drawn(client, case), 4
    start = Barrier(presses)

    def press(_number: int) -> tuple[int, str]:
        browser = same_browser(app, client)
        start.wait(timeout=30)
        answer = send(browser, case, entries)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(presses) as people:
        answers = list(people.map(press, range(presses)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 303
    assert numbers(database, case) == (case.once, case.mails)


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_page_from_the_history_sent_again_says_so_and_leads_to_what_came_of_it(
    database: Database, client: FlaskClient, case: Case
) -> None:
    entries = drawn(client, case)
    first, again = send(client, case, entries), send(client, case, entries)
    assert (again.status_code, again.location) == (first.status_code, first.location)
    assert SAID in text_of(client.get(again.location))
    assert numbers(database, case) == (case.once, case.mails)


@pytest.mark.parametrize("case", [adding_a_unit], indirect=True)
def test_a_form_shown_again_with_errors_is_sent_again_and_carried_out(
    database: Database, client: FlaskClient, case: Case
) -> None:
    entries = drawn(client, case) | {"postal_code": "1"}
    refused = send(client, case, entries)
    assert refused.status_code == 422
    assert hidden_on(refused.text)[FIELD] != entries[FIELD]
    assert send(client, case, entries).status_code == 422, "what was refused was not carried out"
    assert send(client, case, entries | {"postal_code": "00610"}).status_code == 303
    assert numbers(database, case) == (1, 0)


@pytest.mark.parametrize("case", [adding_a_unit], indirect=True)
def test_whoever_goes_back_and_writes_something_else_sends_something_else(
    database: Database, client: FlaskClient, case: Case
) -> None:
    entries = drawn(client, case)
    send(client, case, entries)
    second = send(client, case, entries | {"name": "Pasilan toimipiste"})
    assert SAID not in text_of(client.get(second.location))
    assert numbers(database, case) == (2, 0)


@pytest.mark.parametrize("case", [adding_an_offer], indirect=True)
def test_the_same_button_on_a_page_drawn_anew_does_it_anew(
    database: Database, client: FlaskClient, case: Case
) -> None:
    places = {send(client, case, drawn(client, case)).location for _time in range(2)}
    assert len(places) == 2
    assert numbers(database, case) == (2, 0)


@pytest.mark.parametrize("case", [adding_a_unit], indirect=True)
def test_the_token_of_one_person_does_nothing_for_another(
    app: Flask, database: Database, client: FlaskClient, sign_in: SignIn, case: Case
) -> None:
    entries = drawn(client, case)
    send(client, case, entries)
    other = app.test_client()
    with database.transaction() as session:
        stranger = make_user(session)
    sign_in(other, stranger)
    csrf = hidden_on(other.get("/fi/account/").text)["csrf_token"]
    answer = send(other, case, entries | {"csrf_token": csrf})
    assert answer.status_code == 403
    assert answer.location is None


@pytest.mark.parametrize("case", [adding_a_unit], indirect=True)
def test_a_page_that_was_sent_and_has_grown_old_leads_to_what_came_of_it(
    database: Database, client: FlaskClient, case: Case
) -> None:
    entries = drawn(client, case)
    first = send(client, case, entries)
    client.delete_cookie("session")
    again = send(client, case, entries)
    assert again.location == first.location
    assert SAID in text_of(client.get(again.location))
    assert numbers(database, case) == (1, 0)


def test_what_has_been_sent_is_forgotten_after_a_day(session: Session) -> None:
    for number, age in enumerate((sent_forms.LIFETIME + timedelta(seconds=1), sent_forms.LIFETIME)):
        assert sent_forms.spend(session, str(number), "/fi/", now=NOW - age)
    assert not sent_forms.spend(session, "1", "/sv/", now=NOW)
    assert sent_forms.purge(session, now=NOW) == 1
    assert [sent_forms.answer_of(session, key) for key in ("0", "1")] == [None, "/fi/"]
