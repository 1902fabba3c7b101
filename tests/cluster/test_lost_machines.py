"""A machine that is gone without a word, as when its power or its network fails: nobody waits for it for long.

A process that is killed says so: its kernel closes the connections. Here nothing arrives any more, in either direction.
One machine is this one, with PostgreSQL; the other is a network namespace of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from marketplace.config import ROOT
from marketplace.db import Database
from marketplace.search.turns import turn
from scripts.postgres import owner_of
from tests.cluster.postgres import Server
from tests.cluster.test_cluster import told

HERE, THERE, NOBODY = "10.231.7.1", "10.231.7.2", "02:00:00:00:00:01"
LONGEST = 30.0
"""So many seconds after a machine has gone everybody goes on."""

HOLDS = """
import pathlib, sys, time
from marketplace.db import Database
from marketplace.search.turns import turn
with turn(Database(sys.argv[1]), pathlib.Path("."), wait=True) as mine:
    print("ready", flush=True)
    time.sleep(600)
"""
ASKS = """
import sys, threading, time
import sqlalchemy as sa
from marketplace.db import Database

database = Database(sys.argv[1])

def ask(what, statement):
    began = time.monotonic()
    try:
        with database.read() as session:
            session.execute(sa.text(statement))
    except sa.exc.DBAPIError:
        print(what, time.monotonic() - began, flush=True)

ask("first", "SELECT 1")
waits = threading.Thread(target=ask, args=("waited for an answer", "SELECT pg_sleep(600)"))
waits.start()
time.sleep(1)
with database.read() as session:
    session.execute(sa.text("SELECT 1"))
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    try:
        session.execute(sa.text("SELECT 2"))
    except sa.exc.DBAPIError:
        print("asked", time.monotonic() - began, flush=True)
ask("connected", "SELECT 3")
waits.join()
"""


@dataclass
class Far:
    """The other machine: its namespace, and the address of the database on this one."""

    name: str
    near: str
    url: str
    ending: ExitStack = field(default_factory=ExitStack)

    def run(self, program: str) -> subprocess.Popen[str]:
        """Run a program there until it says that it is ready."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, "-c", program, self.url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.ending.enter_context(process)
        self.ending.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def vanish(self) -> None:
        """From now on nothing that either sends arrives."""
        _ip("neigh", "replace", THERE, "lladdr", NOBODY, "dev", self.near, "nud", "permanent")
        _ip("-n", self.name, "neigh", "replace", HERE, "lladdr", NOBODY, "dev", "far", "nud", "permanent")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def database() -> Iterator[Server]:
    """PostgreSQL that both machines reach."""
    root = Path(tempfile.mkdtemp(prefix="lost-"))
    server = Server(root / "a", owner_of(root))
    server.program("initdb", "-D", str(server.folder), "-U", "tester", "--auth=trust", "--encoding=UTF8")
    with (server.folder / "pg_hba.conf").open("a", encoding="ascii") as rules:
        rules.write(f"host all all {THERE}/32 trust\n")
    server.start(listen_addresses="*")
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def far(database: Server) -> Iterator[Far]:
    """The other machine."""
    name, near = f"far-{os.getpid()}", f"near{os.getpid()}"[-15:]
    if os.getuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2, which make a network")
    _ip("netns", "add", name)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", "far", "netns", name)
        _ip("addr", "add", f"{HERE}/30", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", name, "addr", "add", f"{THERE}/30", "dev", "far")
        _ip("-n", name, "link", "set", "far", "up")
        machine = Far(name, near, f"postgresql+psycopg://tester@{HERE}:{database.port}/postgres")
        with machine.ending:
            yield machine
    finally:
        subprocess.run(["ip", "link", "delete", near], check=False, capture_output=True)
        _ip("netns", "delete", name)


def test_what_a_machine_held_is_free_when_it_has_gone(far: Far, database: Server, tmp_path: Path) -> None:
    """The turn of the follower stands for every lock: that of the audit trail, of a row, of a letter."""
    ours = Database(f"postgresql+psycopg://tester@127.0.0.1:{database.port}/postgres")
    far.run(HOLDS)
    far.vanish()
    began = time.monotonic()
    while time.monotonic() < began + LONGEST:
        with turn(ours, tmp_path, wait=False) as mine:
            if mine:
                break
        time.sleep(0.2)
    told("a machine with a lock was cut off", free_after=round(time.monotonic() - began, 1))
    assert mine
    ours.dispose()


def test_who_waits_for_a_database_that_has_gone_is_told(far: Far, database: Server) -> None:
    """After that the next host of the address is tried."""
    process = far.run(ASKS)
    far.vanish()
    output, _ = process.communicate("go on\n", timeout=4 * LONGEST)
    seconds = {what: float(took) for what, took in re.findall(r"(.+) (\d+\.\d+)\n", output)}
    told("a database was cut off", **{what: round(took, 1) for what, took in seconds.items()})
    assert seconds.keys() == {"asked", "connected", "waited for an answer"}
    assert max(seconds.values()) < LONGEST
    assert database.ask("SELECT 1") == [(1,)]
