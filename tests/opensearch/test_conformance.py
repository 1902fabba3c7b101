"""Both engines answer alike: the same totals, the same first twenty in order, the same counts of every facet."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Document, Engine, Position, SearchQuery
from marketplace.search.offer_index import OfferIndex
from marketplace.search.opensearch.engine import OpenSearchOffers
from scripts.search_server import Server
from tests.opensearch.conftest import place_on, told
from tests.search.conformance import DAY, differences, offers, questions

pytestmark = pytest.mark.more

OFFERS = int(os.environ.get("SEARCH_OFFERS", "800"))


@pytest.fixture(scope="module")
def held(words: Catalogue) -> list[Document]:
    return list(offers(words.keys, OFFERS))


@pytest.fixture(scope="module")
def both(
    held: list[Document], running: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[OfferIndex, OpenSearchOffers]:
    """Both engines with the same offers."""
    embedded = OfferIndex(tmp_path_factory.mktemp("embedded") / "index")
    server = OpenSearchOffers(place_on(running))
    for engine in (embedded, server):
        begun = time.perf_counter()
        engine.rebuild(held, Position(low=7, day="2026-11-22")).swap()
        engine.refresh()
        status = engine.status()
        told(
            f"{type(engine).__name__}: {status.offers} offers in {time.perf_counter() - begun:.1f} s, "
            f"{status.bytes:,} bytes"
        )
    return embedded, server


def test_both_answer_every_question_alike(
    both: tuple[OfferIndex, OpenSearchOffers], words: Catalogue
) -> None:
    embedded, server = both
    asked = questions(words.keys)
    assert differences(embedded, server, asked) == []
    found = [embedded.search(question) for question in asked]
    assert sum(answer.total > 20 for answer in found) > 100
    assert sum(answer.total == 0 for answer in found) > 10
    for engine in both:
        times = sorted(_milliseconds(engine, question) for question in asked)
        told(
            f"{type(engine).__name__}: {len(times)} questions, ms: p50 {times[len(times) // 2]:.2f}, "
            f"p95 {times[len(times) * 95 // 100]:.2f}"
        )


def _milliseconds(engine: Engine, question: SearchQuery) -> float:
    begun = time.perf_counter()
    engine.search(question)
    return (time.perf_counter() - begun) * 1000


def test_both_know_the_same_words_names_values_and_offers(
    both: tuple[OfferIndex, OpenSearchOffers], held: list[Document], words: Catalogue
) -> None:
    embedded, server = both
    assert dict(server.vocabulary()) == dict(embedded.vocabulary())
    assert dict(server.names("provider")) == dict(embedded.names("provider"))
    assert server.names("no such kind") == {}
    assert server.bands() == embedded.bands()
    assert server.ids() == embedded.ids() == [document.id for document in held]
    for question in questions(words.keys, 40):
        assert server.ids(question) == embedded.ids(question)
        for term in question.terms:
            assert server.matching(term) == embedded.matching(term)
        for facet, chosen in question.filters.items():
            assert server.offers_any(facet, chosen) == embedded.offers_any(facet, chosen)


def test_nobody_pages_deeper_than_the_deepest(both: tuple[OfferIndex, OpenSearchOffers]) -> None:
    for offset in (OFFERS - 5, OFFERS + 50, 9_990, 10_000, 50_000):
        asked = SearchQuery(offset=offset, day=DAY)
        found = [engine.search(asked) for engine in both]
        assert found[0] == found[1]


def test_both_are_alike_after_changes_too(
    words: Catalogue, running: Server, folder: Path, held: list[Document]
) -> None:
    some = held[:400]
    changed = [replace(document, keys=held[-number].keys) for number, document in enumerate(some[50:90], 1)]
    embedded, server = OfferIndex(folder), OpenSearchOffers(place_on(running))
    engines: tuple[Engine, ...] = (embedded, server)
    for engine in engines:
        engine.rebuild(some[:300], Position(low=1)).swap()
        engine.refresh()
        engine.write(some[300:], [1, 2, 3, 999_999], Position(low=2))
        engine.write(changed, [4], Position(low=3))
        assert engine.position() == Position(low=3)
    assert differences(embedded, server, questions(words.keys, 120)) == []
