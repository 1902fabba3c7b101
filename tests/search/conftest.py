"""Small catalogues for the tests of the search room."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from marketplace.i18n import LocalizedText
from marketplace.language.keys import Passage
from marketplace.search import catalogue
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Document, Position
from marketplace.search.facets import FACETS
from marketplace.search.follower import Follower
from marketplace.search.offer_index import OfferIndex
from tests import factories
from tests.factories import NOW

DAY = date(2026, 11, 22)
RELEVANCE = Path(__file__).parent / "relevance"


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """A catalogue without offers that understands words; the analysers are loaded once for all tests."""
    return Catalogue(tmp_path_factory.mktemp("words"), analyses=True)


@pytest.fixture(autouse=True)
def fresh_corrections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corrections and completions follow every change at once: a test does not wait a minute for them."""
    monkeypatch.setattr(catalogue, "DERIVED_FOR", 0.0)


@pytest.fixture
def new_index(tmp_path: Path) -> Callable[[Iterable[Document]], OfferIndex]:
    """Makes an index that serves the given documents."""

    def make(documents: Iterable[Document]) -> OfferIndex:
        index = OfferIndex(tmp_path / "index")
        index.rebuild(documents, Position()).swap()
        return index

    return make


@pytest.fixture
def new_document(words: Catalogue) -> Callable[..., Document]:
    """Makes the document of an offer; what a test does not say is left out."""
    numbers = itertools.count(1)

    def make(
        title: str = "Päivätoimintaa",
        *,
        language: str = "fi",
        identity: int | None = None,
        prices: dict[str, int] | None = None,
        **values: Iterable[str],
    ) -> Document:
        number = next(numbers) if identity is None else identity
        chosen: dict[str, tuple[str, ...]] = {
            name: tuple(keys) for name, keys in {"pilot": ("keusote-2022",), **values}.items()
        }
        facets = {name: keys for name, keys in chosen.items() if name not in ("pilot", "available")}
        concepts = {FACETS[name].concept(key): 0.5 for name, keys in facets.items() for key in keys}
        passages = [Passage(language, title, 1.0, concepts=True)]
        return Document(
            id=number,
            keys=words.keys.document_keys(passages, concepts),
            values=chosen,
            prices=prices or {},
            names={"fi": title, "sv": title},
            words={"provider": (f"Esimerkki {number} Oy",)},
            body=f'{{"id": {number}}}'.encode(),
        )

    return make


@pytest.fixture
def offered(app: Flask) -> Flask:
    """The portal with one offer of day activities and one of transport."""
    database = app.extensions["database"]
    with database.transaction() as session:
        for service, title in (
            ("day_activity", LocalizedText("Päivätoimintaa", "Dagverksamhet")),
            ("transport", LocalizedText("Invataksi", "")),
        ):
            approval = factories.make_approval(session, factories.make_provider(session), service)
            factories.make_required_evidence(session, approval)
            factories.make_offer(session, approval, version={"title": title})
    Follower(database, app.extensions["settings"].index_dir).catch_up(now=NOW)
    return app


def relevance_pairs(language: str) -> Iterator[dict[str, Any]]:
    """The rows of the relevance set of a language: topic, query, text."""
    with (RELEVANCE / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")
