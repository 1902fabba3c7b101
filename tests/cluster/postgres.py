"""PostgreSQL with two standbys on this machine, one of which has every write before it is acknowledged."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from scripts.postgres import binaries, owner_of
from tests.journeys.conftest import free_port

SETTINGS = {
    "wal_level": "replica",
    "wal_log_hints": "on",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class Server:
    """One PostgreSQL server in a folder of its own."""

    def __init__(self, folder: Path, owner: dict[str, Any]) -> None:
        self.folder, self.owner, self.port = folder, owner, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def program(self, name: str, *words: str) -> None:
        """Run one of PostgreSQL's programs as its owner."""
        done = subprocess.run(
            [str(binaries() / name), *words],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self.owner,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, **more: str) -> None:
        """Start, with more settings, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in {**SETTINGS, **more}.items()]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(binaries() / "postgres"), "-D", str(self.folder), "-p", str(self.port), *options],
                cwd="/", stdout=log, stderr=log, start_new_session=True, **self.owner,
            )  # fmt: skip
        for _ in range(300):
            try:
                self.ask("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("PostgreSQL did not start")

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement by itself; its rows."""
        address = f"host=127.0.0.1 port={self.port} user=tester dbname={database} connect_timeout=3"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """End it as a power cut does: the server and all its processes."""
        if self.process is not None:
            subprocess.run(["pkill", "-KILL", "-g", str(self.process.pid)], check=False)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)


class Servers:
    """A primary and its two standbys, `b` and `c`."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="cluster-"))
        owner = owner_of(self.root)
        self.primary, self.b, self.c = (Server(self.root / name, owner) for name in ("a", "b", "c"))
        self.primary.program(
            "initdb", "-D", str(self.primary.folder), "-U", "tester", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8",
        )  # fmt: skip
        self.primary.start()
        self.primary.ask("CREATE DATABASE portal ENCODING 'UTF8' TEMPLATE template0")

    def follow(self) -> None:
        """Make the standbys, and let no write be acknowledged before one of them has it."""
        for name, standby in (("b", self.b), ("c", self.c)):
            standby.program(
                "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "tester", "-D",
                str(standby.folder), "-R", "-X", "stream", "-C", "-S", name, "-c", "fast", "-d",
                f"application_name={name}",
            )  # fmt: skip
            standby.start()
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (b, c)'")
        self.primary.ask("SELECT pg_reload_conf()")
        for _ in range(100):
            if len(self.primary.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'quorum'")) == 2:
                return
            time.sleep(0.1)
        raise AssertionError("the standbys do not follow")

    def url(self) -> str:
        """The address that finds the primary wherever it is."""
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in (self.primary, self.b))
        return (
            f"postgresql+psycopg://tester@/portal?{hosts}&target_session_attrs=read-write&connect_timeout=3"
        )

    def fail_over(self) -> None:
        """Kill the primary and promote the standby that is ahead."""
        self.primary.kill()
        self.b.ask("SELECT pg_promote()")

    def end(self) -> None:
        """End all of it and take it away."""
        for server in (self.primary, self.b, self.c):
            server.kill()
        shutil.rmtree(self.root, ignore_errors=True)
