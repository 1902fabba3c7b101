"""Tags that others add to links are as if they had never been there."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

TAGS = ("utm_source=facebook", "fbclid=IwAR0abc", "GCLID=x", "gad_source=1", "mtm_campaign=y", "utm%5Fid=7")
PAGES = (
    "/fi/",
    "/sv/services",
    "/fi/services/1",
    "/sv/providers",
    "/fi/compare?offer=1",
    "/sv/plan?offer=1",
    "/api/v1/offers",
    "/api/v1/services",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_link_with_tags_gives_what_the_link_without_them_gives(
    offered: Flask, client: FlaskClient, page: str
) -> None:
    plain = client.get(page)
    tagged = client.get(f"{page}{'&' if '?' in page else '?'}{'&'.join(TAGS)}")
    assert (tagged.status_code, tagged.data) == (200, plain.data)


def test_what_is_asked_stays_between_the_tags(offered: Flask, client: FlaskClient) -> None:
    tagged = client.get("/api/v1/offers?utm_source=x&q=dagverksamhet&fbclid=y&lang=sv").data
    assert tagged == client.get("/api/v1/offers?q=dagverksamhet&lang=sv").data


def test_a_page_kept_for_one_tag_serves_all(offered: Flask, client: FlaskClient) -> None:
    first = client.get("/fi/services?fbclid=a")
    again = client.get("/fi/services?fbclid=b", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["utm", "reference", "fbclids", "q"])
def test_other_parameters_are_no_tags(offered: Flask, client: FlaskClient, name: str) -> None:
    assert client.get(f"/api/v1/services?{name}=1").status_code == 400
