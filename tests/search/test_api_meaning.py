"""What the interface answers means something by itself: units, keys beside words, one language, terms of use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.pilots.vocabulary import BANDS, FEATURES, MUNICIPALITIES, SERVICES, UNITS
from marketplace.search import openapi
from marketplace.search.facets import FACETS
from marketplace.search.follower import Follower
from tests import factories
from tests.factories import NOW

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def three(app: Flask) -> dict[str, int]:
    """Providers by name: one with a hoist and free places, one with neither, one approved without an offer."""
    database = app.extensions["database"]
    ids: dict[str, int] = {}
    with database.transaction() as session:
        for name, more, version in (
            ("hoist", {}, {"features": ["hoist"], "languages": ["fi", "sv"], "municipalities": ["186"]}),
            (
                "plain",
                {"availability_state": "full"},
                {"features": [], "languages": ["fi"], "municipalities": ["186"]},
            ),
            ("none", None, {}),
        ):
            provider = factories.make_provider(
                session, official_name=f"Esimerkki {name} Oy", postal_code="04400", phone="040 123 4567"
            )
            approval = factories.make_approval(session, provider, "day_activity", municipalities=["186"])
            factories.make_required_evidence(session, approval)
            if more is not None:
                factories.make_offer(session, approval, version=version, **more)
            ids[name] = provider.id
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


def found(client: FlaskClient, ids: dict[str, int], query: str) -> set[str]:
    body = client.get(f"/api/v1/providers?{query}").get_json()
    listed = {item["id"] for item in body["items"]}
    assert body["total"] == len(listed)
    return {name for name, identity in ids.items() if identity in listed}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"hoist", "plain", "none"}),
        ("q=hoist", {"hoist"}),
        ("service=day_activity&municipality=186", {"hoist", "plain", "none"}),
        ("service=transport", set()),
        ("feature=hoist", {"hoist"}),
        ("language=sv", {"hoist"}),
        ("language=fi", {"hoist", "plain"}),
        ("available=1", {"hoist"}),
        ("available=0", {"hoist", "plain", "none"}),
        ("price_max=0", set()),
        ("price_max=5000", {"hoist", "plain"}),
        ("price_max=5000&band=night", set()),
        ("band=night", set()),
        ("band=day", {"hoist", "plain"}),
        ("feature=hoist&service=transport", set()),
        ("pilot=keusote-2022&language=sv", {"hoist"}),
    ],
)
def test_the_list_of_providers_is_narrowed_by_everything_that_it_documents(
    client: FlaskClient, three: dict[str, int], query: str, expected: set[str]
) -> None:
    assert found(client, three, query) == expected


def test_the_page_of_providers_is_narrowed_alike_and_says_by_what(
    client: FlaskClient, three: dict[str, int]
) -> None:
    text = client.get("/fi/providers?feature=hoist").text
    assert "1 hyväksytty palveluntuottaja" in text
    assert f"</span> {FEATURES['hoist'].name.fi}</a>" in text
    assert '<input type="hidden" name="feature" value="hoist">' in text


def test_what_the_list_of_providers_does_not_have_is_refused(client: FlaskClient, three: Any) -> None:
    answer = client.get("/api/v1/providers?sort=price")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["field"] == "sort"


def test_each_parameter_of_a_description_is_taken_and_no_other(client: FlaskClient, three: Any) -> None:
    described = client.get("/api/v1/openapi.json").get_json()["paths"]
    samples = {"pilot": "keusote-2022", "price_max": "30", "q": "a", "page": "1", "per_page": "5"}
    for path in ("/offers", "/providers"):
        named = {each["name"]: each["schema"] for each in described[path]["get"]["parameters"]}
        assert set(FACETS) < set(named)
        for name, schema in named.items():
            values = schema.get("enum") or schema.get("items", {}).get("enum")
            value = samples.get(name) or values[0]
            assert client.get(f"/api/v1{path}", query_string={name: value}).status_code == 200, name


def test_the_lowest_price_names_its_unit_and_band(client: FlaskClient, three: dict[str, int]) -> None:
    for offer in client.get("/api/v1/offers").get_json()["items"]:
        lowest = offer["price_from"]
        assert lowest["amount_cents"] == offer["price_from_cents"]
        assert {"band": lowest["band"], "unit": lowest["unit"], "amount_cents": lowest["amount_cents"]} in [
            {name: price[name] for name in ("band", "unit", "amount_cents")} for price in offer["prices"]
        ]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_key_of_an_offer_has_its_name_beside_it(
    client: FlaskClient, three: dict[str, int], language: str
) -> None:
    [offer, *_] = client.get(f"/api/v1/offers?feature=hoist&lang={language}").get_json()["items"]
    names = offer["names"]
    assert names["service"] == SERVICES[offer["service"]].name[language]
    assert names["municipalities"] == [MUNICIPALITIES[key].name[language] for key in offer["municipalities"]]
    assert names["features"] == [FEATURES[key].name[language] for key in offer["features"]]
    assert names["pilot"]
    assert names["bands"] == {price["band"]: BANDS[price["band"]].name[language] for price in offer["prices"]}
    assert names["units"] == {price["unit"]: UNITS[price["unit"]].name[language] for price in offer["prices"]}


def test_an_offer_tells_whom_to_ring_where_it_is_and_when_its_places_were_told(
    client: FlaskClient, three: dict[str, int]
) -> None:
    [offer] = client.get("/api/v1/offers?feature=hoist").get_json()["items"]
    assert offer["phone"] == "040 123 4567"
    assert offer["availability"]["told_on"] == helsinki_date(NOW).isoformat()
    place = offer["location"]
    assert (place["postal_code"], place["municipality"]) == ("04400", "186")
    assert (place["latitude"], place["longitude"]) == (
        MUNICIPALITIES["186"].latitude,
        MUNICIPALITIES["186"].longitude,
    )


def test_a_provider_has_keys_contact_details_and_the_day_of_its_approval(
    client: FlaskClient, three: dict[str, int]
) -> None:
    provider = client.get(f"/api/v1/providers/{three['hoist']}?lang=sv").get_json()
    assert (provider["phone"], provider["location"]["municipality"]) == ("040 123 4567", "186")
    [service] = provider["services"]
    assert (service["service"], service["name"]) == ("day_activity", SERVICES["day_activity"].name.sv)
    assert (service["pilot_key"], service["municipality_keys"]) == ("keusote-2022", ["186"])
    assert (service["municipalities"], service["approved_on"][:2]) == ("Träskända", "20")


def test_an_offer_has_its_prices_over_time(client: FlaskClient, app: Flask, three: dict[str, int]) -> None:
    with app.extensions["database"].transaction() as session:
        offer = session.get(Offer, 1)
        assert offer is not None
        coming = helsinki_date(NOW) + timedelta(days=30)
        begun = offer.versions[0]
        names = ("summary", "description", "plain", "municipalities", "groups", "languages", "features")
        session.add(
            OfferVersion(
                offer_id=offer.id,
                number=2,
                state="published",
                valid_from=coming,
                title=LocalizedText("Uusi", "Ny"),
                created_at=NOW,
                published_at=NOW,
                prices=[
                    OfferPrice(band="day", unit="day", amount=Money(7000), vat_code="exempt", includes=[])
                ],
                **{name: getattr(begun, name) for name in names},
            )
        )
        identity = offer.id
    history = client.get(f"/api/v1/offers/{identity}").get_json()["price_history"]
    assert [period["valid_from"] for period in history][-1] == coming.isoformat()
    assert len(history) == 2
    assert set(history[0]["prices"][0]) == {"band", "unit", "amount_cents"}


def test_pilots_tell_their_organisation_and_highest_prices_by_key(client: FlaskClient, three: Any) -> None:
    pilot = next(p for p in client.get("/api/v1/pilots").get_json() if p["key"] == "keusote-2022")
    assert pilot["organisation_key"] == "keusote"
    assert {row["service"] for row in pilot["highest_prices"]} == set(pilot["services"])
    assert all(row["amount_cents"] > 0 for row in pilot["highest_prices"])


@pytest.mark.parametrize(
    "path", ["offers", "offers/1", "providers", "providers/1", "pilots", "services", "suggest"]
)
def test_one_rule_of_language(client: FlaskClient, three: Any, path: str) -> None:
    plain = client.get(f"/api/v1/{path}")
    assert plain.headers["Content-Language"] == "fi"
    assert client.get(f"/api/v1/{path}", headers={"Accept-Language": "sv"}).data == plain.data
    swedish = client.get(f"/api/v1/{path}?lang=sv")
    assert swedish.headers["Content-Language"] == "sv"


def test_the_terms_of_the_data_are_told_apart_from_the_licence_of_the_program(
    client: FlaskClient, three: Any
) -> None:
    answer = client.get("/api/v1/offers")
    assert answer.headers["Link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    info = client.get("/api/v1/openapi.json").get_json()["info"]
    assert "CC BY 4.0" in info["license"]["name"]
    assert info["termsOfService"].endswith("/fi/about/developers#terms")
    assert client.get("/fi/providers/list.json").get_json()["licence"] == openapi.LICENCE_OF_DATA


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/openapi.json"])
def test_where_programs_begin_people_are_led_to_the_page_for_developers(
    client: FlaskClient, path: str
) -> None:
    led = client.get(path, headers={"Accept": BROWSER, "Accept-Language": "sv-FI,sv"})
    assert (led.status_code, led.headers["Location"]) == (302, "/sv/about/developers")
    for accepts in ("application/json", "*/*"):
        answer = client.get(path, headers={"Accept": accepts})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Accept" in answer.headers["Vary"]
        assert answer.get_json()


def test_the_index_names_every_endpoint(client: FlaskClient, three: Any) -> None:
    index = client.get("/api/v1").get_json()
    described = client.get("/openapi.json").get_json()
    assert set(index["endpoints"]) == set(described["paths"])
    assert index["licence"] == openapi.LICENCE_OF_DATA
    for address in (*index["files"].values(), index["documentation"], index["description"]):
        assert client.get(address.removeprefix("http://localhost")).status_code == 200
