"""Every page takes no more queries than it may, on a database with hundreds of rows of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.queries import user_by_email
from marketplace.accounts.sessions.service import open_session
from marketplace.app import create_app
from marketplace.db import Database
from marketplace.search import index_admin
from tests.conftest import AFTER_EVERY_TEST, settings_for
from tests.databases import copy_database
from tests.default_demo import default_demo
from tests.factories import NOW
from tests.journeys import visits
from tests.web.page_queries import MORE, MOST, PUBLIC

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def portal(
    engine_name: str, template_database: str, core_app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The portal on a copy of the demo, with its index."""
    kept, _files = default_demo(engine_name, template_database, core_app, tmp_path_factory)
    folder = tmp_path_factory.mktemp("queries")
    app = create_app(settings_for(copy_database(kept, folder / "demo.sqlite"), folder))
    app.config["TESTING"] = True
    app.extensions["clock"] = lambda: NOW
    with app.app_context():
        index_admin.rebuild(app.extensions["database"], app.extensions["settings"].index_dir, now=NOW)
    yield app
    app.extensions["database"].dispose()


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The queries that the database answers in the block."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def queries(statements: list[str]) -> list[str]:
    """What the page itself asked: how often offers are looked at is written down now and then, by whoever comes."""
    beside = ("BEGIN", "COMMIT", "ROLLBACK", "INSERT INTO offer_views")
    return [each for each in statements if not each.startswith(beside)]


@pytest.fixture(scope="module")
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


def _no_secret(endpoint: str) -> str:
    pytest.skip(f"{endpoint} is opened with a secret that only a mail tells")


@pytest.mark.parametrize("endpoint", visits.page_endpoints())
def test_a_page_takes_no_more_queries_than_it_may(
    portal: Flask, browser_of: Callable[[str | None], FlaskClient], endpoint: str
) -> None:
    database: Database = portal.extensions["database"]
    with database.read() as session:
        try:
            visit = visits.visit(endpoint, "fi", session, _no_secret)
        except AssertionError as lack:  # the walk's own demo has it
            pytest.skip(str(lack))
    browser = browser_of(visit.who)
    first = browser.get(visit.path)  # what a process keeps is read at the first opening
    path = first.location or visit.path  # a key in the address goes into the browser
    with counted(database) as statements:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    asked = queries(statements)
    may = (PUBLIC | MORE).get(endpoint, MOST)
    told = "\n".join(" ".join(each.split())[:160] for each in asked)
    if len(asked) > may:
        pytest.fail(f"{endpoint} takes {len(asked)} queries and may take {may}:\n{told}", pytrace=False)


def test_the_table_names_pages_that_there_are_and_whoever_is_named_in_one_place() -> None:
    known = set(visits.page_endpoints())
    named = [*PUBLIC, *MORE]
    assert set(named) <= known
    assert len(set(named)) == len(named)
    assert all(most > MOST for most in MORE.values())


def test_a_visitor_without_a_sign_in_costs_few_queries(portal: Flask) -> None:
    database: Database = portal.extensions["database"]
    with database.read() as session:
        path = visits.visit("search.offer", "fi", session, _no_secret).path
    for address in (path, path.replace("/fi/", "/sv/")):
        with counted(database) as statements:
            assert portal.test_client().get(address).status_code == 200
        assert len(queries(statements)) <= PUBLIC["search.offer"]
