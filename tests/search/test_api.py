"""The public interface: shapes, refusals, caching, and that no query string breaks it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.search import openapi
from marketplace.search.facets import FACETS


def test_an_offer_has_the_shape_of_the_contract(offered: Flask, client: FlaskClient) -> None:
    body = client.get("/api/v1/offers?q=dagverksamheten&lang=sv").get_json()
    assert {name: body[name] for name in ("total", "page", "per_page")} == {
        "total": 1,
        "page": 1,
        "per_page": 20,
    }
    assert set(body["facets"]) == {*FACETS, "pilot", "available"}
    assert {"key": "186", "label": "Träskända", "count": 1} in body["facets"]["municipality"]
    offer = body["items"][0]
    assert (offer["title"], offer["lang"]) == ("Dagverksamhet", "sv")
    assert set(offer["provider"]) == {"id", "name", "business_id"}
    assert set(offer["availability"]) == {"state", "from", "queue_weeks", "told_on"}
    assert set(offer["prices"][0]) == {"band", "unit", "amount_cents", "vat_rate", "includes", "valid_from"}
    assert offer["price_from_cents"] > 0
    assert offer["url"].endswith("/sv/services/1")


def test_a_title_in_one_language_says_which(offered: Flask, client: FlaskClient) -> None:
    assert client.get("/api/v1/offers/2?lang=sv").get_json()["lang"] == "fi"


def test_the_list_of_providers_has_pages_of_the_length_asked_for(offered: Flask, client: FlaskClient) -> None:
    body = client.get("/api/v1/providers?per_page=1&page=2").get_json()
    assert (body["total"], body["per_page"], len(body["items"])) == (2, 1, 1)


@pytest.mark.parametrize(
    "path",
    ["providers", "providers/1", "pilots", "services", "municipalities", "openapi.json", "suggest?q=p"],
)
def test_every_list_answers(offered: Flask, client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    assert answer.get_json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(("query", "field"), [
    ("colour=red", "colour"), ("service=magic", "service"), ("price_max=abc", "price_max"), ("page=0", "page"),
    ("page=x", "page"), ("per_page=101", "per_page"), ("sort=best", "sort"), ("lang=en", "lang"),
    ("available=2", "available"),
    ("pilot=none", "pilot"), ("band=dawn", "band"), ("page=99999999999999999999", "page"), ("page=10000", "page"),
    ("sort=price&sort=magic", "sort"), ("q=a&q=b", "q"), ("offer=1", "offer"), ("municipality=999", "municipality"),
])  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_field(
    offered: Flask, client: FlaskClient, query: str, field: str
) -> None:
    answer = client.get(f"/api/v1/offers?{query}")
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["field"] == field
    assert error["message"]
    assert error["code"]


@pytest.mark.parametrize("path", ["offers/999", "offers/99999999999999", "providers/999"])
def test_what_does_not_exist_is_404(offered: Flask, client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "status", "code"), [("nothing", 404, "not_found"), ("offers/x", 404, "not_found")]
)
def test_an_address_outside_the_interface_is_refused_in_its_shape(
    client: FlaskClient, path: str, status: int, code: str
) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    error = answer.get_json()["error"]
    assert (error["code"], bool(error["message"]), error["field"]) == (code, True, None)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.post("/api/v1/offers").get_json()["error"]["code"] == "method_not_allowed"


def test_an_unchanged_answer_is_not_sent_again_and_large_ones_are_packed(
    offered: Flask, client: FlaskClient
) -> None:
    first = client.get("/api/v1/offers", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(first.data))["total"] == 2
    again = client.get("/api/v1/offers", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data


def test_the_description_names_every_path_and_every_schema_it_refers_to() -> None:
    described = openapi.specification("http://localhost", ["keusote-2022"])
    text = json.dumps(described)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred == set(described["components"]["schemas"]) - {"Unused"}


NAMES = ["q", "pilot", "service", "municipality", "group", "language", "feature", "available", "band", "price_max",
         "sort", "page", "per_page", "lang", "offer", "hours[day]", "hours[", "only", "x",
         "from_day", "from_time", "to_day", "to_time", "amount[day]", "amount["]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "päivätoiminta",
            "638",
            "day",
            "1",
            "-1",
            "1e9",
            "NaN",
            "٣",
            "price",
            "fi",
            "keusote-2022",
            "0,005",
            "",
        ]
    ),
    st.integers().map(str),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6))
@pytest.mark.parametrize(
    "path",
    ["/fi/services", "/sv/compare", "/fi/providers", "/fi/services/1", "/api/v1/offers", "/api/v1/suggest"],
)
def test_no_query_string_breaks_a_page(offered: Flask, path: str, parameters: list[tuple[str, Any]]) -> None:
    answer = offered.test_client().get(path, query_string=parameters)
    assert answer.status_code in ((200, 400) if path.startswith("/api") else (200,))


def test_the_longest_query_is_answered(offered: Flask, client: FlaskClient) -> None:
    assert client.get("/fi/services", query_string={"q": "hoito" * 2000}).status_code == 200
    assert client.get("/api/v1/offers", query_string={"q": "a b " * 50}).status_code == 200
