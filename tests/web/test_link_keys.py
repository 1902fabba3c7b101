"""Keys of links stand in no path, no log and no page of another browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.web import logs

KEY = "q3hF0-2kZ9vX8sT7rB6nM5lK4jH3gF2dS1aPoIuYtRe"
LED_ON = {
    "providers.joining.join_by_path",
    "recruiting.invitation_by_path",
    "recruiting.opened_registration_by_path",
    "vacancies.opened_by_path",
}
"""Links that were sent before the key went behind the `?`."""


def test_no_page_has_a_key_in_its_path(app: Flask) -> None:
    secret = {
        rule.endpoint: sorted(name for name in rule.arguments if re.search("token|secret|hash|nonce", name))
        for rule in app.url_map.iter_rules()
    }
    assert {endpoint for endpoint, names in secret.items() if names} == LED_ON


@pytest.mark.parametrize("path", ["invitation", "sessions/registrations", "services/free-place"])
@pytest.mark.parametrize("form", ["/{}", "?key={}"])
def test_an_unknown_key_opens_nothing_and_is_not_kept(client: FlaskClient, path: str, form: str) -> None:
    answer = client.get(f"/fi/{path}{form.format(KEY)}")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers or KEY not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["invitation/1", "sessions/registrations/1", "services/free-place/1"])
def test_who_holds_no_key_is_told_to_open_the_letter_again(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/fi/{path}")
    assert answer.status_code == 404
    assert "Avaa kirjeessä oleva linkki uudelleen" in answer.text


@pytest.mark.parametrize(
    "page", ["account/password/new", "provider/register/confirm", "provider/join", "account/mandate"]
)
@pytest.mark.parametrize("made_up", ["A" * 4_000, "ä" * 100])
def test_links_that_somebody_makes_up_fill_no_browser_with_cookies(
    client: FlaskClient, page: str, made_up: str
) -> None:
    answer = client.get(f"/fi/{page}?key={made_up}")
    assert sum(len(each) for each in answer.headers.getlist("Set-Cookie")) < 1_000
    assert client.get(answer.location).status_code == 404


@pytest.mark.parametrize(
    "page", ["account/password/new", "provider/register/confirm", "provider/join", "account/mandate"]
)
def test_a_key_goes_into_a_cookie_that_no_script_reads_and_out_of_the_address(
    client: FlaskClient, page: str
) -> None:
    answer = client.get(f"/fi/{page}?key={KEY}")
    assert answer.status_code == 302
    assert urlsplit(answer.location).query == ""
    assert KEY not in answer.location
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if KEY in each]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("address", "logged"),
    [
        (f"/fi/invitation?key={KEY}", "/fi/invitation"),
        (f"/fi/invitation/{KEY}", "/fi/invitation/…"),
        (f"/fi/invitation/{KEY}/answer/decline", "/fi/invitation/…/answer/decline"),
        ("/fi/services/12?q=nimi", "/fi/services/12"),
        (f"/static/dist/{'0' * 40}.css", f"/static/dist/{'0' * 40}.css"),
    ],
)
def test_our_own_log_keeps_no_key(address: str, logged: str) -> None:
    assert logs.without_keys(address) == logged


def test_the_proxies_that_ship_log_no_query() -> None:
    nginx = re.sub(r"#.*", "", Path("deploy/nginx.conf").read_text(encoding="utf-8"))
    [form] = re.findall(r"log_format palvelutori ([^;]+);", nginx)
    assert "$uri" in form
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer|http_cookie)\b", form)
    servers = nginx.split("server {")[1:]
    assert len(servers) == 2
    assert all(re.search(r"access_log \S+ palvelutori;", server) for server in servers)
    haproxy = Path("deploy/haproxy.cfg").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(log|option httplog|log-format)\b", haproxy, re.MULTILINE)
