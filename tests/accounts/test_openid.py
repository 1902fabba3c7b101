"""Signing in through the organisation's OpenID Connect provider, against a real one on the loopback interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.accounts.openid.client import KEYS_A_MINUTE
from marketplace.accounts.openid.journey import REFUSED_SIGN_OUTS
from marketplace.accounts.openid.models import OpenIdAccount
from marketplace.config import ConfigurationError, OpenId, Settings
from marketplace.permissions import Role
from tests.accounts import openid_provider
from tests.accounts.openid_provider import CLIENT, SECRET, Provider
from tests.accounts.test_second_factor import with_app
from tests.factories import NOW, make_user
from tests.forms import post_form

HOME = "/sv/account/"


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    """The provider of Keusote, which signs in Kaisa; the portal knows it."""
    with openid_provider.serving() as running:
        running.clock = NOW.timestamp()
        running.person = {
            "sub": "kaisa-1",
            "email": "Kaisa@Keusote.example",
            "email_verified": True,
            "sid": "there-1",
            "amr": ["pwd", "mfa"],
        }
        openid = OpenId(running.issuer, CLIENT, SECRET, "keusote")
        app.extensions["settings"] = replace(app.extensions["settings"], openid=openid)
        yield running


@pytest.fixture
def kaisa(app: Flask) -> User:
    """Staff of Keusote."""
    with app.extensions["database"].transaction() as session:
        return make_user(session, Role.REVIEWER, organisation="keusote", email="kaisa@keusote.example")


def depart(client: FlaskClient, query: str = "") -> str:
    """Leave for the provider as a browser does; the path of the way back."""
    there = client.get(f"/sv/account/openid{query}")
    assert there.status_code == 302, there.text
    back = requests.get(there.location, allow_redirects=False, timeout=10)
    return back.headers["Location"].removeprefix("http://localhost")


def arrive(client: FlaskClient, query: str = "") -> TestResponse:
    return client.get(depart(client, query))


def is_in(client: FlaskClient) -> bool:
    return client.get(HOME).status_code == 200


@pytest.mark.usefixtures("kaisa")
def test_staff_sign_in_there_and_come_back_to_where_they_were_going(
    client: FlaskClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued: list[str] = []
    sign = provider.sign

    def signed(claims: dict[str, Any]) -> str:
        issued.append(sign(claims))
        return issued[-1]

    monkeypatch.setattr(provider, "sign", signed)
    assert "/sv/account/openid" in client.get("/sv/account/sign-in").text
    answer = arrive(client, "?next=/sv/account/sessions")
    assert answer.location == "/sv/account/sessions"
    assert is_in(client)
    assert "no-store" in client.get(HOME).headers["Cache-Control"]
    told = [*answer.headers.getlist("Set-Cookie"), answer.text, client.get(HOME).text]
    assert issued
    assert not any(token in each for each in told for token in issued), "the provider's tokens stay here"


def test_the_account_is_joined_by_its_address_once_and_then_by_the_subject(
    app: Flask, client: FlaskClient, provider: Provider, kaisa: User
) -> None:
    arrive(client)
    provider.person["email"] = "new-name@keusote.example"
    other = app.test_client()
    assert arrive(other).location == "/sv/account/landing"
    assert is_in(other)
    with app.extensions["database"].read() as session:
        held = session.scalars(sa.select(OpenIdAccount)).one()
    assert (held.subject, held.user_id) == ("kaisa-1", kaisa.id)


@pytest.mark.parametrize(
    "person",
    [
        {"email_verified": False},
        {"email": "stranger@keusote.example"},
        {"email": "soite@example.fi"},
        {"email": None},
    ],
)
def test_nobody_gets_in_without_an_account_a_confirmed_address_and_a_role_in_that_organisation(
    app: Flask, client: FlaskClient, provider: Provider, kaisa: User, person: dict[str, Any]
) -> None:
    with app.extensions["database"].transaction() as session:
        make_user(session, Role.REVIEWER, organisation="soite", email="soite@example.fi")
    provider.person |= person
    assert arrive(client).location == "/sv/account/sign-in"
    assert not is_in(client)


@pytest.mark.parametrize("change", [{"active": False}, {"grants": []}])
def test_who_has_left_does_not_get_in_although_the_provider_still_knows_them(
    app: Flask, client: FlaskClient, provider: Provider, kaisa: User, change: dict[str, Any]
) -> None:
    arrive(client)
    with app.extensions["database"].transaction() as session:
        user = session.get_one(User, kaisa.id)
        for grant in list(user.grants) if "grants" in change else ():
            session.delete(grant)
        user.active = change.get("active", True)
    other = app.test_client()
    assert arrive(other).location == "/sv/account/sign-in"
    assert not is_in(other)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"exp": int(NOW.timestamp()) - 120},
        {"iat": int(NOW.timestamp()) + 600},
        {"nonce": "of another question"},
        {"exp": None},
        {"sub": ""},
    ],
)
@pytest.mark.usefixtures("kaisa")
def test_an_identity_that_is_not_for_us_or_not_for_now_is_refused(
    client: FlaskClient, provider: Provider, lie: dict[str, Any]
) -> None:
    provider.lies = lie
    assert arrive(client).location == "/sv/account/sign-in"
    assert not is_in(client)


@pytest.mark.usefixtures("kaisa")
def test_a_key_that_the_provider_has_changed_is_fetched_anew_and_a_foreign_one_is_refused(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    arrive(client)
    assert provider.key_fetches == 1
    arrive(app.test_client())
    assert provider.key_fetches == 1, "keys are kept"
    provider.rotate()
    other = app.test_client()
    arrive(other)
    assert is_in(other)
    assert provider.key_fetches == 2
    published, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "foreign"})
    way = depart(thief := app.test_client())
    foreign = provider.key

    def sign_with_another_key(claims: dict[str, Any], key: RSAKey | None = None) -> str:
        return Provider.sign(provider, claims, foreign)

    provider.key = published
    provider.sign = sign_with_another_key  # type: ignore[method-assign]
    thief.get(way)
    assert not is_in(thief)


@pytest.mark.usefixtures("provider", "kaisa")
def test_an_answer_is_taken_once_and_only_by_the_browser_that_asked(app: Flask, client: FlaskClient) -> None:
    way = depart(client)
    stranger = app.test_client()
    stranger.get(way)
    assert not is_in(stranger), "another browser has another state"
    assert client.get(way).location == "/sv/account/landing"
    post_form(client, "/sv/account/sign-out", {}, page=HOME)
    client.get(way)
    assert not is_in(client), "the code and the state are used up"


@pytest.mark.usefixtures("kaisa")
def test_signing_out_here_leads_on_to_the_provider(client: FlaskClient, provider: Provider) -> None:
    arrive(client)
    policy = client.get(HOME).headers["Content-Security-Policy"]
    assert f"form-action 'self' {provider.issuer}" in policy
    answer = post_form(client, "/sv/account/sign-out", {}, page=HOME)
    assert answer.location.startswith(
        f"{provider.issuer}/goodbye?client_id={CLIENT}&post_logout_redirect_uri="
    )
    assert not is_in(client)


@pytest.mark.parametrize("names", [{"sid": None}, {"sid": "there-1"}])
def test_signing_out_there_ends_the_sessions_that_came_by_it_and_no_others(
    app: Flask,
    client: FlaskClient,
    provider: Provider,
    kaisa: User,
    sign_in: Callable[[FlaskClient, User], None],
    names: dict[str, Any],
) -> None:
    arrive(client)
    by_password = app.test_client()
    sign_in(by_password, kaisa)
    told = app.test_client().post("/openid/logout", data={"logout_token": provider.logout_token(**names)})
    assert told.status_code == 200
    assert (is_in(client), is_in(by_password)) == (False, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"events": {}},
        {"nonce": "an identity token is no token for signing out"},
        {"sub": None},
        {"iat": int(NOW.timestamp()) - 3600},
    ],
)
@pytest.mark.usefixtures("kaisa")
def test_a_forged_sign_out_ends_nothing(
    app: Flask, client: FlaskClient, provider: Provider, changes: dict[str, Any]
) -> None:
    arrive(client)
    for token in (provider.logout_token(**changes), "no token"):
        assert app.test_client().post("/openid/logout", data={"logout_token": token}).status_code == 400
    assert is_in(client)


def test_all_may_sign_out_there_at_once_and_what_is_forged_is_counted(app: Flask, provider: Provider) -> None:
    def statuses(token: str) -> set[int]:
        there = app.test_client()
        return {
            there.post("/openid/logout", data={"logout_token": token}).status_code
            for _time in range(REFUSED_SIGN_OUTS.times + 1)
        }

    assert statuses(provider.logout_token(sub="somebody")) == {200}
    assert statuses("no token") == {400, 429}
    assert provider.key_fetches <= 1 + KEYS_A_MINUTE, (
        "what is forged does not make the portal ask all the time"
    )


WEAK: list[dict[str, Any]] = [
    {"amr": None},
    {"amr": ["pwd"]},
    {"amr": "mfa-less", "acr": "1"},
    {"acr": "two", "amr": []},
]


@pytest.mark.parametrize("claims", WEAK)
def test_a_sign_in_there_that_says_nothing_of_two_factors_counts_as_one(
    client: FlaskClient, provider: Provider, kaisa: User, claims: dict[str, Any]
) -> None:
    provider.person |= claims
    assert arrive(client, "?next=/sv/account/sessions").location == "/sv/account/second-factor"
    assert client.get("/sv/office").location == "/sv/account/second-factor", "nothing else before that"


def test_the_own_second_factor_is_asked_for_then_and_signing_out_there_still_ends_the_session(
    app: Flask, client: FlaskClient, provider: Provider, kaisa: User
) -> None:
    provider.person["amr"] = ["pwd"]
    codes, _left = with_app(app, kaisa)
    assert arrive(client, "?next=/sv/account/sessions").location == (
        "/sv/account/sign-in/code?next=/sv/account/sessions"
    )
    assert not is_in(client)
    step = "/sv/account/sign-in/code?next=/sv/account/sessions"
    assert post_form(client, step, {"code": codes.at(NOW)}).location == "/sv/account/sessions"
    assert is_in(client)
    app.test_client().post("/openid/logout", data={"logout_token": provider.logout_token(sid="there-1")})
    assert not is_in(client)


def test_the_provider_is_asked_for_the_level_that_the_settings_name_and_believed_when_it_says_so(
    app: Flask, client: FlaskClient, provider: Provider, kaisa: User
) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, openid=replace(settings.openid, acr=("two", "more")))
    provider.person |= {"acr": "two", "amr": ["pwd"]}
    assert "acr_values=two+more" in client.get("/sv/account/openid").location
    arrive(client)
    assert is_in(client)
    provider.person["acr"] = "one"
    assert arrive(app.test_client()).location == "/sv/account/second-factor"


def test_without_the_settings_there_is_no_such_way(client: FlaskClient) -> None:
    assert "/account/openid" not in client.get("/sv/account/sign-in").text
    for path in ("/sv/account/openid", "/openid/callback"):
        assert client.get(path).status_code in (302, 404)
    assert client.post("/openid/logout").status_code == 404


def test_a_provider_that_does_not_answer_leaves_the_other_ways(app: Flask, client: FlaskClient) -> None:
    openid = OpenId("http://127.0.0.1:9", CLIENT, SECRET, "keusote")
    app.extensions["settings"] = replace(app.extensions["settings"], openid=openid)
    assert client.get("/sv/account/openid").location == "/sv/account/sign-in"
    assert 'name="password"' in client.get("/sv/account/sign-in").text


def test_the_settings_belong_together(tmp_path: Any) -> None:
    environ = {"DATA_DIR": str(tmp_path), "OIDC_ISSUER": "https://login.keusote.example"}
    with pytest.raises(ConfigurationError, match="OIDC_CLIENT_ID"):
        Settings.from_environment(environ)
    whole = environ | {
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_ORGANISATION": "keusote",
    }
    assert Settings.from_environment(whole).openid == OpenId(
        environ["OIDC_ISSUER"], CLIENT, SECRET, "keusote"
    )
    levels = Settings.from_environment(whole | {"OIDC_ACR": "two  more"}).openid
    assert levels is not None
    assert levels.acr == ("two", "more")
