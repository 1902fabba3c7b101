"""The order by distance: from the municipality asked for to where the service has its unit or its provider is."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.i18n import LocalizedText
from marketplace.language.words import fold
from marketplace.search import places
from marketplace.search.follower import Follower
from tests import factories
from tests.factories import NOW

TOWNS = {
    "Mäntsälä": "04600",
    "Hyvinkää": "05800",
    "Nurmijärvi": "01900",
    "Tuusula": "04300",
    "Utsjoki": "99980",
}


@pytest.fixture
def towns(app: Flask) -> dict[int, str]:
    """Offers that all come to Järvenpää, by the town of their provider; one told that it is full."""
    database = app.extensions["database"]
    ids = {}
    with database.transaction() as session:
        for town, postal_code in TOWNS.items():
            provider = factories.make_provider(
                session, official_name=f"Esimerkki {town} Oy", city=town, postal_code=postal_code
            )
            approval = factories.make_approval(
                session, provider, "day_activity", municipalities=["186", "106"]
            )
            factories.make_required_evidence(session, approval)
            version = {
                "title": LocalizedText("Päivätoimintaa", "Dagverksamhet"),
                "municipalities": ["186", "106"],
            }
            full = {"availability_state": "full"} if town == "Tuusula" else {}
            ids[factories.make_offer(session, approval, version=version, **full).id] = town
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


def order(client: FlaskClient, towns: dict[int, str], query: str) -> list[str]:
    body = client.get(f"/api/v1/offers?{query}").get_json()
    return [towns[item["id"]] for item in body["items"]]


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("municipality=186&sort=distance", "186"),
        ("municipality=106&sort=distance", "106"),
        ("q=päivätoiminta Järvenpää&sort=distance", "186"),
        ("q=dagverksamhet Hyvinge&sort=distance&lang=sv", "106"),
    ],
)
def test_the_nearest_come_first(client: FlaskClient, towns: dict[int, str], query: str, start: str) -> None:
    codes = {"Mäntsälä": "505", "Hyvinkää": "106", "Nurmijärvi": "543", "Tuusula": "858", "Utsjoki": "890"}
    expected = sorted(towns.values(), key=lambda town: places.kilometres(start, codes[town]))
    assert order(client, towns, query) == expected


def test_of_several_municipalities_the_nearest_counts(client: FlaskClient, towns: dict[int, str]) -> None:
    found = order(client, towns, "municipality=186&municipality=106&sort=distance")
    assert found[0] == "Hyvinkää"
    assert found[-1] == "Utsjoki"


def test_pages_go_on_where_the_one_before_ended(client: FlaskClient, towns: dict[int, str]) -> None:
    whole = order(client, towns, "municipality=186&sort=distance")
    parts = [order(client, towns, f"municipality=186&sort=distance&per_page=2&page={at}") for at in (1, 2, 3)]
    assert [town for part in parts for town in part] == whole


@pytest.mark.parametrize("query", ["sort=distance", "q=päivätoiminta&sort=distance"])
def test_without_a_place_the_interface_refuses_and_the_page_says_so(
    client: FlaskClient, towns: dict[int, str], query: str
) -> None:
    answer = client.get(f"/api/v1/offers?{query}")
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, "sort")
    text = client.get(f"/fi/services?{query}").text
    assert "Valitse kunta, jotta palvelut voi järjestää etäisyyden mukaan." in text
    assert "5 palvelua" in text
    assert 'value="distance"' not in text, "what cannot be chosen is not offered"


def test_the_page_offers_the_order_with_a_place_and_says_how_it_is_measured(
    client: FlaskClient, towns: dict[int, str]
) -> None:
    text = client.get("/fi/services?municipality=186").text
    assert re.search(r'<option value="distance">Lähin ensin</option>', text)
    text = client.get("/sv/services?municipality=186&sort=distance").text
    assert "Närmast Träskända först." in text
    assert "fågelvägen" in text
    assert "fågelvägen" in client.get("/sv/about/ordering").text


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("maaninka", {"297"}),
        ("nagu", {"445"}),
        ("längelmäki", {"182", "562"}),
        ("pertunmaa", {"507"}),
        ("porvoon maalaiskunta", {"638"}),
        ("kisko", None),
    ],
)
def test_municipalities_that_were_merged_are_found_by_their_old_names(
    name: str, codes: set[str] | None
) -> None:
    assert places.by_name().get(fold(name)) == codes
    assert len(places.by_name()[fold("lappi")]) > 1, "the county, not the former municipality"


def test_each_card_tells_how_far_it_is_where_that_is_the_order(
    client: FlaskClient, towns: dict[int, str]
) -> None:
    text = client.get("/fi/services?municipality=186&sort=distance").text
    told = [int(number) for number in re.findall(r"<li>(\d+)\xa0km päässä</li>", text)]
    codes = {"Mäntsälä": "505", "Hyvinkää": "106", "Nurmijärvi": "543", "Tuusula": "858", "Utsjoki": "890"}
    assert told == sorted(places.kilometres("186", code) for code in codes.values())
    assert "km päässä" not in client.get("/fi/services?municipality=186").text


def test_a_card_names_the_municipality_that_was_asked_for_first(app: Flask, client: FlaskClient) -> None:
    area = ["106", "186", "505", "543", "611", "858"]
    database = app.extensions["database"]
    with database.transaction() as session:
        approval = factories.make_approval(
            session, factories.make_provider(session), "day_activity", municipalities=area
        )
        factories.make_required_evidence(session, approval)
        factories.make_offer(session, approval, version={"municipalities": area})
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    assert (
        "<li>Hyvinkää, Järvenpää, Mäntsälä, Nurmijärvi ja 2 muuta kuntaa</li>"
        in client.get("/fi/services").text
    )
    asked = client.get("/fi/services?municipality=858").text
    assert "<li>Tuusula, Hyvinkää, Järvenpää, Mäntsälä ja 2 muuta kuntaa</li>" in asked
