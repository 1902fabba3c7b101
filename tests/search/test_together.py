"""Several processes at once: everybody reads on while one writes, rebuilds the index, or is killed doing it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from marketplace.db import Database
from marketplace.money import Money
from marketplace.offers.models import OfferPrice
from marketplace.search import changes
from marketplace.search.engine import Position, SearchQuery
from marketplace.search.follower import Follower
from marketplace.search.offer_index import OfferIndex
from tests import factories
from tests.factories import NOW
from tests.search.processes import (
    DAY,
    plain,
    read_on,
    rebuild_without_end,
    wait_for_price,
    write_without_end,
)

READERS = 3
PATIENCE = 60.0

processes = multiprocessing.get_context("spawn")


@contextmanager
def readers(folder: Path) -> Iterator[list[Any]]:
    """Reader processes that read during the block; what they saw is in the list after it."""
    stop, found = processes.Event(), processes.Queue()
    readies = [processes.Event() for _ in range(READERS)]
    row = [processes.Process(target=read_on, args=(folder, ready, stop, found)) for ready in readies]
    seen: list[Any] = []
    for process in row:
        process.start()
    try:
        assert all(ready.wait(PATIENCE) for ready in readies)
        yield seen
    finally:
        stop.set()
        seen += [found.get(timeout=PATIENCE) for _ in row]
        for process in row:
            process.join()


def served(folder: Path, count: int) -> OfferIndex:
    """An index that serves so many documents."""
    index = OfferIndex(folder)
    index.rebuild(map(plain, range(1, count + 1)), Position()).swap()
    return index


def test_every_process_reads_on_while_one_writes_and_all_end_with_the_same(tmp_path: Path) -> None:
    index = served(tmp_path / "index", 100)
    with readers(index.folder) as seen:
        for number in range(1, 21):
            index.write([plain(100 + number)])
            index.tidy()
    assert all(isinstance(totals, set) and totals <= set(range(100, 121)) for totals in seen), seen
    assert all(120 in totals for totals in seen)


def test_a_rebuild_is_swapped_in_whole_under_every_reader(tmp_path: Path) -> None:
    index = served(tmp_path / "index", 100)
    with readers(index.folder) as seen:
        for count in (300, 200, 400):
            index.rebuild(map(plain, range(1, count + 1)), Position()).swap()
    assert all(isinstance(totals, set) and totals <= {100, 200, 300, 400} for totals in seen), seen
    assert all(400 in totals for totals in seen)


def kill_at_work(
    target: Callable[[Path], None], index: OfferIndex, at_work: Callable[[], bool], after: float
) -> None:
    """Start a process, wait until it has begun to write, and kill it a moment later."""
    process = processes.Process(target=target, args=(index.folder,))
    process.start()
    until = time.monotonic() + PATIENCE
    while not at_work() and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(after)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_kill_in_the_middle_of_writing_leaves_an_index_that_is_read_and_written_on(tmp_path: Path) -> None:
    index = served(tmp_path / "index", 100)
    for after in (0.0, 0.013, 0.037):
        before = index.version()
        kill_at_work(write_without_end, index, lambda before=before: index.version() != before, after)  # type: ignore[misc]
        fresh = OfferIndex(index.folder)
        assert 100 <= fresh.search(SearchQuery(day=DAY)).total <= 151
        fresh.write([plain(5000)])
        assert 5000 in fresh.ids()


def test_a_kill_in_the_middle_of_a_rebuild_changes_nothing_and_its_rubbish_goes(tmp_path: Path) -> None:
    index = served(tmp_path / "index", 100)

    def generations() -> int:
        return len(list(index.folder.glob("g-*")))

    kill_at_work(rebuild_without_end, index, lambda: generations() > 1, 0.02)
    assert OfferIndex(index.folder).search(SearchQuery(day=DAY)).total == 100
    index.rebuild(map(plain, range(1, 51)), Position()).swap()
    assert (OfferIndex(index.folder).search(SearchQuery(day=DAY)).total, generations()) == (50, 1)


def test_a_change_is_seen_in_every_process_within_a_second(database: Database, tmp_path: Path) -> None:
    changes.observe()
    with database.transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session), "day_activity")
        factories.make_required_evidence(session, approval)
        factories.make_offer(session, approval)
    follower = Follower(database, tmp_path / "index")
    follower.catch_up(now=NOW)
    found, done = processes.Queue(), threading.Event()
    rows = [(processes.Event(), processes.Queue()) for _ in range(READERS)]
    webs = [processes.Process(target=wait_for_price, args=(tmp_path / "index", *row, found)) for row in rows]
    for web in webs:
        web.start()

    def follow() -> None:
        while not done.wait(0.25):  # as often as the worker does
            follower.catch_up(now=NOW)

    worker = threading.Thread(target=follow)
    try:
        assert all(ready.wait(PATIENCE) for ready, _prices in rows)
        worker.start()
        took = [
            slowest_to_see(database, price, [prices for _, prices in rows], found)
            for price in (300, 200, 100)
        ]
    finally:
        done.set()
        worker.join()
        for _ready, prices in rows:
            prices.put(None)
        for web in webs:
            web.join(PATIENCE)
    assert min(took) < 1.0, took


def slowest_to_see(database: Database, price: int, waiting: list[Any], found: Any) -> float:
    """Seconds from the commit of a new lowest price until the last process has seen it."""
    for prices in waiting:
        prices.put(price)
    with database.transaction() as session:
        for row in session.scalars(sa.select(OfferPrice)):
            row.amount = Money(price)
    committed = time.time()
    return float(max(found.get(timeout=PATIENCE) for _ in waiting) - committed)
