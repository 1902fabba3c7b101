"""A portal that asks Suomi.fi who may act for a company, for the tests of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.backends import Authorizations
from marketplace.config import Identification
from marketplace.db import Database
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import CHECKED_FOR
from marketplace.providers.models import Provider
from tests.accounts import openid_provider
from tests.clients.mandate_register import CLIENT_ID
from tests.clients.test_identified import CLAIM, RSA
from tests.factories import NOW, make_provider, make_provider_admin
from tests.mandated import accept
from tests.providers.authority.register import PASSWORD, WEB_KEY, Register, serving

SignIn = Callable[[FlaskClient, User], None]
CODE = "131052-308T"
ACCEPTED = "NIMKO"
HOLDS_UNTIL = NOW.date() + CHECKED_FOR


@pytest.fixture
def accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keusote takes the role of who may sign for a company; nobody else takes any."""
    accept(monkeypatch, {"keusote": (ACCEPTED,)})


@dataclass
class Play:
    """A portal that asks Suomi.fi, a company, and the browser of its admin."""

    app: Flask
    browser: FlaskClient
    register: Register
    company: Provider
    admin: User
    database: Database

    @property
    def page(self) -> str:
        return f"/sv/provider/{self.company.id}/right"

    def right(self) -> ProviderRight | None:
        with self.database.read() as session:
            return session.get(ProviderRight, self.company.id)

    def identified(self, path: str | None = None, browser: FlaskClient | None = None) -> TestResponse:
        """Leave, be identified, and come back."""
        browser = browser or self.browser
        there = browser.get(path or f"{self.page}/suomi-fi")
        assert there.status_code == 302, there.text
        return browser.get(way_back(there.location))

    def ask(self, path: str | None = None, browser: FlaskClient | None = None) -> TestResponse:
        """Go all the way."""
        browser = browser or self.browser
        at_register = self.identified(path, browser)
        assert at_register.location.startswith(self.register.url), at_register.location
        return browser.get(way_back(at_register.location))

    def told(self, answer: TestResponse) -> str:
        """The page on which somebody lands."""
        return self.browser.get(answer.location).text


def way_back(location: str) -> str:
    back = requests.get(location, allow_redirects=False, timeout=10)
    return back.headers["Location"].removeprefix("http://localhost")


@pytest.fixture
def play(
    accepted: None, app: Flask, client: FlaskClient, sign_in: SignIn, database: Database, tmp_path: Path
) -> Iterator[Play]:
    key = tmp_path / "key.pem"
    key.write_text(RSA, encoding="ascii")
    with openid_provider.serving() as identification, serving(NOW) as register:
        identification.clock = NOW.timestamp()
        identification.person = {"sub": "somebody", CLAIM: CODE}
        identification.keys_of_client = lambda: app.test_client().get("/identification/jwks.json").get_json()
        app.extensions["settings"] = replace(
            app.extensions["settings"],
            identification=Identification(identification.issuer, openid_provider.CLIENT, key, CLAIM),
            authorizations=Authorizations(register.url, CLIENT_ID, "", WEB_KEY, PASSWORD),
        )
        app.extensions["identification of the test"] = identification
        with database.transaction() as session:
            company = make_provider(session, proven=False)
            admin = make_provider_admin(session, company)
        sign_in(client, admin)
        register.choice = company.business_id
        register.roles[CODE] = {company.business_id: [ACCEPTED, "PJ"]}
        yield Play(app, client, register, company, admin, database)
