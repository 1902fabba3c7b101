"""Two nodes over one PostgreSQL and one S3 store, behind a balancer: what `make test-cluster` starts once."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from marketplace.config import ROOT
from marketplace.db import Database
from scripts.search_server import is_built
from tests.cluster.postgres import Servers
from tests.files.places import SERVER
from tests.forms import hidden_on
from tests.journeys.conftest import free_port, run_commands

collect_ignore_glob = [] if SERVER and shutil.which("haproxy") else ["test_*.py"]
collect_ignore = [] if is_built() else ["test_search_server.py", "test_shared_search.py"]
START_SECONDS = 180
PASSWORD = "palvelutori-demo"


@dataclass
class Node:
    """One machine: its own folder, its port, where its program lies."""

    name: str
    folder: Path
    environment: dict[str, str]
    port: int
    program: Path = ROOT
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has written to the terminal."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Start the portal and wait until its index is as the database."""
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "marketplace", "serve"],
                cwd=self.program, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        for _ in range(START_SECONDS * 4):
            try:
                if requests.get(f"{self.address}/readyz?deep", timeout=5).ok:
                    return
            except requests.RequestException:
                assert self.process.poll() is None, self.log
            time.sleep(0.25)
        raise AssertionError(self.log)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the operator on this machine."""
        return subprocess.run(
            [sys.executable, "-m", "marketplace", *words],
            cwd=self.program, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def end(self, number: int) -> None:
        """Send a signal to every process of the node and wait for its end."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait(timeout=30)
            self.process = None


@dataclass
class Cluster:
    """All of it. `balancer` is the address that visitors use."""

    servers: Servers
    a: Node
    b: Node
    balancer: str

    def visitor(self, node: Node, email: str) -> requests.Session:
        """A browser that signed in on one node; the other knows it too, because cookies do not tell ports apart."""
        return signed_in(node.address, email)


def signed_in(address: str, email: str) -> requests.Session:
    """A browser of one of the people of the demo."""
    browser = requests.Session()
    page = f"{address}/fi/account/sign-in"
    entries = hidden_on(browser.get(page, timeout=30).text)
    answer = browser.post(page, data={**entries, "email": email, "password": PASSWORD}, timeout=30)
    assert "/account/sign-in" not in answer.url, re.sub(r"<[^>]+>|\s+", " ", answer.text)[:2000]
    return browser


def offers_of(servers: Servers, email: str) -> list[tuple[int, int]]:
    """(company, offer) of each offer of the companies in which somebody has a role."""
    with Database(servers.url()).read() as session:
        found = session.execute(
            sa.text(
                "SELECT o.provider_id, o.id FROM offers o JOIN role_grants p ON p.provider_id = o.provider_id "
                "JOIN users u ON u.id = p.user_id WHERE u.email = :email ORDER BY o.id"
            ),
            {"email": email},
        )
        return [(company, offer) for company, offer in found]


@contextlib.contextmanager
def balanced(a: Node, b: Node, configuration: Path = ROOT / "deploy" / "haproxy.cfg") -> Iterator[str]:
    """The balancer before two nodes, with the shipped configuration; gives its address."""
    port = free_port()
    nodes = {"NODE_A": f"127.0.0.1:{a.port}", "NODE_B": f"127.0.0.1:{b.port}"}
    process = subprocess.Popen(
        ["haproxy", "-db", "-f", str(configuration)],
        env={"PATH": os.environ["PATH"], "LISTEN": f"127.0.0.1:{port}", **nodes},
    )
    try:
        time.sleep(2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def two_nodes(folder: Path, servers: Servers, **more: str) -> list[Node]:
    """Two machines that share database, store and secret, and have all else for themselves. The database tells them
    apart by `application_name`. `more` are further settings.
    """
    common = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "the secret that all nodes of the tests share",
        "FILES_URL": f"s3://files/{folder.name}",
        "AWS_ENDPOINT_URL": SERVER,
        "AWS_ACCESS_KEY_ID": "portal",
        "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
        "TRUSTED_PROXIES": "1",
        "WEB_WORKERS": "1",
        "DATABASE_POOL": "12",
        "MAIL_URL": f"file://{folder / 'mail'}",
        **more,
    }
    nodes = []
    for name in ("a", "b"):
        port = free_port()
        own = {
            "DATABASE_URL": f"{servers.url()}&application_name={name}",
            "DATA_DIR": str(folder / name),
            "PORT": str(port),
            "ACCESS_LOG": str(folder / name / "access.log"),
        }
        nodes.append(Node(name, folder / name, {**common, **own}, port))
    return nodes


DEMO = (
    ("db", "upgrade"),
    ("pilots", "load", "--all"),
    ("demo", "load", "--providers", "8", "--offers", "8"),
)
"""The commands that make a little demo content."""


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with a little demo content, whose files lie in the store."""
    folder = tmp_path_factory.mktemp("cluster")
    servers = Servers()
    nodes = two_nodes(folder, servers)
    try:
        run_commands(*DEMO, environment=nodes[0].environment)
        servers.follow()
        for node in nodes:
            node.start()
        with balanced(nodes[0], nodes[1]) as balancer:
            yield Cluster(servers, nodes[0], nodes[1], balancer)
    finally:
        for node in nodes:
            node.end(signal.SIGKILL)
        servers.end()
