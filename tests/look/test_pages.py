"""The pages that belong to no feature: what the law asks of them, and that both languages say the same."""

from __future__ import annotations

import pytest
from flask import Flask, render_template

from tests.look.markup import Markup

STATUSES = (400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503)


def page(app: Flask, path: str) -> Markup:
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    return Markup(answer.text)


@pytest.mark.parametrize("topic", ["accessibility", "privacy", "feedback", "developers"])
def test_both_languages_have_the_same_headings_paragraphs_and_links(app: Flask, topic: str) -> None:
    def shape(language: str) -> list[str]:
        markup = page(app, f"/{language}/about/{topic}")
        main = markup.by_id("main")
        return [element.tag for element in markup.elements if main in element.within]

    assert shape("fi") == shape("sv")


@pytest.mark.parametrize(
    ("language", "days", "supervisor"),
    [
        ("fi", "14 päivän kuluessa", "Liikenne- ja viestintävirasto Traficom"),
        ("sv", "inom 14 dagar", "Transport- och kommunikationsverket Traficom"),
    ],
)
def test_the_accessibility_statement_names_law_feedback_and_supervisor(
    app: Flask, language: str, days: str, supervisor: str
) -> None:
    words = page(app, f"/{language}/about/accessibility").by_id("main").words
    assert "306/2019" in words
    assert days in words
    assert supervisor in words


def test_every_page_leads_to_statement_privacy_ordering_and_feedback(app: Flask) -> None:
    markup = page(app, "/sv/about/privacy")
    footer = markup.all("footer")[0]
    links = {link.attributes["href"] for link in markup.all("a") if footer in link.within}
    assert {f"/sv/about/{topic}" for topic in ("accessibility", "privacy", "ordering", "feedback")} <= links


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("status", STATUSES)
def test_an_error_page_says_what_happened_and_what_to_do(core_app: Flask, status: int, language: str) -> None:
    with core_app.test_request_context(f"/{language}/nowhere"):
        core_app.preprocess_request()
        markup = Markup(render_template("errors/error.html", status=status, message=""))
    main = markup.by_id("main")
    paragraphs = [element.words for element in markup.all("p") if main in element.within]
    assert len([words for words in paragraphs if words]) >= 3
    links = {link.attributes["href"] for link in markup.all("a") if main in link.within}
    assert f"/{language}/" in links


def test_an_error_page_tells_the_exact_matter_when_it_is_known(core_app: Flask) -> None:
    with core_app.test_request_context("/fi/nowhere"):
        core_app.preprocess_request()
        text = render_template("errors/error.html", status=409, message="Hakemus on jo lähetetty.")
    assert "Hakemus on jo lähetetty." in text
