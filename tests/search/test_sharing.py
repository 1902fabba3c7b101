"""What a link to a page tells where it is shared or found: description, picture, language, prices, day of change."""

from __future__ import annotations

import html
import json
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from marketplace.config import ROOT
from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer
from tests import factories

PUBLIC = (
    "",
    "services",
    "services/1",
    "compare?offer=1",
    "plan",
    "providers",
    "providers/1",
    "pilots",
    "pilots/keusote-2022",
    "about/ordering",
    "about/privacy",
    "sessions",
)
META = re.compile(r'<meta (?:name|property)="([\w:]+)" content="([^"]*)">')


def meta(client: FlaskClient, path: str) -> dict[str, str]:
    """The meta elements of a page by name."""
    return {name: html.unescape(content) for name, content in META.findall(client.get(path).text)}


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("page", PUBLIC)
def test_every_public_page_describes_itself_where_it_is_shared(
    offered: Flask, client: FlaskClient, language: str, page: str
) -> None:
    found = meta(client, f"/{language}/{page}")
    assert len(found["description"]) > 20
    assert found["og:description"] == found["description"]
    assert found["og:title"]
    assert found["og:locale"] == f"{language}_FI"
    assert found["og:url"].startswith(f"http://localhost/{language}/")
    assert "?utm" not in found["og:url"]


def test_the_picture_of_a_shared_link_exists_in_the_size_that_is_told(client: FlaskClient) -> None:
    found = meta(client, "/sv/")
    address = found["og:image"].removeprefix("http://localhost")
    with client.get(address) as answer:
        assert answer.content_type == "image/png"
    with Image.open(ROOT / "marketplace" / "static" / "images" / "share.png") as picture:
        assert [str(side) for side in picture.size] == [found["og:image:width"], found["og:image:height"]]
    assert found["og:image:alt"]


def test_descriptions_of_different_pages_differ(offered: Flask, client: FlaskClient) -> None:
    told = [meta(client, f"/fi/{page}")["description"] for page in PUBLIC]
    assert len(set(told)) == len(told)


def test_a_page_of_one_person_is_not_described_for_sharing(app: Flask, client: FlaskClient) -> None:
    assert "og:title" not in meta(client, "/fi/account/me")


def test_prices_in_different_units_are_never_put_together(offered: Flask, client: FlaskClient) -> None:
    text = client.get("/fi/services/2").text
    [script] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    described = json.loads(script)
    assert described["url"] == "http://localhost/fi/services/2"
    prices = [each["priceSpecification"] for each in described["offers"]]
    answer = client.get("/api/v1/offers/2").get_json()
    assert [round(float(each["price"]) * 100) for each in prices] == [
        each["amount_cents"] for each in answer["prices"]
    ]
    assert all(each["unitText"] for each in prices)
    assert "lowPrice" not in script


def test_the_site_map_tells_the_day_of_the_last_change_where_it_is_known(
    offered: Flask, client: FlaskClient
) -> None:
    def told(path: str) -> set[str]:
        rows = re.findall(r"<url>.*?</url>", client.get(path).text)
        return {day for row in rows if "/services/1<" in row for day in re.findall(r"<lastmod>(.*?)<", row)}

    with offered.extensions["database"].read() as session:
        offer = session.get_one(Offer, 1)
        version = offer.versions[0]
        expected = max(
            version.valid_from,
            helsinki_date(version.published_at),
            helsinki_date(offer.availability_updated_at),
        )
    assert told("/sitemap-1.xml") == {expected.isoformat()}
    later = factories.NOW.replace(month=12)
    with offered.extensions["database"].transaction() as session:
        session.execute(sa.update(Offer).where(Offer.id == 1).values(availability_updated_at=later))
    assert told("/sitemap-1.xml") == {helsinki_date(later).isoformat()}
    standing = client.get("/sitemap-0.xml").text
    assert re.search(r"/fi/pilots/keusote-2022</loc><lastmod>\d{4}-\d\d-\d\d<", standing)
    came = re.search(r"/fi/about/privacy</loc><lastmod>(\d{4}-\d\d-\d\d)<", standing)
    assert came
    assert came[1] >= "2026"
    newest = max(came[1], helsinki_date(later).isoformat())
    assert f"/fi/services</loc><lastmod>{newest}<" in standing
    assert f"/fi/providers/1</loc><lastmod>{helsinki_date(later).isoformat()}<" in standing
    assert standing.count("<loc>") == standing.count("<lastmod>")
