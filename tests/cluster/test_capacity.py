"""What one machine bears and what two bear, in one run: prints the figures that docs/nodes.md tells.

    make test-cluster ARGS="-k capacity"          LOAD_SECONDS=20 measures each row for longer

Everything shares the cores of this machine, the visitors too, so that the figures tell how one relates to two; a node
is one web process here. They run before `test_cluster.py` kills the primary: each delivery is on a standby when it is
told.
"""

from __future__ import annotations

import itertools
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

from benchmarks.payments import Recorder, companies
from marketplace.app import create_app
from marketplace.config import Settings
from scripts.portal import get_json
from tests.cluster.conftest import PASSWORD, Cluster
from tests.cluster.test_cluster import told
from tests.forms import hidden_on

SECONDS = float(os.environ.get("LOAD_SECONDS", "3"))
VISITORS = 4
SHARES = 2 * VISITORS
SIGNING_IN = 2
"""So many sign in at a time, as many as a machine of two cores hashes for; more are asked to wait (decision 108)."""

SIGN_IN = "/fi/account/sign-in"
WORDS = (
    "siivous", "päivätoiminta", "kuljetus", "taksi", "kotihoito", "hoiva", "apu", "esteetön", "omaishoito", "ryhmä",
    "kuntoutus", "avustaja", "suihku", "ateria", "ulkoilu", "lapsi", "ikääntynyt", "muisti", "viittoma", "pyörätuoli",
    "yö", "viikonloppu", "Tuusula", "Järvenpää", "ruotsi", "englanti", "hieronta", "musiikki", "retki", "keittiö",
)  # fmt: skip
"""Two or three of them make an address that nobody has asked before."""

Turn = Callable[[], object]


class AskedToWait(Exception):
    """More have come at once than the machine hashes passwords of: they are told to come again in some seconds."""


@dataclass
class Measured:
    """What several visitors got done, one thing after another each."""

    taken: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    waited: int = 0
    lasted: float = 0.0

    def figures(self) -> dict[str, float]:
        """Answers a second, and milliseconds."""
        times = sorted(self.taken)
        return {
            "a_second": round(len(times) / self.lasted, 1),
            "median_ms": round(times[len(times) // 2] * 1000),
            "p95_ms": round(times[len(times) * 95 // 100] * 1000),
            "asked_to_wait": self.waited,
            "failed": len(self.failed),
        }


def measured(turns: Sequence[Turn]) -> Measured:
    """Let each of the visitors take turns for SECONDS."""
    found = Measured()
    began = time.monotonic()

    def visit(turn: Turn) -> None:
        while (start := time.monotonic()) < began + SECONDS:
            try:
                turn()
            except AskedToWait:
                found.waited += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
                found.failed.append(repr(error))
            else:
                found.taken.append(time.monotonic() - start)

    threads = [threading.Thread(target=visit, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.lasted = time.monotonic() - began
    return found


def reader(address: str, paths: Iterator[str], ending: ExitStack) -> Turn:
    """Somebody who opens one page after another on a connection that stays open."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
    ending.callback(connection.close)

    def turn() -> None:
        path = next(paths)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")

    return turn


def person_who_signs_in(address: str) -> Turn:
    """Somebody who opens the page, sends the password and is in; each time from another place."""

    def turn() -> None:
        place = ".".join(["127", *(str(1 + secrets.randbelow(250)) for _each in range(3))])
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60, source_address=(place, 0))
        with closing(connection):
            sign_in(connection)

    def sign_in(connection: HTTPConnection) -> None:
        connection.request("GET", SIGN_IN)
        answer = connection.getresponse()
        page = answer.read().decode()
        cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or ())
        entries = {**hidden_on(page), "email": "reviewer@demo.fi", "password": PASSWORD}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        connection.request("POST", SIGN_IN, urlencode(entries), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 503 and answer.headers["Retry-After"]:
            raise AskedToWait
        if answer.status not in (302, 303) or SIGN_IN in answer.headers["Location"]:
            raise RuntimeError(f"signing in answered {answer.status}")

    return turn


def recorder(address: str, path: str, cookie: str, ending: ExitStack) -> Turn:
    """Somebody of a company who records one visit after another."""
    who, numbers = Recorder(address, path, cookie, datetime.now(UTC).date()), itertools.count()
    ending.callback(who.close)
    return lambda: who.record(next(numbers))


def searches(share: int) -> Iterator[str]:
    """Addresses that nobody has asked before: one of SHARES shares of them."""
    asked = itertools.chain.from_iterable(itertools.permutations(WORDS, length) for length in (2, 3))
    for words in itertools.islice(asked, share, None, SHARES):
        yield f"/fi/services?q={quote(' '.join(words))}"


@pytest.fixture
def agreed(cluster: Cluster, tmp_path: Path) -> Iterator[list[tuple[str, str]]]:
    """Companies with an agreement each, twice VISITORS: the address of its form and the session of its person."""
    app = create_app(Settings.from_environment({**cluster.a.environment, "DATA_DIR": str(tmp_path)}))
    database = app.extensions["database"]
    with app.app_context():
        yield companies(database, datetime.now(UTC))
    database.dispose()


def test_one_machine_and_two_under_load(cluster: Cluster, agreed: list[tuple[str, str]]) -> None:
    """Searches, pages of offers, sign-ins and deliveries, on one machine and then on two; none fails."""
    offers = [
        f"/fi/services/{each['id']}" for each in get_json(cluster.a.address, "/offers?lang=fi")["items"]
    ]
    failed = []
    for part, (machines, address) in enumerate((("one", cluster.a.address), ("two", cluster.balancer))):
        mine = range(part * VISITORS, (part + 1) * VISITORS)
        with ExitStack() as ending:
            rows: dict[str, list[Turn]] = {
                "searches asked for the first time": [
                    reader(address, searches(each), ending) for each in mine
                ],
                "searches asked before": [
                    reader(address, itertools.repeat("/fi/services?q=siivous"), ending) for _each in mine
                ],
                "offer pages": [reader(address, itertools.cycle(offers), ending) for _each in mine],
                "sign-ins": [person_who_signs_in(address) for _each in range(SIGNING_IN)],
                "deliveries": [recorder(address, *agreed[each], ending) for each in mine],
            }
            for what, turns in rows.items():
                turns[0]()  # what a process keeps is read once, before anything is measured
                found = measured(turns)
                failed += found.failed
                assert found.taken, found.failed
                told(f"{what}, {machines}", **found.figures(), cores=os.cpu_count())
    assert failed == []
