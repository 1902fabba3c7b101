"""The engine: filters, counts, order, and an index that survives what may happen to it."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from marketplace.search.engine import DamagedIndex, Document, Position, SearchQuery
from marketplace.search.offer_index import OfferIndex
from tests.search.conftest import DAY

NewIndex = Callable[[Iterable[Document]], OfferIndex]
PLACES, GROUPS, SPOKEN = ("638", "106", "858"), ("older_people", "many_services"), ("fi", "sv", "en")


def plain(identity: int, *, price: int | None = None, name: str = "", **values: tuple[str, ...]) -> Document:
    """A document without words."""
    return Document(
        id=identity,
        keys={"fi:palvelu": 0.5},
        values=values,
        prices={} if price is None else {"weekday_day": price},
        names={"fi": name, "sv": name},
        body=f'{{"id": {identity}}}'.encode(),
    )


def ids(index: OfferIndex, **asked: Any) -> list[int]:
    return [hit.id for hit in index.search(SearchQuery(day=DAY, limit=500, **asked)).hits]


def test_values_of_a_filter_are_alternatives_and_filters_must_all_hold(new_index: NewIndex) -> None:
    index = new_index(
        [
            plain(1, municipality=("638",), language=("fi",)),
            plain(2, municipality=("106",), language=("fi",)),
            plain(3, municipality=("858",), language=("fi",)),
            plain(4, municipality=("638",), language=("sv",)),
        ]
    )
    filters = {"municipality": frozenset({"638", "106"}), "language": frozenset({"fi"})}
    assert sorted(ids(index, filters=filters)) == [1, 2]


def random_documents(count: int, seed: int) -> list[Document]:
    rolls = random.Random(seed)
    return [
        plain(
            identity,
            price=rolls.choice([None, rolls.randint(1000, 9000)]),
            municipality=tuple(rolls.sample(PLACES, rolls.randint(0, 3))),
            group=tuple(rolls.sample(GROUPS, rolls.randint(0, 2))),
            language=tuple(rolls.sample(SPOKEN, rolls.randint(0, 3))),
            available=("1",) if rolls.random() < 0.5 else (),
        )
        for identity in range(1, count + 1)
    ]


def holds(
    document: Document, filters: dict[str, frozenset[str]], price_max: int | None, without: str = ""
) -> bool:
    """Looks at one offer: does it hold the conditions, one filter left out?"""
    price = document.prices.get("weekday_day")
    cheap = price_max is None or (price is not None and price <= price_max)
    return cheap and all(
        set(document.values.get(name, ())) & keys for name, keys in filters.items() if name != without
    )


@pytest.mark.parametrize("seed", range(8))
def test_answers_agree_with_looking_at_every_offer(new_index: NewIndex, seed: int) -> None:
    documents = {document.id: document for document in random_documents(300, seed)}
    index = new_index(documents.values())
    rolls = random.Random(seed + 100)
    for _step in range(5):  # several segments and deletions
        gone = rolls.sample(sorted(documents), 10)
        changed = [
            plain(identity, municipality=("106",), price=500)
            for identity in rolls.sample(sorted(documents), 10)
        ]
        index.write(changed, gone)
        documents |= {document.id: document for document in changed}
        for identity in set(gone) - {document.id for document in changed}:
            del documents[identity]
    for _question in range(20):
        filters = {
            name: frozenset(rolls.sample(choices, rolls.randint(1, 2)))
            for name, choices in (("municipality", PLACES), ("language", SPOKEN), ("group", GROUPS))
            if rolls.random() < 0.5
        }
        price_max = rolls.choice([None, 3000])
        answer = index.search(
            SearchQuery(day=DAY, filters=filters, band="weekday_day", price_max=price_max, limit=500)
        )

        assert sorted(hit.id for hit in answer.hits) == sorted(
            d.id for d in documents.values() if holds(d, filters, price_max)
        )
        for facet in ("municipality", "language", "group"):
            expected = Counter(
                key
                for d in documents.values()
                if holds(d, filters, price_max, without=facet)
                for key in d.values.get(facet, ())
            )
            assert answer.facets[facet] == expected


def test_price_order_follows_the_chosen_band_and_offers_without_it_come_last(new_index: NewIndex) -> None:
    index = new_index([plain(1, price=300), plain(2), plain(3, price=100), plain(4, price=200)])
    assert ids(index, sort="price", band="weekday_day") == [3, 4, 1, 2]


def test_name_order_puts_the_last_letters_of_the_alphabet_last(new_index: NewIndex) -> None:
    names = ["Öljy", "Äiti", "Apu", "Zeta", "Åker"]
    index = new_index([plain(at, name=name) for at, name in enumerate(names, 1)])
    index.write([plain(6, name="Betoni")])
    assert ids(index, sort="name") == [3, 6, 4, 5, 2, 1]


def test_equals_take_turns_by_the_day_and_everybody_sees_the_same(new_index: NewIndex) -> None:
    index = new_index([plain(identity) for identity in range(1, 11)])
    firsts = Counter(
        index.search(SearchQuery(day=DAY + timedelta(days=d), limit=1)).hits[0].id for d in range(400)
    )
    assert len(firsts) == 10
    assert min(firsts.values()) >= 15
    assert ids(index) == ids(index)


def test_pages_hold_every_offer_once(new_index: NewIndex) -> None:
    index = new_index([plain(identity) for identity in range(1, 48)])
    for batch in range(48, 60):
        index.write([plain(batch)])
    seen = [
        hit.id
        for page in range(6)
        for hit in index.search(SearchQuery(day=DAY, offset=page * 10, limit=10)).hits
    ]
    assert sorted(seen) == list(range(1, 60))


def test_nothing_found_tells_what_dropping_each_filter_gives(new_index: NewIndex) -> None:
    index = new_index(
        [plain(1, municipality=("638",)), plain(2, language=("sv",)), plain(3, language=("sv",))]
    )
    filters = {"municipality": frozenset({"638"}), "language": frozenset({"sv"})}
    assert index.search(SearchQuery(day=DAY, filters=filters)).without == {"municipality": 2, "language": 1}


def test_small_segments_are_merged_and_nothing_is_lost(new_index: NewIndex) -> None:
    index = new_index([plain(1)])
    for identity in range(2, 20):
        index.write([plain(identity)], [identity - 1] if identity % 5 == 0 else [])
    before = sorted(ids(index))
    assert index.tidy()
    assert sorted(ids(index)) == before
    assert index.status().segments <= 2


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Whoosh leaves the broken file open
@pytest.mark.parametrize("harm", ["gone", "cut short", "scribbled over"])
def test_a_damaged_index_is_noticed(new_index: NewIndex, harm: str) -> None:
    index = new_index([plain(identity) for identity in range(1, 50)])
    folder = next(index.folder.glob("g-*"))
    shutil.rmtree(folder / "columns")
    for file in folder.glob("*.seg"):
        if harm == "gone":
            file.unlink()
        elif harm == "cut short":
            file.write_bytes(file.read_bytes()[:200])
        else:
            file.write_bytes(b"\x00" * file.stat().st_size)
    with pytest.raises(DamagedIndex):
        OfferIndex(index.folder).search(SearchQuery(day=DAY))


def test_a_rebuild_is_served_only_when_it_is_complete(new_index: NewIndex) -> None:
    index = new_index([plain(1)])
    made = index.rebuild([plain(2), plain(3)], Position())
    assert ids(index) == [1]
    made.swap()
    assert sorted(ids(index)) == [2, 3]
    assert len(list(index.folder.glob("g-*"))) == 1


def test_the_folder_is_the_owners_alone(new_index: NewIndex) -> None:
    assert new_index([plain(1)]).folder.stat().st_mode & 0o077 == 0
