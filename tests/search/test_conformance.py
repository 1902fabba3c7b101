"""The embedded engine answers as looking at every offer would (see `conformance`); so does a search server, below."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Position
from marketplace.search.offer_index import OfferIndex
from tests.search.conformance import PlainEngine, differences, offers, questions


def test_the_embedded_engine_answers_as_looking_at_every_offer_would(
    words: Catalogue, tmp_path: Path
) -> None:
    held = list(offers(words.keys, 700))
    index = OfferIndex(tmp_path)
    index.rebuild(held[:600], Position()).swap()
    index.write(held[590:700], [5, 6])  # a second segment, replaced and removed documents
    plain = PlainEngine(document for document in held if document.id not in (5, 6))
    asked = questions(words.keys)
    assert differences(index, plain, asked) == []


def test_the_questions_ask_for_everything(words: Catalogue) -> None:
    asked = questions(words.keys)
    assert len(asked) >= 300
    kinds = Counter(question.sort for question in asked)
    assert set(kinds) == {"match", "price", "name", "distance"}
    assert min(kinds.values()) >= 50
    assert sum(question.enough is not None for question in asked) >= 30
    assert sum(bool(question.ranking) for question in asked) >= 60
    assert len({name for question in asked for name in question.filters}) == 9


@pytest.mark.parametrize("sort", ["match", "price"])
def test_a_difference_is_told(words: Catalogue, sort: str) -> None:
    held = list(offers(words.keys, 60))
    asked = [question for question in questions(words.keys, 40) if question.sort == sort]
    assert differences(PlainEngine(held), PlainEngine(held[1:]), asked)
