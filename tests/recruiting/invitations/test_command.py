"""`marketplace invitations send PILOT FILE.csv`: everybody once, however often it is run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from marketplace.audit.proof import verify
from marketplace.audit.rules import DEVELOPMENT_KEY
from marketplace.cli import invitations_group
from marketplace.config import ROOT
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from marketplace.recruiting.invitations import mails
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import LetterKind
from marketplace.work import UnitOfWork
from tests.recruiting.invitations.conftest import PILOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three good rows and a broken one."""
    path = tmp_path / "list.csv"
    path.write_text("name;email\nA Oy;a@example.fi\nB Oy;b@example\nC Oy;c@example.fi\nD Oy;d@example.fi\n")
    return path


def run(app: Flask, *words: object) -> tuple[int, str]:
    with app.app_context():
        result = CliRunner().invoke(invitations_group, ["send", *map(str, words)])
    return result.exit_code, result.output


def recipients(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(OutboxMessage.recipient).order_by(OutboxMessage.id)))


def test_the_good_rows_are_invited_and_the_broken_one_told(
    app: Flask, database: Database, file: Path
) -> None:
    code, output = run(app, PILOT, file)
    assert code == 0, output
    assert "row 3:" in output
    assert "3 letters sent, 3 new on the list, 0 there before, 1 broken rows" in output
    assert recipients(database) == ["a@example.fi", "c@example.fi", "d@example.fi"]


def test_running_it_again_sends_nothing_twice(app: Flask, database: Database, file: Path) -> None:
    run(app, PILOT, file)
    assert "0 letters sent, 0 new on the list, 3 there before" in run(app, PILOT, file)[1]
    assert len(recipients(database)) == 3


def test_after_a_crash_the_next_run_sends_only_the_rest(
    app: Flask, database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(work: UnitOfWork, to: Invitation, token: str) -> OutboxMessage:
        if to.email == "c@example.fi":
            raise SystemExit("power cut")
        return mails.invitation(work, to, token)

    monkeypatch.setitem(mails.LETTERS, LetterKind.INVITATION, dies)
    assert run(app, PILOT, file)[0] != 0
    assert recipients(database) == ["a@example.fi"]
    monkeypatch.undo()
    assert run(app, PILOT, file)[0] == 0
    assert recipients(database) == ["a@example.fi", "c@example.fi", "d@example.fi"]


def test_a_killed_process_is_finished_by_the_next_run_and_nobody_gets_two_letters(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "many.csv"
    rows = [f"Yritys {number} Oy;yritys{number}@example.fi" for number in range(150)]
    path.write_text("\n".join(["nimi;sähköposti", *rows]), encoding="utf-8")
    words = [sys.executable, "-m", "marketplace", "invitations", "send", PILOT, str(path)]
    url = database.url.render_as_string(hide_password=False)
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATA_DIR": str(tmp_path / "data"),
        "AUDIT_KEY": DEVELOPMENT_KEY.hex(),  # one key for both processes, so that one proof covers both
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(words, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(recipients(database)) < 20 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    written = recipients(database)
    assert 20 <= len(written) < 150
    code, _output = run(app, PILOT, path)
    assert code == 0
    assert recipients(database) == [row.partition(";")[2] for row in rows]
    assert verify(database).problem is None


def test_a_dry_run_says_what_it_would_do_and_does_nothing(app: Flask, database: Database, file: Path) -> None:
    code, output = run(app, PILOT, file, "--dry-run")
    assert code == 0
    assert "3 letters would be sent" in output
    with database.read() as session:
        assert session.scalars(sa.select(Invitation)).all() == []
    assert recipients(database) == []


def test_an_unknown_pilot_or_an_unreadable_file_is_an_error(app: Flask, file: Path, tmp_path: Path) -> None:
    assert run(app, "no-such", file)[0] == 1
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert run(app, PILOT, empty)[0] == 1
    assert run(app, PILOT, tmp_path / "missing.csv")[0] == 2
