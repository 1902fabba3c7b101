"""Clients who sign in by strong identification, against a real provider on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.accounts.openid.models import OpenIdAccount
from marketplace.audit.models import AuditEvent
from marketplace.audit.rules import key_id
from marketplace.clients.keys import DEVELOPMENT_KEY
from marketplace.clients.models import Client
from marketplace.clients.rules import identity_hash
from marketplace.config import ConfigurationError, Identification, Settings
from marketplace.db import Database
from marketplace.keys import service as keys
from marketplace.permissions import Role
from tests.accounts import openid_provider
from tests.accounts.openid_provider import CLIENT, Provider
from tests.clients.conftest import Enter, Scene
from tests.factories import NOW, make_user
from tests.forms import post_form

CLAIM = "national_identification_number"
CODE = "131052-308T"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pem(key: PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
EC = pem(ec.generate_private_key(ec.SECP256R1()))


def known(app: Flask, provider: Provider, folder: Path, *keys: str) -> None:
    """Tell the portal of the provider, with these keys of our own."""
    file = folder / f"keys-{len(list(folder.iterdir()))}.pem"
    file.write_text("\n".join(keys), encoding="ascii")
    wanted = Identification(provider.issuer, CLIENT, file, CLAIM)
    app.extensions["settings"] = replace(app.extensions["settings"], identification=wanted)


@pytest.fixture
def provider(app: Flask, tmp_path: Path) -> Iterator[Provider]:
    """The identification, which knows Aino and fetches our keys by their address."""
    with openid_provider.serving() as running:
        running.clock = NOW.timestamp()
        running.person = {"sub": "aino-1", "sid": "there-1", CLAIM: CODE}
        running.keys_of_client = lambda: app.test_client().get("/identification/jwks.json").get_json()
        known(app, running, tmp_path, RSA)
        yield running


def arrive(client: FlaskClient, path: str = "/fi/account/identification") -> TestResponse:
    """Go there and come back as a browser does."""
    there = client.get(path)
    assert there.status_code == 302, there.text
    back = requests.get(there.location, allow_redirects=False, timeout=10)
    return client.get(back.headers["Location"].removeprefix("http://localhost"))


def is_in(client: FlaskClient) -> bool:
    return client.get("/fi/account/").status_code == 200


def remember(database: Database, client: Client, code: str = CODE) -> None:
    with database.transaction() as session:
        held = session.get_one(Client, client.id)
        held.identity_hash = identity_hash(DEVELOPMENT_KEY, held.organisation_key, code)


def test_a_client_who_is_known_by_the_code_gets_in_and_is_known_by_the_subject_afterwards(
    app: Flask, database: Database, kept: Scene, provider: Provider
) -> None:
    remember(database, kept.aino)
    browser = app.test_client()
    assert "Suomi.fi" in browser.get("/fi/account/code").text
    assert arrive(browser).location == "/fi/account/landing"
    assert "Aino Äijälä" in browser.get("/fi/client/").text
    provider.person.pop(CLAIM)
    other = app.test_client()
    assert arrive(other).location == "/fi/account/landing"
    with database.read() as session:
        assert session.scalars(sa.select(OpenIdAccount.user_id)).all() == [kept.citizen.id]


def test_an_identification_weaker_than_the_settings_ask_for_opens_nothing(
    app: Flask, database: Database, kept: Scene, provider: Provider
) -> None:
    remember(database, kept.aino)
    settings = app.extensions["settings"]
    wanted = replace(settings.identification, acr=("loa2", "loa3"))
    app.extensions["settings"] = replace(settings, identification=wanted)
    for level in (None, "loa1"):
        provider.person["acr"] = level
        browser = app.test_client()
        assert "acr_values=loa2+loa3" in browser.get("/fi/account/identification").location
        assert arrive(browser).location == "/fi/account/code"
        assert not is_in(browser)
    provider.person["acr"] = "loa3"
    assert arrive(browser).location == "/fi/account/landing"


def test_a_client_hashed_with_a_former_key_is_known_and_hashed_with_the_present_one(
    app: Flask, database: Database, kept: Scene, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(database, kept.aino)
    present = b"the present key of clients, 32 b"
    for module in ("clients.identified.service", "keys.service"):
        monkeypatch.setattr(f"marketplace.{module}.client_keys", lambda _session: (present, DEVELOPMENT_KEY))
    with database.read() as session:
        uses = {use.key: use.number for use in keys.uses(session, app.extensions["settings"], now=NOW)}
        assert uses["unnamed"] == 1
    arrive(app.test_client())
    with database.read() as session:
        held = session.get_one(Client, kept.aino.id)
        assert held.identity_hash == identity_hash(present, "keusote", CODE)
        assert held.identity_key_id == key_id(present)
    provider.person |= {"sub": "another subject of the same person"}
    assert arrive(app.test_client()).location == "/fi/account/landing"


def test_somebody_whom_nobody_knows_is_told_to_begin_with_a_letter(
    app: Flask, kept: Scene, provider: Provider
) -> None:
    browser = app.test_client()
    assert arrive(browser).location == "/fi/account/code"
    assert not is_in(browser)
    assert "kirjeesi koodilla" in browser.get("/fi/account/code").text


def test_a_client_joins_the_identification_while_signed_in_and_no_code_is_kept(
    app: Flask, database: Database, kept: Scene, provider: Provider, enter: Enter
) -> None:
    browser = enter(kept.citizen)
    assert "/fi/account/identification/join" in browser.get("/fi/client/data").text
    assert arrive(browser, "/fi/account/identification/join").location == "/fi/client/data"
    assert "/identification/join" not in browser.get("/fi/client/data").text
    other = app.test_client()
    arrive(other)
    assert is_in(other)
    with database.read() as session:
        held = session.get_one(Client, kept.aino.id)
        assert held.identity_hash == identity_hash(DEVELOPMENT_KEY, "keusote", CODE)
        texts = [
            str(value)
            for table in (Client.__table__, AuditEvent.__table__, OpenIdAccount.__table__, User.__table__)
            for row in session.execute(sa.select(table))
            for value in row
        ]
    assert not any("131052" in text for text in texts)


def test_somebody_without_a_code_joins_too(app: Flask, kept: Scene, provider: Provider, enter: Enter) -> None:
    provider.person = {"sub": "eidas-1", "sid": "x"}
    arrive(enter(kept.citizen), "/fi/account/identification/join")
    other = app.test_client()
    arrive(other)
    assert "Aino Äijälä" in other.get("/fi/client/").text


def test_an_identification_belongs_to_one_person(
    database: Database, kept: Scene, provider: Provider, enter: Enter
) -> None:
    arrive(enter(kept.citizen), "/fi/account/identification/join")
    with database.transaction() as session:
        another = make_user(session, Role.CLIENT)
        session.get_one(Client, kept.eino.id).user_id = another.id
    browser = enter(another)
    arrive(browser, "/fi/account/identification/join")
    assert "toiselle henkilölle" in browser.get("/fi/client/data").text
    with database.read() as session:
        assert session.get_one(Client, kept.eino.id).identity_hash is None


def test_the_identification_opens_no_account_that_does_more_than_clients_do(
    app: Flask, database: Database, kept: Scene, provider: Provider, enter: Enter
) -> None:
    remember(database, kept.eino)
    with database.transaction() as session:
        staff = make_user(session, Role.DECIDER, organisation="keusote")
        session.get_one(Client, kept.eino.id).user_id = staff.id
    browser = app.test_client()
    arrive(browser)
    assert not is_in(browser)
    assert enter(staff).get("/fi/account/identification/join").status_code == 403


def test_an_answer_to_join_is_taken_only_from_who_asked(
    app: Flask, database: Database, kept: Scene, provider: Provider, enter: Enter
) -> None:
    browser = enter(kept.citizen)
    there = browser.get("/fi/account/identification/join")
    back = requests.get(there.location, allow_redirects=False, timeout=10).headers["Location"]
    post_form(browser, "/fi/account/sign-out", {}, page="/fi/account/")
    browser.get(back.removeprefix("http://localhost"))
    with database.read() as session:
        assert session.scalars(sa.select(OpenIdAccount)).all() == []


def test_our_keys_are_published_and_change_without_a_break(
    app: Flask, database: Database, kept: Scene, provider: Provider, tmp_path: Path
) -> None:
    remember(database, kept.aino)
    known(app, provider, tmp_path, EC, RSA)
    keys = app.test_client().get("/identification/jwks.json").get_json()["keys"]
    assert [each["kty"] for each in keys] == ["EC", "RSA"]
    assert all("d" not in each and each["kid"] and each["use"] == "sig" for each in keys)
    browser = app.test_client()
    arrive(browser)
    assert is_in(browser), "the new key signs"
    provider.keys_of_client = lambda: {"keys": keys[1:]}
    stranger = app.test_client()
    arrive(stranger)
    assert not is_in(stranger), "the provider knows only the old key"


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"nonce": "of another question"},
        {"exp": int(NOW.timestamp()) - 120},
    ],
)
def test_an_identity_that_is_not_for_us_or_not_for_now_is_refused(
    app: Flask, database: Database, kept: Scene, provider: Provider, lie: dict[str, object]
) -> None:
    remember(database, kept.aino)
    provider.lies = lie
    browser = app.test_client()
    assert arrive(browser).location == "/fi/account/code"
    assert not is_in(browser)


def test_signing_out_here_leads_there_and_signing_out_there_ends_the_session_here(
    app: Flask, database: Database, kept: Scene, provider: Provider
) -> None:
    remember(database, kept.aino)
    browser, other = app.test_client(), app.test_client()
    arrive(browser)
    arrive(other)
    assert (
        f"form-action 'self' {provider.issuer}"
        in browser.get("/fi/client/").headers["Content-Security-Policy"]
    )
    assert app.test_client().post("/identification/logout", data={"logout_token": "x"}).status_code == 400
    told = app.test_client().post("/identification/logout", data={"logout_token": provider.logout_token()})
    assert told.status_code == 200
    assert not is_in(other)
    again = app.test_client()
    arrive(again)
    left = post_form(again, "/fi/account/sign-out", {}, page="/fi/account/")
    assert left.location.startswith(f"{provider.issuer}/goodbye?client_id={CLIENT}")


def test_where_there_is_no_identification_its_addresses_do_not_exist(client: FlaskClient) -> None:
    for path in ("/fi/account/identification", "/identification/jwks.json"):
        assert client.get(path).status_code == 404


def test_the_settings_belong_together(tmp_path: Path) -> None:
    keys = tmp_path / "keys.pem"
    keys.write_text(RSA, encoding="ascii")
    whole = {
        "DATA_DIR": str(tmp_path / "data"),
        "CLIENT_OIDC_ISSUER": "https://tunnistus.example",
        "CLIENT_OIDC_CLIENT_ID": "palvelutori",
        "CLIENT_OIDC_KEY_FILE": str(keys),
    }
    wanted = Settings.from_environment(whole).identification
    assert wanted == Identification("https://tunnistus.example", "palvelutori", keys, CLAIM)
    level = Settings.from_environment(whole | {"CLIENT_OIDC_ACR": "loa2 loa3"}).identification
    assert level is not None
    assert level.acr == ("loa2", "loa3")
    for name in ("CLIENT_OIDC_CLIENT_ID", "CLIENT_OIDC_KEY_FILE"):
        with pytest.raises(ConfigurationError, match=name):
            Settings.from_environment({key: value for key, value in whole.items() if key != name})
    with pytest.raises(ConfigurationError, match="CLIENT_OIDC_KEY_FILE"):
        Settings.from_environment(whole | {"CLIENT_OIDC_KEY_FILE": str(tmp_path / "nothing.pem")})
