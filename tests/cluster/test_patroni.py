"""Patroni with the configuration in `deploy/` on three servers: the primary is killed, and nobody does anything."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from marketplace.config import ROOT
from marketplace.db import Database
from scripts.postgres import binaries, owner_of
from tests.cluster.test_cluster import told
from tests.cluster.writers import writing
from tests.journeys.conftest import free_port

WRITERS = 4
LONGEST = 90.0
"""Seconds after which a step has failed: four times the `ttl` of the configuration."""

pytestmark = pytest.mark.skipif(
    not (shutil.which("patroni") and shutil.which("etcd")),
    reason="as root, apt-get install patroni python3-etcd etcd-server",
)


@dataclass
class Machine:
    """One database machine: Patroni and the PostgreSQL that it keeps."""

    name: str
    folder: Path
    owner: dict[str, Any]
    port: int
    api: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["patroni", str(self.folder / "patroni.yml")],
                cwd="/", env={"PATH": "/usr/bin:/bin"}, stdout=log, stderr=log, start_new_session=True, **self.owner,
            )  # fmt: skip

    def kill(self) -> None:
        """End it as a power cut does: Patroni, then PostgreSQL and all its processes."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None
        postmaster = self.folder / "data" / "postmaster.pid"
        if postmaster.exists():
            number = postmaster.read_text("utf-8").partition("\n")[0]
            children = subprocess.run(
                ["pgrep", "-P", number], capture_output=True, text=True, check=False
            ).stdout
            for each in [number, *children.split()]:
                with suppress(ProcessLookupError):
                    os.kill(int(each), signal.SIGKILL)


@dataclass
class Databases:
    """Three machines under one name."""

    machines: list[Machine]

    def roles(self) -> dict[str, str]:
        """What each machine that is up is, as one of them tells: leader, sync_standby or replica."""
        for machine in self.machines:
            with suppress(requests.RequestException):
                told_by = requests.get(f"http://127.0.0.1:{machine.api}/cluster", timeout=3).json()
                return {
                    each["name"]: each["role"]
                    for each in told_by["members"]
                    if each["state"] in ("running", "streaming")
                }
        return {}

    def wait(self, for_what: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """Wait until the machines are as wanted."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            if for_what(roles := self.roles()):
                return roles
            time.sleep(0.5)
        logs = "\n".join(
            (each.folder / "log").read_text("utf-8", "replace")[-2000:] for each in self.machines
        )
        raise AssertionError(f"{self.roles()}\n{logs}")

    def named(self, name: str) -> Machine:
        """The machine of a name."""
        return next(each for each in self.machines if each.name == name)

    def url(self, database: str) -> str:
        """The address that finds the primary, encrypted as the configuration demands."""
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in self.machines)
        return (
            f"postgresql+psycopg://postgres:CHANGE@/{database}?{hosts}"
            "&target_session_attrs=read-write&connect_timeout=3&sslmode=require"
        )


def _whole(roles: dict[str, str]) -> bool:
    """A primary with two that follow, one of which has every write."""
    return sorted(roles.values()) == ["leader", "replica", "sync_standby"]


@pytest.fixture
def databases() -> Iterator[Databases]:
    """Three machines with the shipped configuration, whose addresses alone are others."""
    root = Path(tempfile.mkdtemp(prefix="patroni-"))
    owner = owner_of(root)
    etcd, peer = free_port(), free_port()
    watch = subprocess.Popen(
        ["etcd", "--data-dir", str(root / "etcd"), "--listen-client-urls", f"http://127.0.0.1:{etcd}",
         "--advertise-client-urls", f"http://127.0.0.1:{etcd}", "--listen-peer-urls", f"http://127.0.0.1:{peer}",
         "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
         "--initial-cluster", f"default=http://127.0.0.1:{peer}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **owner,
    )  # fmt: skip
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(root / "server.key"), "-out", str(root / "server.crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    for each in ("server.key", "server.crt"):
        owner_of(root / each)
    machines = [_machine(name, root, etcd) for name in ("a", "b", "c")]
    try:
        for machine in machines:
            machine.start()
        yield Databases(machines)
    finally:
        for machine in machines:
            machine.kill()
        watch.kill()
        watch.wait()
        shutil.rmtree(root, ignore_errors=True)


def _machine(name: str, root: Path, etcd: int) -> Machine:
    """One of them, with its own folder."""
    folder = root / name
    (folder / "wal").mkdir(parents=True)
    owner_of(folder / "wal")
    machine = Machine(name, folder, owner_of(folder), free_port(), free_port())
    text = (ROOT / "deploy" / "patroni.yml").read_text("utf-8")
    for shipped, here in {
        r"^name: NAME$": f"name: {name}",
        r"ADDRESS:8008": f"127.0.0.1:{machine.api}",
        r"ADDRESS:5432": f"127.0.0.1:{machine.port}",
        r"^etcd3: .*$": f'etcd3: {{hosts: ["127.0.0.1:{etcd}"]}}',
        r"/etc/ssl/postgresql": str(root),
        r"/var/backups/wal": str(folder / "wal"),
        r"data_dir: .*": f"data_dir: {folder / 'data'}",
        r"bin_dir: .*": f"bin_dir: {binaries()}",
        r"10\.0\.0\.0/24": "127.0.0.1/32",
    }.items():
        text, count = re.subn(shipped, here, text, flags=re.MULTILINE)
        assert count, shipped
    (folder / "patroni.yml").write_text(text.replace("max_connections: 200", "max_connections: 40"), "utf-8")
    return machine


def test_a_standby_takes_over_by_itself_and_the_old_primary_comes_back(databases: Databases) -> None:
    roles = databases.wait(_whole)
    first = next(name for name, role in roles.items() if role == "leader")
    database = Database(databases.url("postgres"))
    with writing(database, WRITERS) as writers:
        time.sleep(3)
        databases.named(first).kill()
        roles = databases.wait(lambda roles: "leader" in roles.values() and roles.get(first) != "leader")
        time.sleep(3)
    lost = writers.lost()
    began = time.monotonic()
    databases.named(first).start()
    roles = databases.wait(_whole)
    told(
        "Patroni promoted a standby",
        acknowledged=len(writers.pauses), lost=len(lost), pause=round(max(writers.pauses), 1),
        old_primary_follows_after=round(time.monotonic() - began, 1),
    )  # fmt: skip
    assert lost == []
    assert roles[first] != "leader"
    database.dispose()
