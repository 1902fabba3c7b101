"""Every page is valid HTML with nothing left in English. How it looks is asked by the walk in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.i18n import LANGUAGES
from tests.journeys import visits
from tests.look.markup import Markup
from tests.page_texts import source_strings, validator
from tests.web.conftest import visit_of

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def sources() -> list[str]:
    """What no page says in English."""
    return source_strings()


@pytest.fixture(scope="module")
def validate() -> Iterator[Callable[[str], list[str]]]:
    """What is wrong with the HTML of a page, by one validator for all."""
    with validator() as faults_of:
        yield faults_of


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("endpoint", visits.page_endpoints())
def test_a_page_is_valid_and_translated(
    portal: Flask,
    browser_of: Callable[[str | None], FlaskClient],
    sources: list[str],
    validate: Callable[[str], list[str]],
    endpoint: str,
    language: str,
) -> None:
    visit = visit_of(endpoint, language, portal)
    answer = browser_of(visit.who).get(visit.path, follow_redirects=True)
    assert answer.status_code == 200, visit.path
    assert validate(answer.text) == []
    page = Markup(answer.text)
    assert page.all("html")[0].attributes["lang"] == language
    assert not page.all("title")[0].words.startswith("–"), "the page has a name"
    words = page.all("body")[0].words
    assert [text for text in sources if text in words] == []
