"""Services saved on the visitor's own device: a signed cookie, readable without a script, gone when cleared."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.offers.models import Offer
from marketplace.search.saved_services.rules import MOST_SAVED, SavedAction, changed
from tests import factories


@pytest.fixture
def two(app: Flask) -> list[int]:
    """Two visible offers."""
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session))
        factories.make_required_evidence(session, approval)
        return [factories.make_offer(session, approval).id for _each in range(2)]


@pytest.mark.parametrize(
    ("action", "offers", "left"),
    [
        (SavedAction.ADD, [3], (1, 2, 3)),
        (SavedAction.ADD, [1], (2, 1)),
        (SavedAction.ADD, [4, 4], (1, 2, 4)),
        (SavedAction.REMOVE, [1, 9], (2,)),
        (SavedAction.CLEAR, [], ()),
    ],
)
def test_what_is_saved_after_each_button(
    action: SavedAction, offers: list[int], left: tuple[int, ...]
) -> None:
    assert changed((1, 2), action, offers) == left


def test_the_oldest_are_let_go() -> None:
    saved = changed(tuple(range(MOST_SAVED)), SavedAction.ADD, [MOST_SAVED])
    assert (len(saved), saved[0], saved[-1]) == (MOST_SAVED, 1, MOST_SAVED)


def test_a_service_is_saved_shown_and_removed_without_a_script(client: FlaskClient, two: list[int]) -> None:
    page = f"/sv/services/{two[0]}"
    assert "Spara på den här enheten" in client.get(page).text
    sent = client.post("/sv/saved", data={"action": "add", "offer": two[0], "next": page})
    assert (sent.status_code, sent.location) == (303, page)
    assert "HttpOnly" in sent.headers["Set-Cookie"]
    assert "Ta bort från de sparade" in client.get(page).text
    listed = client.get("/sv/saved")
    assert f'href="{page}"' in listed.text
    assert f'/sv/services/{two[1]}"' not in listed.text
    assert "no-store" in listed.headers["Cache-Control"]
    client.post("/sv/saved", data={"action": "clear"})
    assert client.get_cookie("saved") is None
    assert "Du har inte sparat några tjänster" in client.get("/sv/saved").text


def test_several_are_saved_from_the_search_and_compared(client: FlaskClient, two: list[int]) -> None:
    client.post("/fi/saved", data={"action": "add", "offer": two, "q": "päivätoiminta"})
    page = client.get("/fi/saved").text
    assert f'href="/fi/compare?offer={two[1]}&amp;offer={two[0]}"' in page


def test_one_that_is_not_offered_any_more_is_told(app: Flask, client: FlaskClient, two: list[int]) -> None:
    client.post("/fi/saved", data={"action": "add", "offer": two})
    with app.extensions["database"].transaction() as session:
        session.get_one(Offer, two[0]).state = "ended"
    page = client.get("/fi/saved").text
    assert "1 tallentamasi palvelu ei ole nyt tarjolla." in page


@pytest.mark.parametrize("cookie", ["", "x", "WzEsMl0.forged", "[1]"])
def test_a_cookie_that_is_not_ours_saves_nothing(client: FlaskClient, two: list[int], cookie: str) -> None:
    client.set_cookie("saved", cookie)
    assert f'/fi/services/{two[0]}"' not in client.get("/fi/saved").text


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, {"action": "add"}, 403),
        ({"Origin": "https://elsewhere.example"}, {"action": "add"}, 403),
        ({}, {"action": "sell"}, 404),
        ({}, {}, 404),
    ],
)
def test_forms_of_other_sites_and_other_words_change_nothing(
    client: FlaskClient, two: list[int], headers: dict[str, str], data: dict[str, str], status: int
) -> None:
    sent = client.post("/fi/saved", data={**data, "offer": two[0]}, headers=headers)
    assert sent.status_code == status
    assert client.get_cookie("saved") is None


def test_nobody_is_led_elsewhere(client: FlaskClient, two: list[int]) -> None:
    sent = client.post(
        "/fi/saved", data={"action": "add", "offer": two[0], "next": "https://elsewhere.example/"}
    )
    assert sent.location == "/fi/saved"


def test_the_page_of_a_service_can_still_be_kept_by_browsers(client: FlaskClient, two: list[int]) -> None:
    first = client.get(f"/fi/services/{two[0]}")
    assert "csrf_token" not in first.text
    again = client.get(f"/fi/services/{two[0]}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
