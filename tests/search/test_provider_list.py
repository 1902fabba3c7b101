"""The list of approved providers to take along: the same in three forms, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from marketplace.i18n import LocalizedText
from marketplace.providers.models import Provider
from marketplace.search.provider_list import views
from marketplace.search.provider_list.listing import Narrowing
from tests import factories
from tests.trail import Tried
from tests.work import work_of


@pytest.fixture
def provider(app: Flask) -> Provider:
    """Approved for day activities with an offer, and for transport without one; another one is suspended."""
    with app.extensions["database"].transaction() as session:
        provider = factories.make_provider(session, official_name="=Aamu;Oy")
        approval = factories.make_approval(session, provider)
        factories.make_required_evidence(session, approval)
        title = LocalizedText("@Päivä", "")
        factories.make_offer(session, approval, version={"title": title})
        factories.make_approval(session, provider, "transport")
        factories.make_approval(session, factories.make_provider(session), state="suspended")
        factories.make_approval(
            session, factories.make_provider(session), "home_care", pilot_key="soite-2018"
        )
        return provider


def table(client: FlaskClient, query: str = "?pilot=keusote-2022") -> list[dict[str, str]]:
    answer = client.get(f"/fi/providers/list.csv{query}")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_every_price_has_a_row_and_an_approval_without_an_offer_one_without_a_price(
    client: FlaskClient, provider: Provider
) -> None:
    rows = [list(row.values()) for row in table(client)]
    assert {row[9] for row in rows} == {"Päivätoiminta", "Liikkumisen tuki: kuljetuspalvelu"}
    prices = [row[14] for row in rows]
    assert prices[-1] == ""
    assert all("," in price for price in prices[:-1])
    assert {row[2] for row in rows} == {provider.business_id}


def test_no_cell_is_a_formula_in_any_form(client: FlaskClient, provider: Provider) -> None:
    rows = [list(row.values()) for row in table(client)]
    assert {row[1] for row in rows} == {"'=Aamu;Oy"}
    assert rows[0][11] == "'@Päivä"
    book = load_workbook(io.BytesIO(client.get("/fi/providers/list.xlsx?pilot=keusote-2022").data))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert sum(1 for cell in cells if cell.data_type == "n" and cell.value is not None) > 0


def test_the_data_names_the_same_providers_and_the_offers_public_face(
    client: FlaskClient, provider: Provider
) -> None:
    data = json.loads(client.get("/sv/providers/list.json?pilot=keusote-2022").data)
    assert [each["business_id"] for each in data["providers"]] == [provider.business_id]
    services = {each["service"]: each["offers"] for each in data["providers"][0]["services"]}
    assert services["transport"] == []
    assert services["day_activity"][0]["prices"]


def test_without_a_pilot_everybody_is_listed_and_an_unknown_one_is_not_found(
    client: FlaskClient, provider: Provider
) -> None:
    assert len({row["Y-tunnus"] for row in table(client, "")}) == 2
    assert client.get("/fi/providers/list.csv?pilot=nowhere").status_code == 404
    assert client.get("/fi/providers/list.pdf").status_code == 404


@pytest.mark.parametrize(
    ("query", "services"),
    [
        ("?service=transport", {"Liikkumisen tuki: kuljetuspalvelu"}),
        ("?service=day_activity&municipality=858", {"Päivätoiminta"}),
        ("?service=day_activity&municipality=091", set()),
        ("?municipality=186", {"Päivätoiminta", "Liikkumisen tuki: kuljetuspalvelu", "Kotihoito"}),
        ("?pilot=keusote-2022&municipality=186", {"Päivätoiminta", "Liikkumisen tuki: kuljetuspalvelu"}),
    ],
)
def test_a_file_is_narrowed_as_the_page_that_leads_to_it(
    client: FlaskClient, provider: Provider, query: str, services: set[str]
) -> None:
    assert {row["Palvelu"] for row in table(client, query)} == services
    page = unescape(client.get(f"/fi/providers{query}").text)
    [address] = re.findall(r'href="(/fi/providers/list\.csv[^"]*)"', page)
    assert table(client, address.removeprefix("/fi/providers/list.csv")) == table(client, query)


@pytest.mark.parametrize("query", ["?service=nothing", "?municipality=000", "?pilot=nowhere"])
def test_what_nobody_knows_is_not_found(client: FlaskClient, query: str) -> None:
    assert client.get(f"/fi/providers/list.csv{query}").status_code == 404


def test_a_workbook_has_days_as_days_and_can_be_filtered_by_its_heads(
    client: FlaskClient, provider: Provider
) -> None:
    book = load_workbook(io.BytesIO(client.get("/fi/providers/list.xlsx?service=day_activity").data))
    sheet = book.worksheets[0]
    assert sheet.auto_filter.ref == sheet.dimensions
    assert (sheet["Q2"].is_date, sheet["Q2"].number_format) == (True, "d.m.yyyy")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_file_is_made_once_until_something_happens(
    app: Flask, client: FlaskClient, provider: Provider, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = views._made

    def make(kind: str, narrowed: Narrowing, day: date) -> bytes:
        made.append(kind)
        return real(kind, narrowed, day)

    monkeypatch.setattr(views, "_made", make)
    before = [client.get(f"/fi/providers/list.{kind}").data for _ in range(3)]
    assert (len(made), len(set(before))) == (1, 1)
    client.get(f"/sv/providers/list.{kind}")
    client.get(f"/fi/providers/list.{kind}?pilot=keusote-2022")
    assert len(made) == 3, "each language and pilot has its own"
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session, official_name="Uusi Oy"))
        work_of(session).record(Tried.EVENT, approval)
    assert client.get(f"/fi/providers/list.{kind}").data != before[0]
    made.clear()
    with app.extensions["database"].transaction() as session:
        work_of(session).record(Tried.EVENT, ("User", 1))
    client.get(f"/fi/providers/list.{kind}")
    assert made == [], "who signs in or is refused does not make everybody's list anew"
