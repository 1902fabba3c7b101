"""A database brought back to a moment: what was before it is there, what came after is not, and everything holds."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from marketplace.i18n import HELSINKI
from scripts.postgres import owner_of
from tests.cluster.conftest import Node
from tests.cluster.postgres import Server
from tests.cluster.test_cluster import told
from tests.files.places import SERVER
from tests.journeys.conftest import free_port, run_commands

CHECKS = (("ledger", "verify"), ("payments", "reconcile"), ("files", "verify"))


@dataclass
class Place:
    """A database whose log is archived, and the portal's commands on it."""

    root: Path
    primary: Server
    node: Node

    def on(self, server: Server) -> Node:
        """The same portal on another server."""
        url = f"postgresql+psycopg://tester@127.0.0.1:{server.port}/portal"
        return Node("restored", self.node.folder, {**self.node.environment, "DATABASE_URL": url}, 0)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A portal with demo content and its files in the store; PostgreSQL archives its log."""
    root = Path(tempfile.mkdtemp(prefix="restoring-"))
    owner = owner_of(root)
    archive = root / "archive"
    archive.mkdir()
    owner_of(archive)
    primary = Server(root / "a", owner)
    primary.program(
        "initdb", "-D", str(primary.folder), "-U", "tester", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
    )  # fmt: skip
    primary.start(archive_mode="on", archive_command=f"cp %p {archive}/%f")
    primary.ask("CREATE DATABASE portal ENCODING 'UTF8' TEMPLATE template0")
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": f"postgresql+psycopg://tester@127.0.0.1:{primary.port}/portal",
        "DATA_DIR": str(tmp_path / "node"),
        "SECRET_KEY": "the secret of the portal that is restored",
        "FILES_URL": f"s3://files/restoring-{free_port()}",
        "AWS_ENDPOINT_URL": SERVER,
        "AWS_ACCESS_KEY_ID": "portal",
        "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
        "MAIL_URL": f"file://{tmp_path / 'mail'}",
    }
    run_commands(
        ("db", "upgrade"),
        ("pilots", "load", "--all"),
        ("demo", "load", "--providers", "8", "--offers", "8"),
        environment=environment,
    )
    try:
        yield Place(root, primary, Node("a", tmp_path / "node", environment, 0))
    finally:
        primary.kill()
        shutil.rmtree(root, ignore_errors=True)


def _commanded(node: Node, *words: str) -> str:
    done = node.run(*words)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def _staff(node: Node, email: str) -> None:
    """Something that the operator does and the trail tells."""
    _commanded(node, "users", "add", email, "--role", "auditor", "--organisation", "keusote")
    _commanded(node, "audit", "checkpoint")


def test_a_database_is_brought_back_to_a_moment_and_everything_holds(place: Place) -> None:
    base = Server(place.root / "b", place.primary.owner)
    base.program(
        "pg_basebackup", "-h", "127.0.0.1", "-p", str(place.primary.port), "-U", "tester", "-D", str(base.folder),
        "-X", "stream", "-c", "fast",
    )  # fmt: skip
    _staff(place.node, "ennen@example.fi")
    time.sleep(1.5)
    [(moment,)] = place.primary.ask("SELECT now()")
    assert isinstance(moment, datetime)
    time.sleep(1.5)
    _staff(place.node, "jalkeen@example.fi")
    place.primary.ask("SELECT pg_switch_wal()")
    place.primary.ask("CHECKPOINT")
    place.primary.stop()

    began = time.monotonic()
    (base.folder / "recovery.signal").touch(mode=0o644)
    base.start(
        restore_command=f"cp {place.root}/archive/%f %p",
        recovery_target_time=moment.isoformat(),
        recovery_target_action="promote",
    )
    for _ in range(300):
        if base.ask("SELECT pg_is_in_recovery()") == [(False,)]:
            break
        time.sleep(0.1)
    database = time.monotonic() - began
    node = place.on(base)
    try:
        listed = _commanded(node, "users", "list")
        assert "ennen@example.fi" in listed
        assert "jalkeen@example.fi" not in listed
        strict = node.run("audit", "verify")
        assert (strict.returncode, "of the bucket files is not in it" in strict.stderr) == (1, True)
        at = moment.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M:%S")
        assert "1 checkpoints of the bucket were lost" in _commanded(
            node, "audit", "verify", "--restored-to", at
        )
        for words in CHECKS:
            _commanded(node, *words)
        _commanded(node, "index", "rebuild")
        told(
            "restored to a moment",
            database_seconds=round(database, 1),
            with_index_and_proofs=round(time.monotonic() - began, 1),
        )
        _commanded(node, "audit", "checkpoint")
        assert node.run("audit", "verify").returncode == 1, "what was lost stays told"
    finally:
        base.kill()
