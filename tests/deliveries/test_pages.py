"""The pages of deliveries: a form for a telephone, a file whose bad rows come back, the office and its decision."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.clients.models import Client
from marketplace.clients.queries import client_of_number
from marketplace.deliveries import sheet
from marketplace.deliveries.audit_actions import DeliveryAudit
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.permissions import Role
from marketplace.sheets import read_tables
from tests import factories
from tests.deliveries.scenes import Scene, make_scene
from tests.forms import post_form, token_on

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def scene(app: Flask) -> Scene:
    with app.extensions["database"].transaction() as session:
        return make_scene(session)


@pytest.fixture
def provider(client: FlaskClient, sign_in: SignIn, scene: Scene) -> str:
    """The provider's pages of deliveries; the admin is signed in."""
    sign_in(client, scene.admin)
    return f"/fi/provider/{scene.provider.id}/deliveries"


def kept(app: Flask) -> list[Delivery]:
    with app.extensions["database"].read() as session:
        return list(session.query(Delivery).order_by(Delivery.id))


VISIT = {"kind": "given", "day": "21.11.2026", "start": "8.00", "end": "10", "activity": "Suihku"}


def test_a_visit_is_recorded_on_a_form(app: Flask, client: FlaskClient, provider: str, scene: Scene) -> None:
    page = client.get(f"{provider}/new").text
    assert scene.hours.client_number in page
    address = f"{provider}/new/{scene.hours.id}"
    answer = post_form(client, address, VISIT, follow_redirects=True)
    [delivery] = kept(app)
    assert "Palvelutapahtuma on kirjattu" in answer.text
    assert (delivery.activity, delivery.priced[0].minutes) == ("Suihku", 120)
    assert "Suihku" in client.get(f"{provider}?month=2026-11").text
    assert "Suihku" not in client.get(f"{provider}?month=2026-10").text


def test_a_visit_over_midnight_belongs_to_the_day_on_which_it_began(
    app: Flask, client: FlaskClient, provider: str, scene: Scene
) -> None:
    post_form(
        client,
        f"{provider}/new/{scene.hours.id}",
        VISIT | {"start": "22", "end": "1.30", "day": "20.11.2026"},
    )
    [delivery] = kept(app)
    assert sum(line.minutes or 0 for line in delivery.priced) == 210
    assert delivery.day.isoformat() == "2026-11-20"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": "25"}, "Kirjoita kellonaika näin: 8.30."),
        ({"end": ""}, "Anna kellonaika, jolloin se päättyi."),
        ({"activity": ""}, "Kerro muutamalla sanalla, mitä tehtiin."),
        ({"day": "23.11.2026"}, "Käynti ei ole vielä päättynyt."),
        ({"day": "1.1.2026"}, "Sopimus ei ollut vielä alkanut tänä päivänä."),
        ({"activity": "131052-308T"}, "Älä koskaan kirjoita tähän henkilötunnusta."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    app: Flask, client: FlaskClient, provider: str, scene: Scene, wrong: dict[str, str], words: str
) -> None:
    answer = post_form(client, f"{provider}/new/{scene.hours.id}", VISIT | {"worker": "Aino"} | wrong)
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert "Aino" in answer.text
    assert kept(app) == []


def test_days_are_recorded_by_their_price(
    app: Flask, client: FlaskClient, provider: str, scene: Scene
) -> None:
    entries = {"kind": "given", "day": "20.11.2026", "activity": "Retki", "band": "day", "quantity": "0,5"}
    post_form(client, f"{provider}/new/{scene.days.id}", entries)
    [delivery] = kept(app)
    assert (delivery.priced[0].band, str(delivery.priced[0].quantity)) == ("day", "0.5")


def test_a_delivery_can_be_withdrawn(app: Flask, client: FlaskClient, provider: str, scene: Scene) -> None:
    post_form(client, f"{provider}/new/{scene.hours.id}", VISIT)
    [delivery] = kept(app)
    post_form(client, f"{provider}/{delivery.id}/withdraw", {}, page=f"{provider}/{delivery.id}")
    assert kept(app)[0].state == DeliveryState.WITHDRAWN
    assert "Peru palvelutapahtuma" not in client.get(f"{provider}/{delivery.id}").text


# --- files -----------------------------------------------------------------------------------------------------------


def send(client: FlaskClient, address: str, content: bytes, name: str = "rows.csv") -> Any:
    token = token_on(client.get(address).text)
    return client.post(
        address,
        data={"csrf_token": token, "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def file_of(scene: Scene, *rows: str) -> bytes:
    heads = "Oma numero;Sopimuksen numero;Päivä;Alkoi;Päättyi;Mitä tehtiin"
    return "\r\n".join([heads, *(row.replace("A", str(scene.hours.id)) for row in rows)]).encode()


def test_good_rows_are_recorded_and_bad_ones_come_back_with_the_reason(
    app: Flask, client: FlaskClient, provider: str, scene: Scene
) -> None:
    rows = [
        "1;A;20.11.2026;8.00;9.00;Suihku",
        "2;A;20.11.2026;8.30;9.30;Ulkoilu",
        "3;999;20.11.2026;8.30;9.30;Ulkoilu",
        "4;A;tänään;8;9;Ulkoilu",
        ";A;20.11.2026;12;13;Ulkoilu",
        "6;A;20.11.2026;14;15;Kauppa",
    ]
    answer = send(client, f"{provider}/file", file_of(scene, *rows))
    assert answer.status_code == 200
    text = unescape(answer.text)
    assert "2 riviä on kirjattu." in text
    assert "Samalle asiakkaalle on kirjattu toinen käynti tähän aikaan." in text
    assert [each.reference for each in kept(app)] == ["1", "6"]
    found = re.search(r'name="rows"[^>]*value="([^"]*)"', answer.text)
    assert found is not None
    result = client.post(
        f"{provider}/file/result.csv",
        data={"csrf_token": token_on(answer.text), "rows": unescape(found[1])},
    )
    [table, *_more] = read_tables(result.data)
    assert [row[0] for row in table.rows[1:]] == ["2", "3", "4", "", "1", "6"]
    again = sheet.read(read_tables(result.data))
    assert [each.number for each in again] == [2, 3, 4, 5, 6, 7]


def test_a_formula_without_its_value_is_told_at_its_row_and_nothing_of_it_is_recorded(
    app: Flask, client: FlaskClient, provider: str, scene: Scene
) -> None:
    content = file_of(scene, "1;A;20.11.2026;8.00;9.00;=B2", "2;A;20.11.2026;10.00;11.00;#REF!")
    text = unescape(send(client, f"{provider}/file", content).text)
    assert "”=B2” on kaava, jonka arvoa tiedostossa ei ole" in text
    assert "”#REF!”" in text
    assert kept(app) == []


def test_a_day_that_can_be_read_in_two_ways_is_told_with_the_rows_that_were_recorded(
    client: FlaskClient, provider: str, scene: Scene
) -> None:
    content = file_of(scene, "1;A;20/11/2026;8.00;9.00;Suihku", "2;A;02/11/2026;8.00;9.00;Suihku")
    text = unescape(send(client, f"{provider}/file", content).text)
    assert "2 riviä on kirjattu." in text
    assert "Luimme päivän 02/11/2026 näin: 2.11.2026." in text
    assert "20/11/2026" not in text.split('name="rows"')[0], "that has one reading"


def test_a_file_that_is_sent_twice_is_recorded_once(
    app: Flask, client: FlaskClient, provider: str, scene: Scene
) -> None:
    content = file_of(scene, "1;A;20.11.2026;8.00;9.00;Suihku")
    for _each in range(2):
        assert "1 rivi on kirjattu." in unescape(send(client, f"{provider}/file", content).text)
    assert len(kept(app)) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a;b\r\n1;2\r\n", "Tiedostossa on oltava ainakin nämä sarakkeet"),
        ("Oma numero;Sopimuksen numero;Päivä;Mitä tehtiin\r\n".encode(), "otsikkojen alla"),
    ],
)
def test_a_file_that_is_no_list_of_deliveries_is_refused(
    client: FlaskClient, provider: str, content: bytes, words: str
) -> None:
    answer = send(client, f"{provider}/file", content)
    assert answer.status_code == 422
    assert words in unescape(answer.text)


def test_the_file_to_write_in_holds_the_agreements(
    app: Flask, client: FlaskClient, provider: str, scene: Scene
) -> None:
    for ending in ("csv", "xlsx"):
        content = client.get(f"{provider}/file/template.{ending}").data
        tables = read_tables(content)
        assert any(row[2] == scene.hours.client_number for row in tables[0].rows[1:])
    assert client.get(f"{provider}/file/template.exe").status_code == 404
    with app.extensions["database"].read() as session:
        wanted = sa.select(AuditEvent).where(AuditEvent.action == DeliveryAudit.EXPORT)
        events = session.scalars(wanted).all()
    assert [(each.subject_id, each.organisation_key) for each in events] == [
        (str(scene.provider.id), scene.hours.organisation_key)
    ] * 2


@pytest.mark.parametrize("rows", ["", "no json", json.dumps(5), "[" * 100_000])
def test_a_result_that_is_none_is_not_found(client: FlaskClient, provider: str, rows: str) -> None:
    token = token_on(client.get(f"{provider}/file").text)
    answer = client.post(f"{provider}/file/result.csv", data={"csrf_token": token, "rows": rows})
    assert answer.status_code == 404


# --- the office ------------------------------------------------------------------------------------------------------


def test_an_objection_goes_to_the_provider_and_back_and_is_decided(
    app: Flask, client: FlaskClient, sign_in: SignIn, provider: str, scene: Scene
) -> None:
    post_form(client, f"{provider}/new/{scene.hours.id}", VISIT)
    [delivery] = kept(app)
    office, own = f"/fi/counsellor/deliveries/{delivery.id}", f"{provider}/{delivery.id}"
    sign_in(client, scene.counsellor)
    assert scene.hours.client_number in client.get("/fi/counsellor/deliveries?show=open").text
    assert post_form(client, office, {"action": "dispute", "text": ""}).status_code == 422
    post_form(client, office, {"action": "dispute", "text": "Kukaan ei tullut."})
    assert scene.hours.client_number in client.get("/fi/counsellor/deliveries").text
    sign_in(client, scene.admin)
    assert "Kukaan ei tullut." in client.get(own).text
    post_form(client, f"{own}/answer", {"text": "Olimme paikalla."}, page=own)
    sign_in(client, scene.counsellor)
    assert "Olimme paikalla." in client.get(office).text
    post_form(client, office, {"action": "answer", "text": "Selvitämme."})
    answer = post_form(
        client, office, {"action": "reject", "text": "Käyntiä ei ole osoitettu."}, follow_redirects=True
    )
    assert "palvelutapahtumaa ei makseta" in unescape(answer.text)
    assert kept(app)[0].state == DeliveryState.REJECTED


def test_the_clients_yes_is_written_down(
    app: Flask, client: FlaskClient, sign_in: SignIn, provider: str, scene: Scene
) -> None:
    post_form(client, f"{provider}/new/{scene.hours.id}", VISIT)
    [delivery] = kept(app)
    office = f"/fi/counsellor/deliveries/{delivery.id}"
    sign_in(client, scene.counsellor)
    post_form(client, f"{office}/confirm", {}, page=office)
    assert kept(app)[0].state == DeliveryState.CONFIRMED
    assert post_form(client, f"{office}/confirm", {}, page=office).status_code == 409


@pytest.fixture
def own(app: Flask, client: FlaskClient, sign_in: SignIn, provider: str, scene: Scene) -> str:
    """The client's page of a visit that the provider has recorded; the client is signed in."""
    post_form(client, f"{provider}/new/{scene.hours.id}", VISIT)
    with app.extensions["database"].transaction() as session:
        person = factories.make_user(session, Role.CLIENT)
        row = client_of_number(session, "keusote", scene.hours.client_number)
        assert row is not None
        row.user_id = person.id
    sign_in(client, person)
    return f"/fi/client/deliveries/{kept(app)[0].id}"


def test_the_client_confirms(app: Flask, client: FlaskClient, own: str) -> None:
    assert "Odottaa sinua" in client.get("/fi/client/deliveries").text
    post_form(client, f"{own}/confirm", {}, page=own)
    assert kept(app)[0].state == DeliveryState.CONFIRMED
    assert "Tämä on oikein" not in client.get(own).text


def test_the_client_objects_and_writes(app: Flask, client: FlaskClient, own: str) -> None:
    assert post_form(client, own, {"action": "dispute", "text": " "}).status_code == 422
    post_form(client, own, {"action": "dispute", "text": "Kukaan ei tullut."})
    assert kept(app)[0].state == DeliveryState.DISPUTED
    post_form(client, own, {"action": "answer", "text": "Odotin koko aamun."})
    assert "Odotin koko aamun." in client.get(own).text


def test_another_clients_delivery_does_not_exist(
    app: Flask, client: FlaskClient, sign_in: SignIn, own: str
) -> None:
    with app.extensions["database"].transaction() as session:
        other = make_scene(session)
        person = factories.make_user(session, Role.CLIENT)
        row = client_of_number(session, "keusote", other.hours.client_number)
        assert row is not None
        row.user_id = person.id
    sign_in(client, person)
    assert client.get("/fi/client/deliveries").status_code == 200
    assert client.get(own).status_code == 404


def test_nobody_else_sees_them(
    app: Flask, client: FlaskClient, sign_in: SignIn, provider: str, scene: Scene
) -> None:
    post_form(client, f"{provider}/new/{scene.hours.id}", VISIT)
    [delivery] = kept(app)
    with app.extensions["database"].transaction() as session:
        other = make_scene(session)
    sign_in(client, other.admin)
    assert client.get(f"{provider}/{delivery.id}").status_code == 404
    assert client.get(f"/fi/provider/{other.provider.id}/deliveries/{delivery.id}").status_code == 404
    assert client.get("/fi/counsellor/deliveries").status_code == 403


def test_the_provider_takes_back_what_was_recorded_wrongly(
    app: Flask, client: FlaskClient, sign_in: SignIn, own: str, provider: str, scene: Scene
) -> None:
    post_form(client, f"{own}/confirm", {}, page=own)
    sign_in(client, scene.admin)
    page = f"{provider}/{kept(app)[0].id}"
    assert "Kirjoita" in post_form(client, f"{page}/reverse", {"text": ""}, page=page).text
    answer = post_form(client, f"{page}/reverse", {"text": "Väärä päivä."}, page=page, follow_redirects=True)
    assert "Väärä päivä." in answer.text
    assert kept(app)[0].state == DeliveryState.REVERSED


def test_the_client_chooses_to_be_asked_each_time(app: Flask, client: FlaskClient, own: str) -> None:
    page = "/fi/client/deliveries"
    assert "kysytään jokaisesta" in client.get(page).text
    assert post_form(client, page, {"asking": ""}, page=page).status_code == 422
    assert post_form(client, page, {"asking": "each_time"}, page=page).status_code == 303
    with app.extensions["database"].read() as session:
        assert [each.ask_each_time for each in session.scalars(sa.select(Client)) if each.user_id] == [True]
