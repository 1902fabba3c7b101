"""From the last release to this program, machine by machine, while people use both: no request fails.

The release is taken out of the history of this clone and served with the libraries of this program, in the order of
docs/operations.md: tables first, then one machine after the other, pilots last.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path

import pytest
import requests

from marketplace.config import ROOT
from tests.cluster.conftest import Node, balanced, signed_in
from tests.cluster.postgres import Servers
from tests.cluster.test_cluster import Load, told
from tests.journeys.conftest import free_port

RELEASE = "d5ab8b1899b0a5d54d05c727b24eebedfe2a405c"
"""The last release: every release puts its own commit here."""

PEOPLE = ("", "provider", "client", "reviewer", "coordinator", "decider", "payer", "counsellor", "auditor")
"""Whose pages are opened, by their addresses in the demo; the first is not signed in."""

MISSED = {
    "client_letters.failures",
    "client_letters.locked_at",
    "no_morning_letters.since",
    "no_morning_letters.user_id",
}
"""What the last release reads and no longer finds. Whoever takes something away names it here and in CHANGELOG.md."""

UNWRITTEN = {"api_keys.expires_at", "decision_corrections.revision", "decision_corrections.state"}
"""What it would have to write and does not know: it adds no rows to these tables meanwhile."""

COLUMNS = """
import json
import marketplace.app
from marketplace.db import Base
tables = Base.metadata.tables.values()
print(json.dumps([f"{table.name}.{column.name}" for table in tables for column in table.columns]))
"""
STARTS = (
    "/fi/",
    "/sv/",
    "/fi/services",
    "/fi/providers",
    "/fi/account",
    "/fi/provider/",
    "/fi/office",
    "/fi/client",
)
MOST_PAGES = 25
MADE = (
    ("scripts.themes", "--out", "build/themes"),
    ("scripts.assets", "--themes", "build/themes"),
    ("scripts.translations", "compile"),
)


def libraries(folder: Path) -> set[str]:
    """The libraries of a program, each with its version."""
    return set(re.findall(r"^\S+==\S+", (folder / "requirements.lock").read_text("utf-8"), re.MULTILINE))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the last release with its front-end files and texts, or a word why there is none."""
    folder = tmp_path_factory.mktemp("release")
    packed = subprocess.run(["git", "archive", RELEASE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(
            f"the last release is not in this clone ({packed.stderr.decode().strip()}): git fetch --unshallow"
        )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as program:
        program.extractall(folder, filter="data")
    if others := libraries(folder) - libraries(ROOT):
        pytest.skip(f"the last release needs other libraries than this program: {', '.join(sorted(others))}")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for words in MADE:
        subprocess.run([sys.executable, "-m", *words], cwd=folder, check=True, capture_output=True)
    return folder


@dataclass
class Portal:
    """Two machines and their balancer; on both a program of its own, which `change` puts in the place of the other."""

    a: Node
    b: Node
    balancer: str
    servers: Servers
    pages: dict[str, list[str]]

    def change(self, node: Node) -> None:
        """Put the new program into the place of the old one: it makes its index before it answers."""
        node.end(signal.SIGTERM)
        node.program = ROOT
        node.start()


@pytest.fixture(scope="module")
def portal(release: Path, shared_files: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The last release with its demo content on two machines, which share the folder of their files."""
    folder = tmp_path_factory.mktemp("upgraded")
    servers = Servers()
    try:
        nodes = [_node(name, folder, servers, release) for name in ("a", "b")]
        for words in (
            ("db", "upgrade"),
            ("pilots", "load", "--all"),
            ("demo", "load", "--providers", "8", "--offers", "8"),
        ):
            done = nodes[0].run(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        for node in nodes:
            node.start()
        shipped = (ROOT / "deploy" / "haproxy.cfg").read_text("utf-8")
        (folder / "haproxy.cfg").write_text(shipped.replace("GET /readyz", "GET /healthz"), "utf-8")
        with balanced(nodes[0], nodes[1], folder / "haproxy.cfg") as balancer:
            pages = {who: walked(nodes[0].address, who) for who in PEOPLE}
            yield Portal(
                nodes[0], nodes[1], balancer, servers, {who: good for who, (good, _bad) in pages.items()}
            )
    finally:
        for node in nodes:
            node.end(signal.SIGKILL)
        servers.end()


def _node(name: str, folder: Path, servers: Servers, program: Path) -> Node:
    """A machine of the last release."""
    port, files = free_port(), folder / "files"
    files.mkdir(exist_ok=True)
    (folder / name).mkdir()
    (folder / name / "files").symlink_to(files)
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": f"postgresql+psycopg://tester@127.0.0.1:{servers.primary.port}/portal",
        "SECRET_KEY": "the secret that both programs share",
        "TRUSTED_PROXIES": "1",
        "WEB_WORKERS": "1",
        "DATA_DIR": str(folder / name),
        "PORT": str(port),
        "MAIL_URL": f"file://{folder / 'mail'}",
    }
    return Node(name, folder / name, environment, port, program)


@pytest.fixture(scope="module")
def shared_files(release: Path) -> Iterator[None]:
    """Each program has the front-end files of both builds before it serves: their names hold their contents."""
    ours, theirs = (folder / "marketplace" / "static" / "dist" for folder in (ROOT, release))
    added = [*_copied(ours, theirs), *_copied(theirs, ours)]
    yield
    for path in added:
        path.unlink(missing_ok=True)


def _copied(source: Path, target: Path) -> Iterator[Path]:
    """The files that the target has been given."""
    for path in source.rglob("*.*.*"):
        place = target / path.relative_to(source)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
            yield place


def front_end_files(address: str) -> set[str]:
    """What the first page of a machine asks its browser to fetch."""
    return set(
        re.findall(r'(?:href|src)="(/static/dist/[^"]+)"', requests.get(f"{address}/fi/", timeout=30).text)
    )


def browser_of(address: str, who: str) -> requests.Session:
    """The browser of one of the people."""
    return signed_in(address, f"{who}@demo.fi") if who else requests.Session()


def walked(address: str, who: str) -> tuple[list[str], list[str]]:
    """One page of each kind that somebody reaches by links: those that open, and what the others answered."""
    good: list[str] = []
    bad: list[str] = []
    known: set[str] = set()
    waiting = deque(STARTS)
    with browser_of(address, who) as browser:
        while waiting and len(good) < MOST_PAGES:
            path = waiting.popleft()
            kind = re.sub(r"\d+|/sv/", "#", path.partition("?")[0])
            if kind in known:
                continue
            known.add(kind)
            answer = browser.get(address + path, timeout=60)
            if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
                good.append(path)
                waiting += (unescape(each) for each in re.findall(r'href="(/(?:fi|sv)/[^"#]*)', answer.text))
            elif answer.status_code >= 400 and path not in STARTS:  # not everybody may begin everywhere
                bad.append(f"{path}: {answer.status_code}")
    return good, bad


def opened(address: str, pages: dict[str, list[str]]) -> list[str]:
    """What these pages answer when their people open them: those that do not open."""
    failed = []
    for who, paths in pages.items():
        with browser_of(address, who) as browser:
            for path in paths:
                answer = browser.get(address + path, timeout=60)
                if answer.status_code != 200:
                    failed.append(f"{who} {path}: {answer.status_code}")
    return failed


def test_the_last_release_serves_on_the_tables_of_this_program(portal: Portal) -> None:
    assert sum(map(len, portal.pages.values())) > 6 * len(PEOPLE)
    new = Node("new", portal.a.folder, portal.a.environment, 0)
    done = new.run("db", "upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    assert opened(portal.a.address, portal.pages) == []


def test_what_the_last_release_misses_on_these_tables_is_named(portal: Portal, release: Path) -> None:
    told_by = subprocess.run(
        [sys.executable, "-c", COLUMNS],
        cwd=release,
        env=portal.a.environment,
        capture_output=True,
        check=True,
    )
    known = set(json.loads(told_by.stdout))
    tables = {each.partition(".")[0] for each in known}
    there = {
        f"{table}.{column}": nullable == "YES" or default is not None or identity == "YES"
        for table, column, nullable, default, identity in portal.servers.primary.ask(
            "SELECT table_name, column_name, is_nullable, column_default, is_identity FROM information_schema.columns "
            "WHERE table_schema = 'public'",
            database="portal",
        )
    }
    assert known - there.keys() == MISSED
    needed = {each for each, left_out in there.items() if not left_out and each.partition(".")[0] in tables}
    assert needed - known == UNWRITTEN


def during(loads: Sequence[Load], work: Callable[[], None]) -> None:
    """Do something while all of them visit, one person each."""
    if loads:
        loads[0].during(lambda: during(loads[1:], work), visitors=1)
    else:
        work()


def test_machine_by_machine_is_changed_and_no_request_fails(portal: Portal) -> None:
    loads = [
        Load(portal.balancer, pages, partial(browser_of, portal.balancer, who))
        for who, pages in portal.pages.items()
        if who in ("", "provider", "reviewer")
    ]
    both: list[str] = []

    def change() -> None:
        time.sleep(3)
        portal.change(portal.a)
        both.extend(opened(portal.balancer, portal.pages))
        asked = [front_end_files(node.address) for node in (portal.a, portal.b)]
        assert asked[0] != asked[1], "two programs serve"
        for address in (portal.a.address, portal.b.address):
            for path in set.union(*asked):
                assert requests.get(address + path, timeout=30).status_code == 200, path
        portal.change(portal.b)
        time.sleep(3)

    during(loads, change)
    told(
        "upgraded machine by machine",
        requests=sum(load.done for load in loads),
        failed=sum(len(load.failed) for load in loads),
        slowest=round(max(load.slowest for load in loads), 2),
    )
    assert [*both, *(each for load in loads for each in load.failed)] == []
    assert all(load.done > 20 for load in loads)


def test_only_the_new_program_is_left_and_everything_holds(portal: Portal) -> None:
    assert portal.a.run("pilots", "load", "--all").returncode == 0
    for node in (portal.a, portal.b):
        assert opened(node.address, portal.pages) == []
        assert [bad for who in PEOPLE for bad in walked(node.address, who)[1]] == []
        assert requests.get(f"{node.address}/readyz?deep", timeout=30).ok
    for words in (("audit", "verify"), ("files", "verify"), ("ledger", "verify")):
        done = portal.a.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
