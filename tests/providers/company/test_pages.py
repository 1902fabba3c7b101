"""Registering and the facts of the company in a browser without JavaScript: every wrong entry gets its own words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from marketplace.providers.company.models import AccessRequest
from marketplace.providers.models import Provider
from tests.accounts.letters import finish_registration, link_in, write
from tests.factories import (
    business_id,
    make_provider,
    make_provider_admin,
)
from tests.forms import post_form
from tests.providers.home import Home

NEWCOMER = {
    "name": "Maija Malli",
    "email": "maija@example.fi",
    "password": "neljä sanaa peräkkäin",
    "business_id": business_id(1_234_567),
    "official_name": "Metsäpolku Oy",
    "legal_form": "limited_company",
    "phone": "040 123 4567",
}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_newcomer_registers_confirms_the_address_and_is_signed_in(
    app: Flask, client: FlaskClient, database: Database, language: str
) -> None:
    answer = post_form(client, f"/{language}/provider/register", NEWCOMER)
    assert answer.status_code == 200
    assert NEWCOMER["email"] in answer.text
    assert client.get(f"/{language}/account/").status_code == 302, "nobody is signed in yet"
    shown = client.get(link_in(write(app)[-1]), follow_redirects=True).text
    for name in ("name", "email", "business_id", "official_name", "phone"):
        assert NEWCOMER[name] in shown, name
    answer = finish_registration(app, client)
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Metsäpolku Oy" in page.text
    with database.read() as session:
        assert session.scalars(sa.select(User)).one().language == language


def test_a_wrong_check_digit_has_its_own_words_and_what_was_typed_stays(client: FlaskClient) -> None:
    wrong = NEWCOMER["business_id"][:-1] + str((int(NEWCOMER["business_id"][-1]) + 1) % 10)
    answer = post_form(client, "/fi/provider/register", NEWCOMER | {"business_id": wrong})
    assert answer.status_code == 422
    assert 'href="#business_id"' in answer.text
    for kept in (wrong, "Metsäpolku Oy", "maija@example.fi", "040 123 4567"):
        assert f'value="{kept}"' in answer.text
    assert "neljä sanaa" not in answer.text
    assert "Kirjoita tämä uudelleen: sivu ei säilytä sitä." in answer.text
    assert "Kirjoita tämä uudelleen" not in client.get("/fi/provider/register").text


def test_a_known_business_id_asks_the_companys_admins_for_access(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        known = make_provider(session, official_name="Salainen Oy")
        admin = make_provider_admin(session, known)
    answer = post_form(client, "/fi/provider/register", NEWCOMER | {"business_id": known.business_id})
    assert "Salainen" not in answer.text
    answer = client.get(finish_registration(app, client).location)
    assert answer.status_code == 200
    assert known.business_id in answer.text
    assert "Salainen" not in answer.text
    with database.read() as session:
        request = session.scalars(sa.select(AccessRequest)).one()
        assert (request.provider_id, request.user.email, request.state) == (
            known.id,
            "maija@example.fi",
            "waiting",
        )
        asked = sa.select(OutboxMessage.recipient).where(OutboxMessage.template == "access_asked")
        assert session.scalars(asked).all() == [admin.email]


def test_an_empty_form_links_to_every_field_that_is_needed(client: FlaskClient) -> None:
    answer = post_form(client, "/sv/provider/register", {})
    assert answer.status_code == 422
    for name in ("name", "email", "password", "business_id", "official_name", "legal_form", "phone"):
        assert f'href="#{name}"' in answer.text


def test_somebody_signed_in_gives_the_company_only(
    client: FlaskClient, database: Database, home: Home
) -> None:
    assert 'name="password"' not in client.get("/fi/provider/register").text
    company = {name: NEWCOMER[name] for name in ("business_id", "official_name", "legal_form", "phone")}
    assert post_form(client, "/fi/provider/register", company).status_code == 303
    page = client.get("/fi/provider/").text
    assert "Metsäpolku Oy" in page
    assert home.provider.official_name in page


def company_entries(provider: Provider, **changes: str) -> dict[str, str]:
    names = ("official_name", "trade_name", "legal_form", "street", "postal_code", "city", "phone", "email")
    return {"revision": "1", **{name: getattr(provider, name) or "" for name in names}} | changes


def test_company_facts_are_saved(client: FlaskClient, database: Database, home: Home) -> None:
    entries = company_entries(home.provider, city="Järvenpää", iban="FI21 1234 5600 0007 85")
    assert post_form(client, f"{home.path}/company", entries).status_code == 303
    with database.read() as session:
        assert session.get_one(Provider, home.provider.id).city == "Järvenpää"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iban", "FI22 1234 5600 0007 85"),
        ("postal_code", "43"),
        ("email", "nobody"),
        ("website", "company"),
    ],
)
def test_a_wrong_fact_is_shown_at_its_field_and_kept(
    client: FlaskClient, home: Home, field: str, value: str
) -> None:
    answer = post_form(client, f"{home.path}/company", company_entries(home.provider, **{field: value}))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'value="{value}"' in answer.text


def test_the_second_of_two_people_sees_both_versions_and_may_save_again(
    client: FlaskClient, database: Database, home: Home
) -> None:
    path = f"{home.path}/company"
    post_form(client, path, company_entries(home.provider, city="Ensimmäinen"))
    answer = post_form(client, path, company_entries(home.provider, city="Toinen"))
    assert answer.status_code == 409
    assert "Ensimmäinen" in answer.text
    assert 'value="Toinen"' in answer.text
    assert (
        post_form(client, path, company_entries(home.provider, city="Toinen", revision="2")).status_code
        == 303
    )
