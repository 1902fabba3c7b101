"""The age of the person who needs the service: told by the offer, chosen as a filter, read from a query."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.offers.models import Offer
from marketplace.pilots.vocabulary import AGES, ages_served
from marketplace.search.catalogue import Catalogue
from marketplace.search.follower import Follower
from tests import factories
from tests.factories import NOW


@pytest.fixture
def rides(app: Flask) -> dict[str, int]:
    """Taxis in Järvenpää, for everybody and for adults alone; and a service that is for adults by itself."""
    database = app.extensions["database"]
    ids: dict[str, int] = {}
    with database.transaction() as session:
        for name, service, ages in (
            ("everybody", "transport", []),
            ("adults", "transport", ["from_18_to_64", "from_65"]),
            ("by itself", "day_activity", []),
        ):
            provider = factories.make_provider(session, official_name=f"Esimerkki {name.title()} Oy")
            approval = factories.make_approval(session, provider, service, municipalities=["186"])
            factories.make_required_evidence(session, approval)
            version = {"municipalities": ["186"], "ages": ages}
            ids[name] = factories.make_offer(session, approval, version=version).id
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


def found(client: FlaskClient, ids: dict[str, int], **query: Any) -> set[str]:
    body = client.get("/api/v1/offers", query_string=query).get_json()
    return {name for name, identity in ids.items() if identity in {item["id"] for item in body["items"]}}


@pytest.mark.parametrize(
    ("years", "key"),
    [
        (0, "under_7"), (6, "under_7"), (7, "from_7_to_12"), (12, "from_7_to_12"), (13, "from_13_to_17"),
        (17, "from_13_to_17"), (18, "from_18_to_64"), (64, "from_18_to_64"), (65, "from_65"), (120, "from_65"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["taksi {}-vuotiaalle", "taxi för en {}-åring", "kyyti {} v"])
def test_years_are_read_as_an_age(words: Catalogue, text: str, years: int, key: str) -> None:
    assert words.parser.parse(text.format(years), "fi").filters["age"] == {key}


@pytest.mark.parametrize(
    "text", ["taksi 121-vuotiaalle", "taksi alle 30 €", "taksi klo 7", "taksi 04400", "7 kyytiä"]
)
def test_other_numbers_are_no_age(words: Catalogue, text: str) -> None:
    assert "age" not in words.parser.parse(text, "fi").filters


def test_every_year_of_life_has_one_age() -> None:
    assert all(sum(age.holds(years) for age in AGES.values()) == 1 for years in range(121))


def test_an_offer_that_names_no_age_is_for_all_who_may_get_the_service(
    client: FlaskClient, rides: dict[str, int]
) -> None:
    assert found(client, rides, age="from_7_to_12") == {"everybody"}
    assert found(client, rides, age="from_65") == {"everybody", "adults", "by itself"}
    assert found(client, rides, age=["from_7_to_12", "from_65"]) == {"everybody", "adults", "by itself"}
    [item] = client.get("/api/v1/offers?age=under_7").get_json()["items"]
    assert item["ages"] == list(ages_served("transport")) == list(AGES)


def test_an_age_in_a_query_is_a_chip_and_binds(client: FlaskClient, rides: dict[str, int]) -> None:
    page = client.get("/fi/services?q=taksi+9-vuotiaalle").text
    assert "</span> 7–12-vuotiaat</a>" in page
    assert f"/services/{rides['everybody']}" in page
    assert f"/services/{rides['adults']}" not in page
    assert "Barn 7–12 år" in client.get("/sv/services?q=taxi+9-%C3%A5ring").text


def test_when_nothing_is_for_the_age_it_is_let_go_and_told(
    app: Flask, client: FlaskClient, rides: dict[str, int]
) -> None:
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, rides["everybody"]).versions[0].ages = ["from_65"]
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    page = client.get("/fi/services?q=taksi+9-vuotiaalle").text
    assert "Mikään näistä ei ole tämän ikäisille: 7–12-vuotiaat." in page
    assert f"/services/{rides['adults']}" in page


def test_the_offer_tells_its_ages(client: FlaskClient, rides: dict[str, int]) -> None:
    adults = client.get(f"/fi/services/{rides['adults']}").text
    assert "Asiakkaiden ikä" in adults
    assert "18–64-vuotiaat" in adults
    assert "Kaikenikäisille" in client.get(f"/fi/services/{rides['everybody']}").text
    assert "För alla åldrar" in client.get(f"/sv/services/{rides['everybody']}").text
