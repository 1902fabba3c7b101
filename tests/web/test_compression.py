"""Public answers are sent compressed and once; what belongs to a person is neither."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from marketplace.web.compression import MIN_COMPRESSED_BYTES, compress

GZIP = {"Accept-Encoding": "gzip"}


def answer(response: Response, **headers: str) -> Response:
    compress(response, Request(EnvironBuilder(headers=list(headers.items())).get_environ()))
    return response


def test_a_page_is_compressed_for_those_who_read_that_and_has_one_etag_for_all() -> None:
    body = "päivä " * MIN_COMPRESSED_BYTES
    small = answer(Response(body, mimetype="text/html"), **GZIP)
    plain = answer(Response(body, mimetype="text/html"))
    assert gzip.decompress(small.get_data()).decode() == plain.get_data(as_text=True) == body
    assert small.headers["ETag"] == plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    again = answer(Response(body, mimetype="text/html"), **{"If-None-Match": small.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("response", [
    Response("short", mimetype="text/html"),
    Response(b"x" * 2000, mimetype="image/png"),
    Response("x" * 2000, status=404, mimetype="text/html"),
])  # fmt: skip
def test_what_gains_nothing_or_failed_is_sent_as_it_is(response: Response) -> None:
    assert "Content-Encoding" not in answer(response, **GZIP).headers


@pytest.mark.parametrize(
    "path",
    [
        "/fi/",
        "/sv/providers",
        "/fi/pilots",
        "/sv/compare",
        "/fi/plan",
        "/fi/about/ordering",
        "/fi/about/privacy",
    ],
)
def test_every_public_page_is_sent_once_and_compressed(client: FlaskClient, path: str) -> None:
    first = client.get(path, headers=GZIP)
    assert first.status_code == 200
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_page_with_a_form_token_is_not_compressed(client: FlaskClient) -> None:
    page = client.get("/fi/account/sign-in", headers=GZIP)
    assert "csrf_token" in page.text
    assert "Content-Encoding" not in page.headers
    assert "ETag" not in page.headers


def test_public_pages_name_themselves_in_both_languages(app: Flask, client: FlaskClient) -> None:
    page = client.get("/sv/providers?q=x").text
    own = app.extensions["settings"].public_url
    assert f'<link rel="canonical" href="{own}/sv/providers">' in page
    for code, language in (("fi", "fi"), ("sv", "sv"), ("x-default", "fi")):
        assert f'<link rel="alternate" hreflang="{code}" href="{own}/{language}/providers">' in page
    assert 'rel="canonical"' not in client.get("/fi/no-such-page").text
