"""What the processes of `test_together` do; they import no more than a web process, so that they start at once."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

from marketplace.search.engine import Document, Position, SearchQuery
from marketplace.search.offer_index import OfferIndex

DAY = date(2026, 11, 22)


def plain(identity: int) -> Document:
    """The smallest document."""
    return Document(
        id=identity, keys={"fi:palvelu": 1.0}, values={}, prices={"": 100}, names={"fi": "a", "sv": "a"}
    )


def read_on(folder: Path, ready: Any, stop: Any, found: Any) -> None:
    """A reader process: search until told to stop; tell every total that was seen, or what went wrong."""
    index = OfferIndex(folder)
    totals: set[int] = set()
    try:
        while not stop.is_set():
            answer = index.search(SearchQuery(day=DAY, limit=5))
            if len(answer.hits) != min(5, answer.total):
                raise AssertionError(f"{len(answer.hits)} hits of {answer.total}")
            totals.add(answer.total)
            ready.set()
        totals.add(index.search(SearchQuery(day=DAY)).total)
    except Exception as error:  # noqa: BLE001 - told to the test
        ready.set()
        found.put(repr(error))
    else:
        found.put(totals)


def write_without_end(folder: Path) -> None:
    """A writer process: one commit after another."""
    index = OfferIndex(folder)
    for number in range(1_000_000):
        index.write([plain(1000 + number % 50)])
        index.tidy()


def rebuild_without_end(folder: Path) -> None:
    """A process that rebuilds the index again and again and never swaps it in."""
    index = OfferIndex(folder)
    while True:
        index.rebuild(map(plain, range(1, 2000)), Position())


def wait_for_price(folder: Path, ready: Any, prices: Any, found: Any) -> None:
    """A web process: for each price that is to come, tell when it is seen first."""
    index = OfferIndex(folder)
    index.search(SearchQuery(day=DAY))
    ready.set()
    while (price := prices.get()) is not None:
        while not index.search(SearchQuery(day=DAY, price_max=price)).total:
            time.sleep(0.005)
        found.put(time.time())
