"""The web's frame: languages, permissions, late forms, errors and headers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, request, url_for
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import hash_password
from marketplace.accounts.service import sign_out_everywhere
from marketplace.config import VERSION
from marketplace.permissions import Permission
from marketplace.web.addresses import addresses, safe_next
from marketplace.web.frame import notify, refuse_undeclared_views, requires, session
from marketplace.web.saved_entries import KeptForm
from tests.factories import NOW, make_user
from tests.forms import post_form, token_on
from tests.work import work_of


@pytest.fixture
def person(app: Flask) -> User:
    """Somebody with an account and no role."""
    with app.extensions["database"].transaction() as session:
        return make_user(session)


@pytest.mark.parametrize(
    ("accepts", "place"), [("sv-FI,sv;q=0.9", "/sv/"), ("fi", "/fi/"), ("en", "/fi/"), ("", "/fi/")]
)
def test_the_root_sends_to_the_language_of_the_browser(client: FlaskClient, accepts: str, place: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepts})
    assert (answer.status_code, answer.headers["Location"]) == (302, place)


def test_the_language_switch_keeps_path_and_query(client: FlaskClient) -> None:
    page = client.get("/fi/services?q=ap%C3%BA&service=transport&service=day_activity").text
    assert "/sv/services?q=ap%C3%BA&amp;service=transport&amp;service=day_activity" in page


def test_a_view_without_a_permission_stops_the_start(app: Flask) -> None:
    app.view_functions["bare"] = lambda: "hello"
    with pytest.raises(RuntimeError, match="bare"):
        refuse_undeclared_views(app)


def test_every_view_names_a_permission(app: Flask) -> None:
    declared = {name: vars(view)["permission"] for name, view in app.view_functions.items()}
    assert set(map(type, declared.values())) == {Permission}


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/fi/\r\nX: y",
        "/fi/\x00",
        "",
    ],
)
def test_signing_in_never_leads_off_the_site(target: str) -> None:
    assert safe_next(target) is None


def test_a_page_that_needs_signing_in_asks_and_comes_back(client: FlaskClient, person: User) -> None:
    answer = client.get("/sv/account/")
    assert answer.headers["Location"] == "/sv/account/sign-in?next=%2Fsv%2Faccount%2F"


def test_entries_survive_a_session_that_ended(
    client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, person)
    token = token_on(client.get("/fi/account/").text)
    client.delete_cookie(SESSION_COOKIE)
    written = {"form_name": "AccountForm", "name": "Kirjoitettu nimi", "language": "sv"}
    answer = client.post("/fi/account/", data={"csrf_token": token, **written})
    assert answer.headers["Location"].startswith("/fi/account/sign-in?next=")
    sign_in(client, person)
    page = client.get("/fi/account/").text
    assert 'value="Kirjoitettu nimi"' in page
    assert (
        post_form(client, "/fi/account/", {"name": "Kirjoitettu nimi", "language": "sv"}).status_code == 303
    )
    assert 'value="Kirjoitettu nimi"' in client.get("/fi/account/").text


def test_entries_wait_behind_the_page_of_signing_in(app: Flask, client: FlaskClient) -> None:
    with app.extensions["database"].transaction() as session:
        person = make_user(session, password_hash=hash_password("oikea lautanen paristo"))
    entries = {
        "csrf_token": genuine(app),
        "form_name": "AccountForm",
        "name": "Kirjoitettu",
        "language": "sv",
    }
    answer = client.post("/fi/account/", data=entries)
    signed_in = {"email": person.email, "password": "oikea lautanen paristo"}
    answer = post_form(client, answer.location, signed_in)
    assert 'value="Kirjoitettu"' in client.get(answer.location).text


def genuine(app: Flask) -> str:
    """A token that the portal gave, in another browser: genuine, and of no use here."""
    return token_on(app.test_client().get("/fi/account/sign-in").text)


def test_entries_survive_an_old_page(
    app: Flask, client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, person)
    answer = client.post(
        "/fi/account/",
        data={"csrf_token": genuine(app), "form_name": "AccountForm", "name": "Uusi nimi", "language": "fi"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/fi/account/")
    page = client.get("/fi/account/").text
    assert 'value="Uusi nimi"' in page


def test_an_old_button_leads_to_a_page_although_the_browser_does_not_say_where_it_stood(
    client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, person)
    answer = client.post("/sv/account/sign-out", data={"csrf_token": "stale"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sv/")
    client.delete_cookie(SESSION_COOKIE)
    answer = client.post("/fi/office/changes/1/approve")
    assert answer.headers["Location"] == "/fi/account/sign-in?next=%2Ffi%2F"


@pytest.mark.parametrize(
    "stood",
    ["//evil.example/", "//evil.example?x", "/\\evil.example", None],
)
def test_an_old_form_never_leads_to_where_a_page_of_two_slashes_points(
    client: FlaskClient, stood: str | None
) -> None:
    """The page that says that there is nothing at `//evil.example/` is a page of ours, and has a button to sign out."""
    referrer = "http://[::1" if stood is None else f"http://localhost{stood}"
    answer = client.post("/fi/account/sign-in", data={"csrf_token": "stale"}, headers={"Referer": referrer})
    assert (answer.status_code, answer.location) == (303, "/fi/account/sign-in")


def test_kept_entries_hold_no_password_and_stay_with_their_browser(app: Flask, client: FlaskClient) -> None:
    client.post(
        "/fi/account/sign-in",
        data={
            "csrf_token": genuine(app),
            "form_name": "SignInForm",
            "email": "matti@example.fi",
            "password": "salaisuus",
        },
    )
    assert "matti@example.fi" in client.get("/fi/account/sign-in").text
    assert "salaisuus" not in client.get("/fi/account/sign-in").text
    assert "matti@example.fi" not in app.test_client().get("/fi/account/sign-in").text


def test_what_was_kept_of_somebody_comes_back_to_nobody_else(
    app: Flask, client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.extensions["database"].transaction() as session:
        other = make_user(session, name="Toinen")
    sign_in(client, person)
    token = token_on(client.get("/fi/account/").text)
    with app.extensions["database"].transaction() as session:
        sign_out_everywhere(work_of(session), session.get_one(User, person.id))
    entries = {"csrf_token": token, "form_name": "AccountForm", "name": "Oma nimi", "language": "fi"}
    assert "/sign-in" in client.post("/fi/account/", data=entries).location
    sign_in(client, other)
    assert "Oma nimi" not in client.get("/fi/account/").text
    sign_in(client, person)
    assert 'value="Oma nimi"' in client.get("/fi/account/").text


def test_entries_come_back_on_their_own_page_alone(
    app: Flask, client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, person)
    entries = {"csrf_token": genuine(app), "form_name": "AccountForm", "name": "Oma nimi", "language": "fi"}
    elsewhere = {"Referer": "http://localhost/fi/account/sessions"}
    client.post("/fi/account/", data=entries, headers=elsewhere)
    assert "Oma nimi" not in client.get("/fi/account/").text


FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_form_from_another_site_keeps_nothing_gives_no_cookie_and_signs_nobody_out(
    app: Flask,
    client: FlaskClient,
    person: User,
    sign_in: Callable[[FlaskClient, User], None],
    headers: dict[str, str],
    signed_in: bool,
) -> None:
    if signed_in:
        sign_in(client, person)
    entries = {"csrf_token": genuine(app), "form_name": "CompanyForm", "iban": "FI2112345600000785"}
    for path in ("/fi/account/", "/fi/provider/1/company", "/fi/account/sign-in"):
        answer = client.post(path, data=entries, headers=headers)
        assert answer.status_code == 403
        assert answer.headers.getlist("Set-Cookie") == []
    with app.extensions["database"].read() as session:
        assert session.scalars(sa.select(KeptForm)).all() == []
    assert client.get("/fi/account/").status_code == (200 if signed_in else 302)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://inner:8000"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {},
    ],
)
def test_a_form_of_our_own_page_is_taken(
    client: FlaskClient,
    person: User,
    sign_in: Callable[[FlaskClient, User], None],
    headers: dict[str, str],
) -> None:
    sign_in(client, person)
    entries = {"csrf_token": token_on(client.get("/fi/account/").text), "name": "Uusi", "language": "fi"}
    assert client.post("/fi/account/", data=entries, headers=headers).status_code == 303


def test_without_a_genuine_token_nothing_is_kept(
    app: Flask, client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, person)
    for token in ("", "made up", "IjEi.aaaa.bbbb"):
        client.post("/fi/account/", data={"csrf_token": token, "form_name": "AccountForm", "name": "x"})
    with app.extensions["database"].read() as session:
        assert session.scalars(sa.select(KeptForm)).all() == []


@pytest.mark.parametrize(
    "path",
    [
        *("/fi/nowhere", "/sv/services/999999999", "/en/services", "/api/v1/offers/999999999"),
        *("/fi/pilots/keusote-2022/rulebook/01", "/fi/pilots/keusote-2022/rulebook/١", "/sitemap-00.xml"),
        *(f"/fi/services/{10**20}", f"/fi/pilots/keusote-2022/rulebook/{10**20}", "/fi/pilots/a%00b"),
    ],
)
def test_what_does_not_exist_answers_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_number_that_no_row_can_have_leads_nowhere(
    client: FlaskClient, sign_in: Callable[[FlaskClient, User], None], person: User
) -> None:
    sign_in(client, person)
    assert client.get(f"/fi/provider/{10**20}/").status_code == 404


def test_pages_forbid_foreign_content_and_keep_private_pages_out_of_caches(
    client: FlaskClient, person: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    answer = client.get("/fi/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    sign_in(client, person)
    assert "no-store" in client.get("/fi/account/").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/fi/", "/fi/nowhere", "/healthz", "/api/v1/openapi.json", "/static/dist/nothing.css"]
)
def test_every_answer_tells_the_browser_what_it_may_do(app: Flask, client: FlaskClient, path: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], production=True)
    headers = client.get(path).headers
    for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    app.extensions["settings"] = replace(app.extensions["settings"], hsts_subdomains=False)
    assert client.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_no_request_is_echoed_and_no_folder_listed(client: FlaskClient) -> None:
    assert client.open("/fi/", method="TRACE").status_code == 405
    for folder in ("/static/", "/static/dist/", "/.git/", "/static/../.git/config"):
        assert client.get(folder).status_code == 404


@pytest.mark.parametrize(
    "path", ["/fi/account/sign-in", "/fi/account/password", "/fi/nowhere", "/sv/provider/register"]
)
def test_what_holds_a_token_is_kept_by_nobody_and_found_by_no_search_engine(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(path).headers
    assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("private, no-store", "noindex")
    everybodys = client.get("/fi/about/privacy").headers
    assert everybodys["Cache-Control"] == "private, no-cache"
    assert "X-Robots-Tag" not in everybodys


def test_no_page_carries_inline_script_or_style(client: FlaskClient) -> None:
    for path in ("/fi/", "/sv/services", "/fi/pilots", "/sv/account/sign-in"):
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*ld\+json)|<style|\sstyle=|\son\w+=", page), path


def test_health_and_readiness_answer_in_json(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok", "version": VERSION}
    ready = client.get("/readyz")
    assert ready.status_code in (200, 503)
    assert ready.get_json()["database"] == "up"


def test_who_finds_a_weakness_is_told_where_to_write(app: Flask, client: FlaskClient) -> None:
    text = client.get("/.well-known/security.txt").text
    told = dict(line.split(": ", 1) for line in text.splitlines())
    assert told["Contact"] == f"mailto:{app.extensions['settings'].mail_from}"
    assert NOW < datetime.fromisoformat(told["Expires"]) < NOW + timedelta(days=366)
    assert told["Canonical"].endswith("/.well-known/security.txt")
    app.extensions["settings"] = replace(
        app.extensions["settings"], security_address="https://county.fi/turva"
    )
    assert "Contact: https://county.fi/turva\n" in client.get("/.well-known/security.txt").text


def test_addresses_made_for_a_list_are_those_made_one_by_one(app: Flask) -> None:
    with app.test_request_context("/sv/"):
        address = addresses("search.offer", "offer_id", lang="sv")
        assert address(7) == url_for("search.offer", offer_id=7, lang="sv") == "/sv/services/7"


class Ended(Exception):
    """What psycopg raises for a transaction that the server has ended; `sqlstate` says why."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.fixture
def tried(app: Flask, client: FlaskClient) -> Callable[..., list[str]]:
    """Send a file and a word to a view that fails at first, or always; what each try found in the database and read."""

    def send(sqlstate: str, *, always: bool = False, commits: bool = False) -> list[str]:
        seen: list[str] = []

        def view(**_address: object) -> str:
            notify("Said.")
            made = make_user(session())
            seen.append(f"{request.files['file'].read().decode()} {request.form['word']}")
            if commits:
                session().commit()
            if always or len(seen) == 1:
                raise OperationalError("UPDATE", {}, Ended(sqlstate))
            return str(made.id)

        app.view_functions["accounts.forgotten"] = requires(Permission.PUBLIC)(view)
        token = token_on(client.get("/fi/account/sign-in").text)
        entries = {"csrf_token": token, "word": "yes", "file": (io.BytesIO(b"all of it"), "a.txt")}
        with suppress(OperationalError):
            client.post("/fi/account/password", data=entries)
        return seen

    return send


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
def test_a_transaction_that_met_another_is_done_once_more(
    app: Flask, client: FlaskClient, tried: Callable[..., list[str]], sqlstate: str
) -> None:
    assert tried(sqlstate) == ["all of it yes"] * 2
    with app.extensions["database"].read() as found:
        assert len(found.scalars(sa.select(User)).all()) == 1
    with client.session_transaction() as browser:
        assert len(browser["_flashes"]) == 1


@pytest.mark.parametrize(
    ("sqlstate", "given", "times"),
    [("40P01", {"always": True}, 2), ("40P01", {"commits": True}, 1), ("57014", {}, 1)],
)
def test_it_is_done_twice_at_most_and_never_when_something_holds_already(
    tried: Callable[..., list[str]], sqlstate: str, given: dict[str, bool], times: int
) -> None:
    assert len(tried(sqlstate, **given)) == times
