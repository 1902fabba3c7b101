"""What several machines promise, on real ones: run by `make test-cluster`, in this order."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import requests
import sqlalchemy as sa
from PIL import Image

from marketplace.db import Database
from tests.cluster.conftest import Cluster, offers_of
from tests.cluster.writers import writing
from tests.forms import hidden_on

PAGES = ("/fi/", "/sv/services", "/fi/services?q=siivous", "/fi/providers")


def told(what: str, **figures: object) -> None:
    """Print the figures of a test, for the notes."""
    sys.stderr.write(f"\n{what}: {json.dumps(figures, default=str)}\n")


def picture() -> bytes:
    made = io.BytesIO()
    Image.effect_noise((900, 700), 60).convert("RGB").save(made, "JPEG")
    return made.getvalue()


def test_a_photo_sent_to_one_node_is_seen_on_the_other(cluster: Cluster) -> None:
    provider = cluster.visitor(cluster.a, "provider@demo.fi")
    company, offer = offers_of(cluster.servers, "provider@demo.fi")[0]
    page = f"/fi/provider/{company}/offers/{offer}/photos"
    form = provider.get(cluster.a.address + page, timeout=30)
    assert form.ok
    sent = provider.post(
        cluster.a.address + page,
        data={**hidden_on(form.text), "alt-fi": "Keittiö, jossa on pöytä", "alt-sv": "Ett kök med ett bord"},
        files={"picture": ("kuva.jpg", picture(), "image/jpeg")},
        timeout=60,
    )
    assert sent.ok
    addresses = re.findall(
        r'src="([^"]+/photos/\d+/\d+\.webp)"', provider.get(cluster.b.address + page, timeout=30).text
    )
    assert addresses
    for node in (cluster.a, cluster.b):
        answer = provider.get(node.address + addresses[0], timeout=30)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")


def test_a_decision_is_read_on_both_nodes(cluster: Cluster) -> None:
    with Database(cluster.servers.url()).read() as session:
        application, file = session.execute(
            sa.text(
                "SELECT application_id, file_id FROM decisions WHERE file_id IS NOT NULL ORDER BY id LIMIT 1"
            )
        ).one()
    reviewer = cluster.visitor(cluster.b, "reviewer@demo.fi")
    for node in (cluster.a, cluster.b):
        answer = reviewer.get(f"{node.address}/fi/office/applications/{application}/files/{file}", timeout=30)
        assert answer.content.startswith(b"%PDF"), answer.status_code


@dataclass
class Load:
    """Visitors who read pages through the balancer until they are told to stop."""

    address: str
    pages: Sequence[str] = PAGES
    browser: Callable[[], requests.Session] = requests.Session
    done: int = 0
    slowest: float = 0.0
    failed: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def visit(self, number: int) -> None:
        turn = number
        with self.browser() as browser:
            while not self.ending.is_set():
                path = self.pages[turn % len(self.pages)]
                turn += 1
                began = time.monotonic()
                try:
                    answer = browser.get(self.address + path, timeout=30)
                    if answer.status_code != 200:
                        self.failed.append(f"{path}: {answer.status_code}")
                except requests.RequestException as error:
                    self.failed.append(f"{path}: {error!r}")
                self.done += 1
                self.slowest = max(self.slowest, time.monotonic() - began)

    def during(self, work: Callable[[], None], visitors: int = 3) -> None:
        with ThreadPoolExecutor(visitors) as pool:
            for number in range(visitors):
                pool.submit(self.visit, number)
            try:
                work()
            finally:
                self.ending.set()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_node_that_ends_under_load_costs_no_request(cluster: Cluster, number: int) -> None:
    load = Load(cluster.balancer)

    def end() -> None:
        time.sleep(3)
        cluster.a.end(number)
        time.sleep(5)

    load.during(end)
    told(
        "a node ended",
        signal=number,
        requests=load.done,
        failed=len(load.failed),
        slowest=round(load.slowest, 2),
    )
    cluster.a.start()
    assert load.failed == []
    assert load.done > 20


def test_a_node_that_was_away_catches_up(cluster: Cluster) -> None:
    cluster.b.end(signal.SIGTERM)
    with Database(cluster.servers.url()).transaction() as session:
        session.execute(sa.text("INSERT INTO catalogue_changes (offer_id, at) SELECT id, now() FROM offers"))
    began = time.monotonic()
    cluster.b.start()
    told("a node came back", seconds=round(time.monotonic() - began, 1))
    for node in (cluster.a, cluster.b):
        assert requests.get(f"{node.address}/readyz?deep", timeout=10).json()["status"] == "ok"
    listed = cluster.a.run("index", "status").stdout
    assert len(re.findall(r"^index \S+: up to \d+", listed, re.MULTILINE)) == 2


def test_the_primary_dies_under_writers_and_nothing_acknowledged_is_lost(cluster: Cluster) -> None:
    database = Database(cluster.servers.url())
    with writing(database, 8) as writers:
        time.sleep(3)
        cluster.servers.fail_over()
        time.sleep(6)
    lost = writers.lost()
    told(
        "the primary died",
        acknowledged=len(writers.pauses), lost=len(lost), pause=round(max(writers.pauses), 2),
    )  # fmt: skip
    assert lost == []
    database.dispose()


def test_after_the_fail_over_both_nodes_go_on_and_everything_holds(cluster: Cluster) -> None:
    for node in (cluster.a, cluster.b):
        for _ in range(240):
            if requests.get(f"{node.address}/readyz?deep", timeout=30).ok and "has failed over" in node.log:
                break
            time.sleep(0.5)
        assert "the search index is made again: the database has failed over" in node.log
        assert requests.get(f"{node.address}/fi/providers", timeout=30).ok
    for words in (("audit", "verify"), ("files", "verify"), ("ledger", "verify")):
        done = cluster.a.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
