"""Every page takes no more queries than it may, on a database with hundreds of rows of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.db import Database
from tests.journeys import visits
from tests.web.conftest import visit_of
from tests.web.page_queries import MORE, MOST, PUBLIC

pytestmark = pytest.mark.embedded


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


@pytest.mark.parametrize("endpoint", visits.page_endpoints())
def test_a_page_takes_no_more_queries_than_it_may(
    portal: Flask, browser_of: Callable[[str | None], FlaskClient], endpoint: str
) -> None:
    database: Database = portal.extensions["database"]
    visit = visit_of(endpoint, "fi", portal)
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
    path = visit_of("search.offer", "fi", portal).path
    for address in (path, path.replace("/fi/", "/sv/")):
        with counted(database) as statements:
            assert portal.test_client().get(address).status_code == 200
        assert len(queries(statements)) <= PUBLIC["search.offer"]
