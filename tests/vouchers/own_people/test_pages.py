"""The pages of people near to clients: the client's side and the office see them, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from marketplace.accounts.models import User
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.providers.company import account
from marketplace.providers.company.queries import waiting_change
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OwnPersonState
from tests.factories import make_client, make_user
from tests.forms import post_form
from tests.near_people import IBAN, SISTER, Near, agreed, approved, proposed

SignIn = Callable[[FlaskClient, User], None]
ENTRIES = {
    "name": SISTER,
    "relation": "sisko",
    "what": "hb-2016:personal_assistance:h",
    "price": "16",
    "phone": "040 1112233",
    "iban": IBAN,
}


def office(kept: Near, own: int, page: str = "", language: str = "fi") -> str:
    return f"/{language}/counsellor/clients/{kept.client.id}/own-people/{own}{page}"


@pytest.fixture
def waiting(app: Flask, database: Database, kept: Near) -> int:
    """The sister, proposed."""
    with app.app_context(), database.transaction() as session:
        return proposed(session, kept).id


@pytest.fixture
def person(app: Flask, database: Database, kept: Near) -> tuple[int, int]:
    """The sister, approved, with an agreement."""
    with app.app_context(), database.transaction() as session:
        own = approved(session, kept)
        return own.id, agreed(session, kept, own).id


def test_the_client_proposes_on_the_page(
    client: FlaskClient, database: Database, sign_in: SignIn, kept: Near
) -> None:
    sign_in(client, kept.citizen)
    assert "own-people" in client.get("/fi/client/plan").text
    answer = post_form(client, "/fi/client/own-people/new", ENTRIES, follow_redirects=True)
    assert answer.status_code == 200
    assert SISTER in answer.text
    assert SISTER in client.get("/sv/client/own-people").text
    dear = post_form(client, "/fi/client/own-people/new", {**ENTRIES, "price": "30"})
    assert dear.status_code == 422
    assert "enimmäishinta" in dear.text
    with database.read() as session:
        assert session.query(OwnPerson).one().state is OwnPersonState.PROPOSED


def test_the_office_approves_on_the_page(
    client: FlaskClient, database: Database, sign_in: SignIn, kept: Near, waiting: int
) -> None:
    sign_in(client, kept.decider)
    assert str(kept.client.number) in client.get("/fi/counsellor/own-people").text
    ground(client, kept)
    page = client.get(office(kept, waiting))
    assert page.status_code == 200
    few = post_form(
        client, office(kept, waiting, "/approve"), {"checked": ["of_age"]}, page=office(kept, waiting)
    )
    assert few.status_code == 422
    every = ["of_age", "not_deciding", "no_conflict", "own_will", "price"]
    done = post_form(
        client, office(kept, waiting, "/approve"), {"checked": every}, page=office(kept, waiting)
    )
    assert done.status_code == 303
    for language in ("fi", "sv"):
        assert client.get(office(kept, waiting, "", language)).status_code == 200
    with client.get(office(kept, waiting, "/letter")) as letter:
        words = "".join(page.extract_text() for page in PdfReader(BytesIO(letter.data)).pages)
    assert "Kokeilun vaatimien kohtien on todettu olevan kunnossa." in words
    assert "Toiminta-alue" not in words, "the area of a company: nothing stands behind the word here"


def ground(client: FlaskClient, kept: Near) -> None:
    post_form(client, f"/fi/counsellor/clients/{kept.client.id}/why", {"ground": "deciding"})


@pytest.mark.parametrize("page", ["/refuse", "/withdraw", "/end"])
def test_every_page_of_the_office_opens(
    client: FlaskClient, sign_in: SignIn, kept: Near, person: tuple[int, int], page: str
) -> None:
    sign_in(client, kept.olga)
    for language in ("fi", "sv"):
        assert client.get(office(kept, person[0], page, language)).status_code == 200
    assert client.get(f"/fi/counsellor/clients/{kept.client.id}/own-people/new").status_code == 200
    assert SISTER in client.get(f"/sv/counsellor/clients/{kept.client.id}/plan").text


def test_the_client_s_side_records_and_confirms(
    client: FlaskClient, sign_in: SignIn, kept: Near, person: tuple[int, int]
) -> None:
    own, agreement = person
    sign_in(client, kept.citizen)
    for language in ("fi", "sv"):
        for page in (
            f"own-people/{own}",
            f"own-people/{own}/end",
            f"deliveries/new/{agreement}",
            "deliveries",
        ):
            assert client.get(f"/{language}/client/{page}").status_code == 200, page
    said = {"day": "22.11.2026", "start": "9", "end": "11", "activity": "Kauppa", "kind": "given"}
    page = f"/fi/client/deliveries/new/{agreement}"
    answer = post_form(client, page, said, follow_redirects=True)
    assert answer.status_code == 200
    assert "32,00" in answer.text
    sign_in(client, kept.olga)
    office_page = f"/fi/counsellor/deliveries/of/{kept.client.id}/new/{agreement}"
    assert client.get(office_page).status_code == 200
    assert SISTER in client.get(f"/fi/counsellor/clients/{kept.client.id}").text


def test_the_page_tells_that_an_agreement_is_to_be_written_only_until_it_is(
    app: Flask, client: FlaskClient, database: Database, sign_in: SignIn, kept: Near
) -> None:
    with app.app_context(), database.transaction() as session:
        own = approved(session, kept)
        number = own.id
    sign_in(client, kept.citizen)
    words = "Asiakasohjaajasi kirjaa sopimuksen"
    assert words in client.get(f"/fi/client/own-people/{number}").text
    with app.app_context(), database.transaction() as session:
        agreed(session, kept, session.get_one(OwnPerson, number))
    assert words not in client.get(f"/fi/client/own-people/{number}").text


def test_others_get_404(
    client: FlaskClient, database: Database, sign_in: SignIn, kept: Near, person: tuple[int, int]
) -> None:
    own, agreement = person
    with database.transaction() as session:
        offer = session.get_one(OwnPerson, own).offer
        assert offer is not None
        provider_id, offer_id, approval_id = offer.provider_id, offer.id, offer.approval_id
        other = make_user(session, Role.CLIENT)
        make_client(session, user_id=other.id, organisation_key="metropolia", name="Muu", email="")
    for path in (f"/fi/offers/{offer_id}", f"/fi/providers/{provider_id}", f"/fi/provider/{provider_id}/"):
        assert client.get(path).status_code in {302, 404}, path
    sign_in(client, other)
    for path in (
        f"own-people/{own}",
        f"own-people/{own}/letter",
        f"agreements/choose/{offer_id}",
        f"deliveries/new/{agreement}",
    ):
        assert client.get(f"/fi/client/{path}").status_code == 404, path
    sign_in(client, kept.stranger)
    assert client.get(office(kept, own)).status_code == 404
    sign_in(client, kept.coordinator)
    for path in (f"/fi/office/companies/{provider_id}", f"/fi/office/approvals/{approval_id}"):
        assert client.get(path).status_code == 404, path


def test_lists_of_the_office_are_of_companies_only(
    client: FlaskClient, sign_in: SignIn, kept: Near, person: tuple[int, int]
) -> None:
    sign_in(client, kept.coordinator)
    for path in (
        "/fi/office",
        "/fi/office/approvals",
        "/fi/office/approvals?state=private",
        "/fi/office/companies?q=Siiri",
        "/fi/office/changes",
    ):
        assert "Zetterholm" not in client.get(path, follow_redirects=True).text, path


OTHER_IBAN = "FI5810171000000122"


@pytest.mark.usefixtures("person")
def test_a_person_whose_account_was_refused_gets_another_and_another_person_confirms_it(
    app: Flask, client: FlaskClient, database: Database, sign_in: SignIn, kept: Near, person: tuple[int, int]
) -> None:
    sign_in(client, kept.olga)
    own, _agreement = person
    page = office(kept, own)
    assert f"{IBAN[-4:]}, vahvistettu" in client.get(page).text
    assert post_form(client, f"{page}/account", {"iban": "FI00"}).status_code == 422
    assert post_form(client, f"{page}/account", {"iban": OTHER_IBAN}).location.endswith(page)
    assert f"{OTHER_IBAN[-4:]}, odottaa" in client.get(page).text
    assert f"som slutar på {OTHER_IBAN[-4:]}" in client.get(office(kept, own, language="sv")).text
    with app.app_context(), database.transaction() as session:
        offer = session.get_one(OwnPerson, own).offer
        assert offer is not None
        change = waiting_change(session, offer.provider_id)
        assert change is not None
        assert (offer.provider.iban, change.iban) == (IBAN, OTHER_IBAN)
        account.refuse(kept.work(session, "payer"), change_id=change.id, reason="Numero on väärä.")
    assert "ei vahvistettu: Numero on väärä." in client.get(page).text


def test_who_is_only_proposed_has_no_account_to_change(
    client: FlaskClient, sign_in: SignIn, kept: Near, waiting: int
) -> None:
    sign_in(client, kept.olga)
    assert "/account" not in client.get(office(kept, waiting)).text.split("<main")[1]
    assert post_form(client, office(kept, waiting, "/account"), {"iban": IBAN}).status_code == 409
