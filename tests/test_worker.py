"""The worker: every duty in its time, and none in another's way."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from marketplace import outbox, worker
from marketplace.config import ROOT
from marketplace.db import Database, Watch
from marketplace.search import queries
from marketplace.search.models import CatalogueChange
from marketplace.search.offer_index import OfferIndex
from marketplace.web import frame
from tests.conftest import settings_for
from tests.factories import NOW
from tests.waiting import PATIENCE, eventually
from tests.work import work_of

"""Seconds that a busy machine may need for what usually takes a part of one."""


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Set the portal's clock."""
    monkeypatch.setattr(frame, "now", lambda: moment)


def test_a_duty_waits_for_its_time(core_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[datetime] = []
    standing = worker.Round((worker.Duty("count", timedelta(hours=1), done.append),))
    for minutes in (0, 1, 59, 60, 61):
        at(monkeypatch, NOW + timedelta(minutes=minutes))
        with core_app.app_context():
            standing.take_turn(changed=True)
    assert done == [NOW, NOW + timedelta(hours=1)]


def test_a_duty_that_follows_changes_does_not_wait_when_there_is_one(
    core_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[datetime] = []
    standing = worker.Round((worker.Duty("follow", timedelta(hours=1), done.append, on_change=True),))
    for minutes, changed in ((0, False), (1, False), (2, True), (3, False)):
        at(monkeypatch, NOW + timedelta(minutes=minutes))
        with core_app.app_context():
            standing.take_turn(changed=changed)
    assert done == [NOW, NOW + timedelta(minutes=2)]


def test_a_duty_that_fails_is_tried_again_and_stops_no_other(
    core_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[object] = []
    done: list[datetime] = []

    def fail(now: object) -> None:
        tried.append(now)
        raise OSError("the disk is full")

    standing = worker.Round(
        (
            worker.Duty("fail", timedelta(hours=1), fail),
            worker.Duty("count", timedelta(hours=1), done.append),
        )
    )
    for seconds in (0, 0.5, 1, 2):
        at(monkeypatch, NOW + timedelta(seconds=seconds))
        with core_app.app_context():
            standing.take_turn()
    assert tried == [NOW, NOW + timedelta(seconds=1)]
    assert done == [NOW]
    assert "could not fail and tries again in 2 s" in caplog.text
    assert "Traceback" in caplog.text


class Deadlock(Exception):
    """What psycopg raises for a transaction that the server has ended."""

    sqlstate = "40P01"


def test_a_duty_whose_transaction_met_another_is_done_once_more_at_once(
    core_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[datetime] = []

    def do(now: datetime) -> None:
        done.append(now)
        if len(done) == 1:
            raise OperationalError("UPDATE", {}, Deadlock("deadlock detected"))

    standing = worker.Round((worker.Duty("settle", timedelta(hours=1), do),))
    at(monkeypatch, NOW)
    with core_app.app_context():
        standing.take_turn()
    assert (done, standing.faults) == ([NOW, NOW], {})


def test_a_database_that_is_away_costs_a_line_now_and_then(
    core_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = True

    def read(now: object) -> None:
        if away:
            raise OperationalError("SELECT 1", {}, Exception("connection refused\nIs the server running?"))

    standing = worker.Round((worker.Duty("read", worker.SOON, read, on_change=True),))
    with core_app.app_context():
        for second in range(600):
            at(monkeypatch, NOW + timedelta(seconds=second))
            standing.take_turn(changed=True)
        assert 10 <= len(caplog.records) <= 20
        assert all("\n" not in record.getMessage() and not record.exc_info for record in caplog.records)
        assert "connection refused" in caplog.text
        away = False
        at(monkeypatch, NOW + timedelta(seconds=700))
        standing.take_turn()
    assert caplog.records[-1].getMessage() == "the worker can read again"


def test_a_watch_tells_what_others_commit_and_nothing_else(database: Database) -> None:
    with closing(Watch(database)) as watch:
        assert watch.has_changed()
        assert not watch.has_changed()
        with database.transaction() as session:
            session.add(CatalogueChange(offer_id=None, at=NOW))
            session.flush()
            watch.has_changed()
        assert watch.has_changed()
        assert not watch.has_changed()
        with database.read() as session:
            session.scalars(sa.select(CatalogueChange)).all()
        assert not watch.has_changed()


def test_doing_everything_once_tells_of_a_failure() -> None:
    def fail(now: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        worker.work_once([(worker.Duty("fail", worker.SOON, fail),)], NOW)


@pytest.fixture
def silent_mail_server() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


def test_the_catalogue_follows_while_a_mail_server_keeps_silent(
    app: Flask, database: Database, database_url: str, tmp_path: Path, silent_mail_server: socket.socket
) -> None:
    with app.app_context(), database.transaction() as session:
        outbox.send(
            work_of(session, now=datetime.now(UTC) - timedelta(seconds=1)),
            outbox.MailAddress("keva@example.fi", "Keva", "fi"),
            "account_password",
            organisation_key=None,
            link="http://localhost/",
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
        running.wait(PATIENCE)


def followed(database: Database, index_dir: Path) -> bool:
    """True as soon as the index holds every change; False when it does not in time."""

    def nothing_waits() -> object:
        with database.read() as session:
            return queries.freshness(session, OfferIndex(index_dir), now=datetime.now(UTC))["waiting"] == 0

    return eventually(nothing_waits)
