"""What is ticked for comparison stays ticked: on the next page, in another order, with another filter."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.offers.models import Offer
from marketplace.search.follower import Follower
from tests import factories
from tests.factories import NOW

PER_PAGE = 20


@pytest.fixture
def many(app: Flask) -> list[int]:
    """One page and one offer more."""
    database = app.extensions["database"]
    with database.transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session), "day_activity")
        factories.make_required_evidence(session, approval)
        ids = [factories.make_offer(session, approval).id for _ in range(PER_PAGE + 1)]
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return ids


def ticked(page: str) -> set[int]:
    """The services whose boxes are ticked."""
    boxes = re.findall(r'<input[^>]*name="offer"[^>]*>', page)
    return {int(re.findall(r'value="(\d+)"', box)[0]) for box in boxes if " checked" in box}


def shown(page: str) -> list[int]:
    """The services whose boxes the page has."""
    return [int(box) for box in re.findall(r'name="offer" value="(\d+)"', page)]


def test_a_choice_is_on_every_page_and_in_every_address_that_leads_on(
    client: FlaskClient, many: list[int]
) -> None:
    first = client.get("/fi/services").text
    chosen = shown(first)[:2]
    query = {"offer": chosen, "page": 2, "municipality": "186"}
    second = client.get("/fi/services", query_string=query).text
    assert ticked(second) == set(chosen)
    assert set(shown(second)) > set(chosen)
    led = re.findall(r'href="(/fi/services\?[^"]*)"', second.split("</head>")[1])
    within = [address for address in led if "municipality" not in address]
    assert within, "the chip without the municipality"
    assert all(f"offer={identity}" in address for address in within for identity in chosen)


def test_pages_and_orders_are_sent_with_the_boxes(client: FlaskClient, many: list[int]) -> None:
    page = client.get("/fi/services").text
    assert re.search(r'<button[^>]*name="page" value="2" form="search-form"', page)
    assert re.search(r'<button[^>]*formaction="/fi/compare"', page)
    assert 'form="search-form"' in re.findall(r'<input[^>]*name="offer"[^>]*>', page)[0]


def test_ten_stay_chosen_and_the_page_says_so(client: FlaskClient, many: list[int]) -> None:
    answer = client.get("/sv/services", query_string={"offer": many[:11], "q": "dagverksamhet"})
    assert ticked(answer.text) == set(many[:10])
    assert "De tio första förblir valda." in answer.text


def test_the_first_four_stand_side_by_side_and_ten_in_the_list(client: FlaskClient, many: list[int]) -> None:
    page = client.get("/sv/compare", query_string={"offer": many[:10]}).text
    assert page.count('<th scope="col">') == 1 + 4
    assert "De fyra första visas." in page
    address = unescape(re.findall(r'href="(/sv/compare/list[^"]*)">Se alla', page)[0])
    listed = client.get(address).text
    assert [f'/sv/services/{identity}"' in listed for identity in many[:11]] == [True] * 10 + [False]
    assert (
        "De tio första förblir valda."
        in client.get("/sv/compare/list", query_string={"offer": many[:11]}).text
    )


def test_what_left_the_catalogue_is_let_go(app: Flask, client: FlaskClient, many: list[int]) -> None:
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, many[0]).state = "ended"
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).catch_up(now=NOW)
    page = client.get("/fi/services", query_string={"offer": [many[0], many[1], "x", 999_999]}).text
    assert ticked(page) == {many[1]}


def test_the_address_that_robots_keep_has_no_choices(client: FlaskClient, many: list[int]) -> None:
    page = client.get("/fi/services", query_string={"offer": many[0]}).text
    assert "offer=" not in re.findall(r'rel="canonical" href="([^"]*)"', page)[0]
