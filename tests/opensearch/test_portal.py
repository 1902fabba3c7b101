"""The portal over a search server: it serves from it, says so when it is away, and loses nothing meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from marketplace import health
from marketplace.backends import search_server
from marketplace.i18n import LocalizedText
from marketplace.search import changes
from marketplace.search.follower import Follower
from marketplace.search.opensearch import client
from scripts.search_server import Server, server
from tests import factories
from tests.factories import NOW
from tests.waiting import eventually

pytestmark = pytest.mark.more


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that tests may stop."""
    with server() as started:
        yield started


def make_offer(app: Flask, title: str) -> int:
    changes.observe()
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session), "day_activity")
        factories.make_required_evidence(session, approval)
        offer = factories.make_offer(session, approval, version={"title": LocalizedText(title, title)})
        return int(offer.id)


@pytest.fixture
def portal(app: Flask, own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A portal whose catalogue is on the server."""
    monkeypatch.setattr(client, "LEFT_ALONE", 0.0)
    monkeypatch.setattr(health, "LOOKED_FOR", 0)
    own_server.start()
    place = search_server({"SEARCH_URL": own_server.url(f"p{tmp_path.name[-10:].lower().replace('-', '_')}")})
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], search_server=place))
    app.extensions.pop("catalogue", None)
    return app


def follower_of(app: Flask) -> Follower:
    settings = app.extensions["settings"]
    return Follower(app.extensions["database"], settings.index_dir, server=settings.search_server)


def test_a_server_that_is_away_is_said_in_the_readers_language_and_nothing_is_lost(
    portal: Flask, own_server: Server
) -> None:
    browser = portal.test_client()
    follower = follower_of(portal)
    first = make_offer(portal, "Päivätoimintaa järven rannalla")
    follower.catch_up(now=NOW)
    assert "järven rannalla" in browser.get("/fi/services?q=päivätoiminta").text
    own_server.nodes[0].end(signal.SIGKILL)
    for address, words in (
        ("/fi/services?q=taksi", "Haku ei juuri nyt vastaa"),
        ("/sv/services?q=taxi", "Sökningen svarar inte just nu"),
        ("/fi/services/map?q=taksi", "Haku ei juuri nyt vastaa"),
        ("/api/v1/offers?q=taksi", "The search does not answer just now"),
    ):
        answer = browser.get(address)
        assert (answer.status_code, words in answer.text) == (503, True), answer.text[:3000]
    for address in ("/fi/", "/fi/providers", f"/fi/services/{first}", "/fi/plan", "/sitemap.xml"):
        assert browser.get(address).status_code == 200, address
    balancer, monitor = browser.get("/readyz"), browser.get("/readyz?deep")
    assert (balancer.status_code, balancer.get_json()["index"]) == (200, "away")
    assert (monitor.status_code, monitor.get_json()["index"]["state"]) == (503, "away")
    told = health.problems(portal.extensions["database"], portal.extensions["settings"], now=NOW)
    assert [each for each in told if "SEARCH_URL" in each]
    second = make_offer(portal, "Päivätoimintaa metsän laidalla")
    assert follower.catch_up(now=NOW) == 0
    own_server.start()
    assert follower.catch_up(now=NOW) == 1
    assert eventually(lambda: "metsän laidalla" in browser.get("/fi/services?q=päivätoiminta").text)
    assert "järven rannalla" in browser.get("/fi/services?q=päivätoiminta").text
    assert browser.get("/readyz").get_json()["index"] == "ok"
    assert first != second
