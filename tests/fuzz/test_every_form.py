"""Whatever is sent to whatever form, the portal answers with a page and never with a fault of its own.

The forms are found on the pages, and the pages from the routes; an address that takes something and has no form on any
page is sent to directly. `make fuzz` goes round more often, on both databases.
"""

from __future__ import annotations

import io
import os
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlencode, urljoin

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.accounts.sessions.service import open_session
from marketplace.demo import service as demo
from marketplace.files.store import FileStore
from marketplace.permissions import Permission
from tests.conftest import AFTER_EVERY_TEST, NOW
from tests.forms import token_on
from tests.fuzz.forms_on import Form, filled, forms_on
from tests.journeys import visits

ROUNDS: Final = int(os.environ.get("FUZZ_ROUNDS", "1"))
SEED: Final = os.environ.get("FUZZ_SEED", "1")
BETWEEN: Final = timedelta(minutes=7)
"""The clock goes on by so much before each form, so that no limit of how often stands in the way."""
_LISTED: Final = re.compile(r"<any\(([^)]*)\):(\w+)>")
UNSAFE: Final = {"POST", "PUT", "PATCH", "DELETE"}

pytestmark = [] if ROUNDS > 1 else [pytest.mark.embedded]


class _Unknown(LookupError):
    """The page lies behind a secret that only a mail tells."""


def _no_secret(_endpoint: str) -> NoReturn:
    raise _Unknown


class Sender:
    """Sends forms to the portal in the name of whoever is asked for, and keeps what it answered wrongly."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._moment = NOW
        self.reached: set[str] = set()
        self.faults: list[str] = []
        self.answers: dict[int, int] = {}

    def browser(self, who: str | None) -> FlaskClient:
        """A browser in which `who` has just signed in."""
        self._moment += BETWEEN
        self._app.extensions["clock"] = lambda: self._moment
        client = self._app.test_client()
        if who is not None:
            with self._app.extensions["database"].transaction() as session:
                user = session.scalars(sa.select(User).where(User.email == who)).one()
                client.set_cookie(SESSION_COOKIE, open_session(session, user, agent="", now=AFTER_EVERY_TEST))
        return client

    def send(self, client: FlaskClient, path: str, form: Form, chance: random.Random) -> None:
        """Fill the form in and send it to `path`."""
        entries = filled(form, chance)
        if form.files:
            fields: dict[str, object] = {
                name: value for name, value in entries if isinstance(value, str) and "\x00" not in value
            }
            fields |= {name: (io.BytesIO(chance.randbytes(400)), "liite.pdf") for name in form.files}
            answer = client.post(path, data=fields, content_type="multipart/form-data")
        else:
            body = urlencode(entries).encode()
            answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        self._judge(path, answer, entries)

    def _judge(self, path: str, answer: TestResponse, entries: object) -> None:
        self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
        if answer.status_code >= 500 or answer.status_code == 405:
            self.faults.append(f"{answer.status_code} {path} {str(entries)[:600]}")
        try:
            endpoint, _values = self._app.url_map.bind("localhost").match(
                path.partition("?")[0], method="POST"
            )
        except HTTPException:
            return
        self.reached.add(endpoint)


@pytest.fixture
def portal(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The portal with demo content; a fault of the program is an answer, not an exception of the test."""
    with app.app_context():
        demo.load(
            app.extensions["database"],
            FileStore.of(app.extensions["settings"]),
            providers=None,
            offers=60,
            seed=1,
            now=NOW,
        )
    before = app.config["TESTING"], app.config["PROPAGATE_EXCEPTIONS"]
    app.config |= {"TESTING": False, "PROPAGATE_EXCEPTIONS": False}
    yield app
    app.config["TESTING"], app.config["PROPAGATE_EXCEPTIONS"] = before


def test_every_form_survives_what_nobody_means(portal: Flask) -> None:
    sender = Sender(portal)
    for number, endpoint in enumerate(visits.page_endpoints()):
        _fill_the_forms_of(sender, portal, endpoint, ("fi", "sv")[number % 2])
    formless = [rule for rule in _unsafe(portal) if rule not in sender.reached]
    for endpoint in formless:
        _send_directly(sender, portal, endpoint)
    assert sender.faults == [], f"{len(sender.reached)} addresses answered {sender.answers}"
    assert sender.reached >= set(_unsafe(portal))


def _fill_the_forms_of(sender: Sender, portal: Flask, endpoint: str, language: str) -> None:
    for turn in range(ROUNDS):
        with portal.extensions["database"].read() as session:
            try:
                visit = visits.visit(endpoint, language, session, _no_secret)
            except (LookupError, AssertionError):
                return  # behind a secret, or an earlier form took the last thing of its kind
        page = sender.browser(visit.who).get(visit.path)
        for index, form in enumerate(forms_on(page.text)):
            chance = random.Random(f"{SEED} {endpoint} {turn} {index}")
            client = sender.browser(visit.who)
            client.get(visit.path)
            sender.send(client, urljoin(visit.path, form.action or visit.path), form, chance)


def _send_directly(sender: Sender, portal: Flask, endpoint: str) -> None:
    """Send to an address of which no visited page has a form, with a genuine token and things that may exist."""
    [rule, *_] = [rule for rule in portal.url_map.iter_rules(endpoint) if UNSAFE & (rule.methods or set())]
    permission: Permission = vars(portal.view_functions[endpoint]).get("permission", Permission.PUBLIC)
    who = visits.PEOPLE.get(permission, visits.STAFF)
    values = {name: _value_for(portal, name) for name in rule.arguments} | _listed_words(rule.rule)
    with portal.test_request_context():
        path = portal.url_for(endpoint, **values)
    for turn in range(ROUNDS):
        client = sender.browser(who)
        token = token_on(client.get("/fi/account/sign-in" if who is None else "/fi/account/").text)
        form = Form(path, [("csrf_token", token), ("reason", ""), ("revision", "1")])
        sender.send(client, path, form, random.Random(f"{SEED} {endpoint} {turn}"))


def _listed_words(rule: str) -> dict[str, Any]:
    """Part of an address → the first of the words that a rule lists for it, as in `<any(accept, refuse):action>`."""
    return {name: words.split(",")[0].strip() for words, name in _LISTED.findall(rule)}


def _value_for(portal: Flask, name: str) -> Any:
    with portal.extensions["database"].read() as session:
        try:
            return visits.VALUES[name](session)
        except (KeyError, AssertionError):
            return 1


def _unsafe(portal: Flask) -> list[str]:
    """The endpoints that take something."""
    return sorted({rule.endpoint for rule in portal.url_map.iter_rules() if UNSAFE & (rule.methods or set())})
