"""A question to a provider: asked without an account, answered by the provider, counted for the office, dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.enquiries import rules, service
from marketplace.enquiries.models import Enquiry
from marketplace.offers.models import Offer
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from tests import factories
from tests.factories import NOW
from tests.forms import post_form

ASKED = {
    "name": "Maija Meikäläinen",
    "text": "Onko teillä tilaa maanantaisin?",
    "answer_by": "email",
    "email": "maija@esimerkki.fi",
    "phone": "",
}


@pytest.fixture
def offer(app: Flask) -> dict[str, Any]:
    """A visible offer of a company with an admin, and another company."""
    with app.extensions["database"].transaction() as session:
        provider = factories.make_provider(session)
        admin = factories.make_provider_admin(session, provider)
        approval = factories.make_approval(session, provider)
        factories.make_required_evidence(session, approval)
        found = factories.make_offer(session, approval)
        stranger = factories.make_provider_admin(session, factories.make_provider(session))
        reviewer = factories.make_user(session, Role.REVIEWER, organisation="keusote")
        return {
            "id": found.id,
            "provider": provider.id,
            "admin": admin,
            "email": admin.email,
            "stranger": stranger,
            "reviewer": reviewer,
        }


def letters(app: Flask) -> list[OutboxMessage]:
    with app.extensions["database"].read() as session:
        return list(session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def the_enquiry(app: Flask) -> Enquiry:
    with app.extensions["database"].read() as session:
        found: Enquiry = session.scalars(sa.select(Enquiry)).one()
        return found


def test_a_question_goes_to_the_provider_and_its_answer_to_who_asked(
    app: Flask, client: FlaskClient, offer: dict[str, Any], sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sent = post_form(client, f"/fi/services/{offer['id']}/question", ASKED)
    assert (sent.status_code, sent.location) == (303, f"/fi/services/{offer['id']}")
    [told] = letters(app)
    assert told.recipient == offer["email"]
    assert "Maija" not in told.subject + told.body
    assert "maanantaisin" not in told.subject + told.body

    people = app.test_client()
    sign_in(people, offer["admin"])
    assert "1 kysymys odottaa" in people.get(f"/fi/provider/{offer['provider']}/").text
    listed = people.get(f"/fi/provider/{offer['provider']}/questions").text
    assert "Maija Meikäläinen" in listed
    address = f"/fi/provider/{offer['provider']}/questions/{the_enquiry(app).id}"
    assert "Onko teillä tilaa maanantaisin?" in people.get(address).text
    assert post_form(people, address, {"text": "  "}).status_code == 422
    assert post_form(people, address, {"text": "On. Tervetuloa!"}).status_code == 303

    _told, answer = letters(app)
    assert answer.recipient == "maija@esimerkki.fi"
    assert answer.subject == "Vastaus kysymykseesi Palvelutorilla"
    assert "On. Tervetuloa!" in answer.body
    again = post_form(people, address, {"text": "Toinen"}) if "<form" in people.get(address).text else None
    assert again is None or again.status_code == 303
    assert len(letters(app)) == 2, "a question is answered once"
    assert "Vastattu" in people.get(address).text


def test_a_call_that_was_wanted_is_marked_and_nothing_is_mailed(
    app: Flask, client: FlaskClient, offer: dict[str, Any], sign_in: Callable[[FlaskClient, User], None]
) -> None:
    by_phone = ASKED | {"answer_by": "phone", "phone": "040 123 4567", "email": "x@"}
    assert post_form(client, f"/sv/services/{offer['id']}/question", by_phone).status_code == 303
    assert the_enquiry(app).email == "", "what is not needed is not kept"
    people = app.test_client()
    sign_in(people, offer["admin"])
    address = f"/sv/provider/{offer['provider']}/questions/{the_enquiry(app).id}"
    assert 'href="tel:+358401234567"' in people.get(address).text
    assert post_form(people, address, {"text": ""}).status_code == 303
    assert len(letters(app)) == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Kirjoita nimesi"),
        ({"text": " "}, "Kirjoita, mitä haluat kysyä."),
        ({"text": "x" * 2001}, "Teksti on liian pitkä."),
        ({"text": "Tunnukseni on 131052-308T"}, "henkilötunnus"),
        ({"email": ""}, "Kirjoita sähköpostiosoitteesi"),
        ({"email": "maija"}, "Kirjoita sähköpostiosoite kokonaan"),
        ({"answer_by": "phone"}, "Kirjoita puhelinnumerosi"),
        ({"answer_by": "pigeon"}, "field-errors"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_and_nothing_typed_is_lost(
    app: Flask, client: FlaskClient, offer: dict[str, Any], wrong: dict[str, str], told: str
) -> None:
    answer = post_form(client, f"/fi/services/{offer['id']}/question", ASKED | wrong)
    assert answer.status_code == 422
    assert told in answer.text
    for field in ("name", "text", "email"):
        assert (ASKED | wrong)[field].strip() in answer.text
    assert letters(app) == []


def test_too_many_questions_wait_and_nothing_typed_is_lost(
    app: Flask, client: FlaskClient, offer: dict[str, Any]
) -> None:
    for _each in range(service.FROM_ONE_ADDRESS.times):
        assert post_form(client, f"/fi/services/{offer['id']}/question", ASKED).status_code == 303
    answer = post_form(client, f"/fi/services/{offer['id']}/question", ASKED)
    assert answer.status_code == 429
    assert "Onko teillä tilaa maanantaisin?" in answer.text
    assert "Retry-After" in answer.headers
    assert len(letters(app)) == service.FROM_ONE_ADDRESS.times


def test_a_form_of_another_site_asks_nothing(app: Flask, client: FlaskClient, offer: dict[str, Any]) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = post_form(client, f"/fi/services/{offer['id']}/question", ASKED, headers=elsewhere)
    assert answer.status_code == 403
    assert letters(app) == []


def test_an_offer_that_nobody_sees_is_not_asked_about(
    app: Flask, client: FlaskClient, offer: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, offer["id"]).ends_on = NOW.date() - timedelta(days=1)
    assert client.get(f"/fi/services/{offer['id']}/question").status_code == 404


def test_a_company_without_people_is_rung(app: Flask, client: FlaskClient, offer: dict[str, Any]) -> None:
    with app.extensions["database"].transaction() as session:
        session.get_one(User, offer["admin"].id).active = False
    page = client.get(f"/fi/services/{offer['id']}/question").text
    assert "Tämä palveluntuottaja vastaa kysymyksiin puhelimitse ja sähköpostitse." in page
    assert 'name="text"' not in page


def test_the_office_sees_numbers_and_strangers_nothing(
    app: Flask, client: FlaskClient, offer: dict[str, Any], sign_in: Callable[[FlaskClient, User], None]
) -> None:
    post_form(client, f"/fi/services/{offer['id']}/question", ASKED)
    number = the_enquiry(app).id
    office, other = app.test_client(), app.test_client()
    sign_in(office, offer["reviewer"])
    sign_in(other, offer["stranger"])
    page = office.get("/sv/office/questions").text
    assert "Keusotes personliga budget 2022" in page
    assert "Maija" not in page
    for who in (office, other, client):
        answer = who.get(f"/fi/provider/{offer['provider']}/questions/{number}")
        assert answer.status_code in (302, 403, 404)
        assert "Maija" not in answer.text
    with app.extensions["database"].transaction() as session:
        session.scalars(sa.select(Enquiry)).one().asked_at = NOW - timedelta(days=8)
    assert "Asiakkaiden kysymykset, jotka ovat odottaneet yli viikon" in office.get("/fi/office").text


def test_the_trail_keeps_nothing_of_what_was_written(
    app: Flask, client: FlaskClient, offer: dict[str, Any]
) -> None:
    post_form(client, f"/fi/services/{offer['id']}/question", ASKED)
    with app.extensions["database"].read() as session:
        [event] = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "enquiry.ask"))
        assert (event.subject_type, event.subject_id) == ("Offer", str(offer["id"]))
        assert (event.before, event.after, event.actor_id) == ({}, {}, None)


def forget(app: Flask, now: datetime) -> int:
    with app.extensions["database"].transaction() as session:
        return service.forget(session, now=now)


def test_after_ninety_days_nothing_of_a_question_is_left(
    app: Flask, client: FlaskClient, offer: dict[str, Any], sign_in: Callable[[FlaskClient, User], None]
) -> None:
    post_form(client, f"/fi/services/{offer['id']}/question", ASKED)
    people = app.test_client()
    sign_in(people, offer["admin"])
    post_form(
        people, f"/fi/provider/{offer['provider']}/questions/{the_enquiry(app).id}", {"text": "Tervetuloa!"}
    )
    assert forget(app, NOW + rules.KEPT - timedelta(hours=1)) == 0
    with app.extensions["database"].transaction() as session:
        session.scalars(sa.select(Enquiry)).one().asked_at = NOW
        session.execute(sa.update(OutboxMessage).values(created_at=NOW))
    assert forget(app, NOW + rules.KEPT + timedelta(minutes=1)) == 1
    assert [letter.recipient for letter in letters(app)] == [offer["email"]], "only the provider's own letter"


@pytest.mark.parametrize("given", [{"state": "answered"}, {"email": ""}, {"answer_by": "phone"}])
def test_the_table_holds_only_questions_that_can_be_answered(
    app: Flask, offer: dict[str, Any], given: dict[str, str]
) -> None:
    row: dict[str, Any] = {
        "offer_id": offer["id"], "provider_id": offer["provider"], "pilot_key": "keusote-2022", "name": "M",
        "answer_by": "email", "email": "m@esimerkki.fi", "phone": "", "text": "?", "language": "fi",
        "state": "waiting", "asked_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), app.extensions["database"].transaction() as session:
        session.execute(sa.insert(Enquiry).values(row | given))
