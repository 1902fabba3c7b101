"""The worker: every duty in its time, and none in another's way."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import outbox, worker
from marketplace.config import ROOT
from marketplace.db import Database
from marketplace.search import queries
from marketplace.search.models import CatalogueChange
from marketplace.web import frame
from tests.conftest import settings_for
from tests.factories import NOW

SOON = 60.0
"""Seconds that a busy machine may need for what usually takes a part of one."""


def test_a_duty_waits_for_its_time(core_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[datetime] = []
    lane = (worker.Duty("count", timedelta(hours=1), done.append),)
    due: dict[str, datetime] = {}
    for minutes in (0, 1, 59, 60, 61):
        monkeypatch.setattr(frame, "now", lambda minutes=minutes: NOW + timedelta(minutes=minutes))
        with core_app.app_context():
            worker.take_turn(lane, due)
    assert done == [NOW, NOW + timedelta(hours=1)]


def test_a_duty_that_fails_is_tried_again_and_stops_no_other(
    core_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[object] = []
    done: list[datetime] = []

    def fail(now: object) -> None:
        tried.append(now)
        raise OSError("the disk is full")

    lane = (
        worker.Duty("fail", timedelta(hours=1), fail),
        worker.Duty("count", timedelta(hours=1), done.append),
    )
    due: dict[str, datetime] = {}
    for seconds in (0, 0.5, 1, 2):
        monkeypatch.setattr(frame, "now", lambda seconds=seconds: NOW + timedelta(seconds=seconds))
        with core_app.app_context():
            worker.take_turn(lane, due)
    assert len(tried) == 3
    assert done == [NOW]
    assert "could not fail and goes on" in caplog.text


def test_doing_everything_once_tells_of_a_failure() -> None:
    def fail(now: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        worker.work_once([(worker.Duty("fail", worker.ALWAYS, fail),)], NOW)


@pytest.fixture
def silent_mail_server() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SOON)
        yield listener


def test_the_catalogue_follows_while_a_mail_server_keeps_silent(
    app: Flask, database: Database, database_url: str, tmp_path: Path, silent_mail_server: socket.socket
) -> None:
    with app.app_context(), database.transaction() as session:
        outbox.send(
            session,
            to="keva@example.fi",
            language="fi",
            template="account_password",
            now=datetime.now(UTC) - timedelta(seconds=1),
            context={"name": "Keva", "link": "http://localhost/"},
        )
    settings = settings_for(database_url, tmp_path)
    running = subprocess.Popen(
        [sys.executable, "-m", "marketplace", "worker"],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(tmp_path),
            "SECRET_KEY": settings.secret_key,
            "MAIL_URL": f"smtp://127.0.0.1:{silent_mail_server.getsockname()[1]}",
        },
    )
    try:
        connection, _ = silent_mail_server.accept()
        with connection:
            with database.transaction() as session:
                session.add(CatalogueChange(offer_id=None, at=datetime.now(UTC)))
            assert followed(database, settings.index_dir), "the change waits for the mail server"
            with database.read() as session:
                assert session.scalars(sa.select(outbox.OutboxMessage.sent_at)).one() is None
    finally:
        running.terminate()
        running.wait(SOON)


def followed(database: Database, index_dir: Path) -> bool:
    """True as soon as the index holds every change; False when it does not in time."""
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        with database.read() as session:
            if queries.freshness(session, index_dir, now=datetime.now(UTC))["waiting"] == 0:
                return True
        time.sleep(0.1)
    return False
