"""The portal filled with hundreds of rows of everything, and people who open its pages in no real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.queries import user_by_email
from marketplace.accounts.sessions.service import open_session
from marketplace.app import create_app
from marketplace.search import index_admin
from tests.conftest import AFTER_EVERY_TEST, settings_for
from tests.databases import copy_database
from tests.default_demo import default_demo
from tests.factories import NOW
from tests.journeys import visits
from tests.journeys.visits import Visit


@pytest.fixture(scope="package")
def portal(
    engine_name: str, template_database: str, core_app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The portal on a copy of the demo, with its index."""
    kept, _files = default_demo(engine_name, template_database, core_app, tmp_path_factory)
    folder = tmp_path_factory.mktemp("filled")
    app = create_app(settings_for(copy_database(kept, folder / "demo.sqlite"), folder))
    app.config["TESTING"] = True
    app.extensions["clock"] = lambda: NOW
    with app.app_context():
        index_admin.rebuild(app.extensions["database"], app.extensions["settings"].index_dir, now=NOW)
    yield app
    app.extensions["database"].dispose()


@pytest.fixture(scope="package")
def browser_of(portal: Flask) -> Callable[[str | None], FlaskClient]:
    """The browser of somebody who is signed in (None: of a visitor)."""
    browsers: dict[str | None, FlaskClient] = {}

    def of(who: str | None) -> FlaskClient:
        if who not in browsers:
            browsers[who] = portal.test_client()
            if who is not None:
                with portal.extensions["database"].transaction() as session:
                    person = user_by_email(session, who)
                    assert person is not None, who
                    token = open_session(session, person, agent="", now=AFTER_EVERY_TEST)
                browsers[who].set_cookie(SESSION_COOKIE, token)
        return browsers[who]

    return of


def visit_of(endpoint: str, language: str, portal: Flask) -> Visit:
    """Who opens a page with what; skips the test where only a mail tells it, or only the demo of the walk has it."""
    with portal.extensions["database"].read() as session:
        try:
            return visits.visit(endpoint, language, session, _no_secret)
        except AssertionError as lack:
            pytest.skip(str(lack))


def _no_secret(endpoint: str) -> str:
    pytest.skip(f"{endpoint} is opened with a secret that only a mail tells")
