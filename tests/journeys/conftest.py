"""A real portal: its web processes, the worker and a mail server, with demo content."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.error import URLError

import pytest
from aiosmtpd.controller import Controller

from marketplace.config import ROOT
from marketplace.i18n import helsinki_date
from tests.databases import copy_database, drop_database, new_database
from tests.mail import Mailbox
from tests.once import made_once

START_SECONDS = 120
DEMO_SIZE = ("--providers", "60", "--offers", "160")
RUN_EACH = """
import json, sys
from marketplace.__main__ import command

for words in json.loads(sys.argv[1]):
    if command.main(words, prog_name="marketplace", standalone_mode=False):
        sys.exit(f"{words} failed")
"""


@dataclass
class Portal:
    """A running portal with demo content: its address, its mail, its database."""

    address: str
    database_url: str
    folder: Path
    mailbox: Mailbox = field(repr=False)

    def url(self, path: str) -> str:
        """The full address of a path."""
        return self.address + path

    def today(self) -> date:
        """The portal's day: its clock is the machine's."""
        return helsinki_date(datetime.now(UTC))


def run_commands(*commands: tuple[str, ...], environment: dict[str, str]) -> None:
    """Run commands of `marketplace` one after another; their output is shown when one fails.

    One process runs them all: starting it takes longer than most of them.
    """
    done = subprocess.run(
        [sys.executable, "-c", RUN_EACH, json.dumps(commands)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"marketplace {commands}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def demo_template(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A database with demo content and the folder of its files, made once for all workers of a run."""

    def make(folder: Path) -> str:
        address = new_database(engine_name, folder)
        run_commands(
            ("db", "upgrade"),
            ("pilots", "load", "--all"),
            ("demo", "load", *DEMO_SIZE),
            ("index", "rebuild"),
            environment=_environment(address, folder),
        )
        return address

    return made_once(tmp_path_factory, f"demo-{engine_name}", make)


@pytest.fixture(scope="session")
def portal(
    engine_name: str, demo_template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A portal of this worker's own, served by the production server."""
    template, files = demo_template
    folder = tmp_path_factory.mktemp(f"portal-{engine_name}")
    shutil.copytree(files, folder, dirs_exist_ok=True)
    address = copy_database(template, folder / "portal.sqlite")
    mailbox, port = Mailbox(), free_port()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    environment = _environment(address, folder) | {
        "PORT": str(port),
        "WEB_WORKERS": "2",
        "MAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    log = (folder / "serve.log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "marketplace", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    running = Portal(f"http://127.0.0.1:{port}", address, folder, mailbox)
    try:
        _await_page(running.url("/readyz?deep"), server, folder / "serve.log")
        yield running
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
        mail.stop()
        drop_database(address)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(address: str, folder: Path) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    # the demo's letter is written in one process and its codes are tried in another
    keys = {"SECRET_KEY": uuid.uuid4().hex * 2, "CLIENT_KEY": "5e" * 32}
    return keep | keys | {"DATABASE_URL": address, "DATA_DIR": str(folder)}


def _await_page(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the portal did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
