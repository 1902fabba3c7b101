"""Whose addresses the portal writes: always its own, whatever a request says it was sent to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.search.follower import Follower
from tests import factories
from tests.conftest import settings_for
from tests.factories import NOW

OWN = "https://palvelut.county.fi"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A portal in production behind one proxy."""
    settings = settings_for("sqlite://", tmp_path_factory.mktemp("production"))
    return create_app(replace(settings, production=True, public_url=OWN, trusted_proxies=1))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("palvelut.county.fi", 200),
        ("palvelut.county.fi:443", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("palvelut.county.fi.evil.example", 400),
        ("evil.example:443@palvelut.county.fi", 400),
    ],
)
def test_only_the_own_host_and_this_machine_are_answered_in_production(
    production: Flask, host: str, status: int
) -> None:
    assert production.test_client().get("/healthz", headers={"Host": host}).status_code == status


def test_who_asks_for_another_host_is_told_the_true_address(production: Flask) -> None:
    answer = production.test_client().get("/fi/account/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert f"Oikea osoite on {OWN}" in answer.text
    assert "evil.example" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_what_a_proxy_hands_on_of_the_host_is_not_believed(production: Flask) -> None:
    headers = {"Host": "palvelut.county.fi", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    answer = production.test_client().get("/fi/office/applications", headers=headers)
    assert answer.status_code == 302
    assert "evil.example" not in answer.headers["Location"]


@pytest.fixture
def offered(app: Flask) -> Flask:
    """The portal with an offer that is in the index."""
    with app.extensions["database"].transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session))
        factories.make_required_evidence(session, approval)
        factories.make_offer(session, approval)
    Follower(app.extensions["database"], app.extensions["settings"].index_dir).rebuild(now=NOW)
    return app


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}])
def test_addresses_in_answers_are_made_from_the_public_address(
    offered: Flask, headers: Mapping[str, str]
) -> None:
    client = offered.test_client()
    for path in (
        "/api/v1/offers",
        "/api/v1/openapi.json",
        "/api/v1/providers",
        "/sitemap.xml",
        "/robots.txt",
    ):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, path
        assert "evil.example" not in answer.text, path
    [offer] = client.get("/api/v1/offers", headers=headers).get_json()["items"]
    assert offer["url"].startswith("http://localhost/fi/services/")
