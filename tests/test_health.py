"""`marketplace check` and `/readyz` see what would otherwise be noticed by visitors first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.util.exc import CommandError
from click.testing import CliRunner
from flask import Flask

from marketplace import health, outbox, parts
from marketplace.__main__ import command
from marketplace.backends import SearchServer
from marketplace.cli import prepare
from marketplace.config import ROOT, ConfigurationError, Settings
from marketplace.db import Database
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from marketplace.search import documents
from marketplace.search.follower import Follower
from marketplace.search.models import CatalogueChange
from marketplace.search.offer_index import OfferIndex
from tests.conftest import ENGINES, settings_for
from tests.databases import new_database
from tests.factories import NOW
from tests.scanners import Daemon, running
from tests.stored import path_of
from tests.work import work_of


@pytest.fixture
def well(app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A portal of which nothing bad can be said."""
    settings = settings_for(database_url, tmp_path)
    Follower(app.extensions["database"], settings.index_dir).rebuild(now=NOW)
    settings.alive_file.touch()
    monkeypatch.setattr(health, "_catalogue_problems", lambda: ())
    monkeypatch.setattr(health, "LOOKED_FOR", 0)
    return app


def told(app: Flask, **settings: Any) -> list[str]:
    own = replace(app.extensions["settings"], **settings)
    return health.problems(app.extensions["database"], own, now=NOW)


def ready(app: Flask, path: str = "/readyz?deep") -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get(path)
    body: dict[str, Any] = answer.get_json()
    return answer.status_code, body


def test_nothing_is_wrong_with_a_portal_that_is_well(well: Flask) -> None:
    assert told(well) == []
    status, body = ready(well)
    assert (status, body["status"]) == (200, "ok")
    assert [body[part] for part in ("database", "worker", "disk", "catalogues", "mail")] == [
        "up",
        *["ok"] * 4,
    ]
    result = CliRunner().invoke(command, ["check", "--deep"], obj=well)
    assert (result.exit_code, result.output) == (0, "All is well.\n")


@pytest.mark.parametrize(("problems", "state"), [((), "ok"), (("the texts of fi are old",), "incomplete")])
def test_readiness_tells_of_missing_texts_only_when_some_are_missing(
    well: Flask, monkeypatch: pytest.MonkeyPatch, problems: tuple[str, ...], state: str
) -> None:
    monkeypatch.setattr(health, "_catalogue_problems", lambda: (each for each in problems))
    assert ready(well)[1]["catalogues"] == state


def test_an_index_of_another_version_is_told_and_stops_readiness(
    well: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "fingerprint", lambda: "that of the next version")
    [problem] = told(well)
    assert problem == (
        "the search index was made by another version or other words: run 'marketplace index rebuild'"
    )
    status, body = ready(well)
    assert (status, body["status"], body["index"]["state"]) == (503, "stale", "other rules")


def test_an_index_that_is_not_there_yet_is_told_as_that(well: Flask, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "index")
    assert told(well) == ["there is no index yet: run 'marketplace index rebuild'"]
    assert ready(well)[0] == 503


def keep_file(app: Flask, content: bytes) -> Path:
    store = FileStore.of(app.extensions["settings"])
    kept = store.put(content, media_type="application/pdf", name="a.pdf")
    with app.extensions["database"].transaction() as session:
        session.add(
            StoredFile(
                sha256=kept.sha256, media_type=kept.media_type, size=kept.size, name=kept.name, state="clean",
                created_at=NOW,
            )
        )  # fmt: skip
    return path_of(store, kept.sha256)


def test_files_that_are_lost_are_counted_and_named(well: Flask, tmp_path: Path) -> None:
    names = [keep_file(well, f"%PDF-{number}".encode()).name for number in range(5)]
    assert told(well) == []
    shutil.rmtree(tmp_path / "files")
    [problem] = told(well)
    assert problem.startswith("5 of 5 stored files are missing (")
    assert sum(name[:12] in problem for name in names) == health.NAMED


def test_a_file_that_has_changed_is_found_by_looking_deep(well: Flask) -> None:
    path = keep_file(well, b"%PDF-1.7 a decision")
    path.write_bytes(b"%PDF-1.7 another decision")
    assert told(well) == []
    result = CliRunner().invoke(command, ["check", "--deep"], obj=well)
    assert result.exit_code == 1
    assert f"1 of 1 stored files are changed ({path.name[:12]})" in result.output


@pytest.mark.parametrize("deep", [(), ("--deep",)])
def test_what_lies_in_the_place_of_a_file_is_told_and_not_read(well: Flask, deep: tuple[str, ...]) -> None:
    endless, folder = keep_file(well, b"%PDF-1"), keep_file(well, b"%PDF-2")
    endless.unlink()
    endless.symlink_to("/dev/zero")
    folder.unlink()
    folder.mkdir()
    result = CliRunner().invoke(command, ["check", *deep], obj=well)
    assert result.exit_code == 1
    assert "2 of 2 stored files are no files but folders, links or devices (" in result.output
    assert "Errno" not in result.output


def test_little_room_on_the_disk_is_told(well: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=100 * 2**20))
    [problem] = told(well)
    assert problem.startswith("only 100 MB are free under DATA_DIR")
    assert ready(well)[1]["disk"] == "low"


@pytest.mark.parametrize("change", ["missing", "old"])
def test_texts_that_were_not_made_are_told(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language in ("fi", "sv"):
        folder = tmp_path / "translations" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").touch()
        (folder / "messages.mo").touch()
    monkeypatch.setattr(health, "ROOT", tmp_path)
    assert list(health._catalogue_problems()) == []
    made = tmp_path / "translations/sv/LC_MESSAGES/messages.mo"
    if change == "missing":
        made.unlink()
    else:
        os.utime(made, (1, 1))
    assert list(health._catalogue_problems()) == [
        "the texts of sv are missing or old, pages show English: run 'make assets'"
    ]


def test_mail_that_waits_or_was_given_up_is_told(well: Flask) -> None:
    with well.app_context(), well.extensions["database"].transaction() as session:
        for attempts in (1, outbox.MAX_ATTEMPTS):
            outbox.send(
                work_of(session, now=NOW - timedelta(minutes=16)),
                outbox.MailAddress("keva@example.fi", "Keva", "fi"),
                "account_password",
                organisation_key=None,
                link="http://localhost/",
            ).attempts = attempts
    [problem] = told(well)
    assert problem.startswith("2 e-mails have waited over 15 minutes, 1 of them have been given up")
    assert ready(well)[1]["mail"] == "late"


def test_a_worker_without_a_sign_of_life_is_told(well: Flask) -> None:
    alive = well.extensions["settings"].alive_file
    os.utime(alive, (alive.stat().st_mtime - 600,) * 2)
    assert told(well) == [
        "the worker has given no sign of life for 10 minutes: is 'marketplace worker' running?"
    ]
    assert ready(well)[1]["worker"] == "silent"
    alive.unlink()
    [problem] = told(well)
    assert problem.startswith("the worker has never run here")


def test_tables_of_an_older_version_stop_readiness(well: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_newest_revision", lambda: "9999")
    [problem] = told(well)
    assert "run 'marketplace db upgrade'" in problem
    assert ready(well)[1]["database"] == "older tables"


def test_a_balancer_is_told_what_is_wrong_with_this_machine_alone(
    well: Flask, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready(well, "/readyz") == (200, {"status": "ok", "index": "ok", "database": "up"})
    with database.transaction() as session:
        session.add(CatalogueChange(offer_id=1, at=NOW - timedelta(hours=1)))
    assert ready(well)[0] == 503
    assert ready(well, "/readyz")[0] == 200
    with monkeypatch.context() as patched:
        patched.setattr(health, "_newest_revision", lambda: "9999")
        assert ready(well, "/readyz") == (
            503,
            {"status": "unavailable", "index": "ok", "database": "older tables"},
        )
    with monkeypatch.context() as patched:
        patched.setattr(health, "_revision_problem", database_is_away)
        assert ready(well, "/readyz") == (200, {"status": "ok", "index": "ok", "database": "down"})
    shutil.rmtree(tmp_path / "index")
    assert ready(well, "/readyz")[1]["index"] == "missing"
    assert ready(well, "/readyz")[0] == 503


def database_is_away(_session: object) -> str:
    raise sa.exc.OperationalError("SELECT 1", {}, Exception("connection refused"))


def test_nobody_is_turned_away_at_midnight(well: Flask) -> None:
    midnight = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    for after, status in (
        (timedelta(seconds=1), 200),
        (timedelta(minutes=4), 200),
        (timedelta(minutes=6), 503),
    ):
        well.extensions["clock"] = lambda moment=midnight + after: moment
        assert ready(well)[0] == status
        assert ready(well, "/readyz")[0] == 200


def test_who_asks_often_is_answered_from_the_last_look(well: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    look = health.can_serve

    def counted(*given: Any) -> tuple[bool, dict[str, Any]]:
        looks.append(given)
        return look(*given)

    monkeypatch.setattr(health, "can_serve", counted)
    monkeypatch.setattr(health, "LOOKED_FOR", 60)
    assert {ready(well, "/readyz")[0] for _each in range(20)} == {200}
    assert len(looks) == 1


GOOD: dict[str, Any] = {
    "production": True,
    "public_url": "https://palvelut.county.fi",
    "mail_url": "smtp://mail.county.fi",
    "mail_from": "palvelut@county.fi",
    "trusted_proxies": 1,
}


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("public_url", "http://palvelut.county.fi", "must begin with https://"),
        ("public_url", "https://county.example", "is an example"),
        ("public_url", "https://127.0.0.1:8000", "is an example"),
        ("mail_from", "palvelutori@example.fi", "is an example"),
        ("mail_url", "file:///var/mail", "nobody receives it"),
        ("trusted_proxies", 0, "how many stand in front"),
    ],
)
def test_settings_that_fit_no_production_are_told(
    well: Flask, setting: str, value: object, words: str
) -> None:
    assert told(well, **GOOD) == []
    [problem] = told(well, **{**GOOD, setting: value})
    assert problem.startswith(setting.upper())
    assert words in problem
    assert told(well, **{**GOOD, setting: value, "production": False}) == []


def test_a_search_server_that_is_away_or_is_sent_its_password_in_the_clear_is_told(well: Flask) -> None:
    away = SearchServer(("https://127.0.0.1:1",), "offers", "portal", "secret")
    [problem] = told(well, **GOOD, search_server=away)
    assert problem.startswith("the search server does not answer (https://127.0.0.1:1")
    in_the_clear, _away = told(well, **GOOD, search_server=replace(away, addresses=("http://127.0.0.1:1",)))
    assert in_the_clear.startswith("SEARCH_URL sends its password unencrypted")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_database_for_trying_out_and_no_scanner_are_no_fault_but_told_in_production(
    database: Database, database_url: str, tmp_path: Path, engine_name: str
) -> None:
    settings = replace(settings_for(database_url, tmp_path), **GOOD)
    first, second, *_others = health.notices(database, settings, now=NOW)
    assert first.startswith("the database is SQLite")
    assert second.startswith("CLAMD_URL is not set")
    scanned = replace(settings, clamd_url="tcp://scanner:3310")
    assert not any("CLAMD_URL" in each for each in health.notices(database, scanned, now=NOW))


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", [name for name in ENGINES if name != "sqlite"], indirect=True)
def test_a_database_that_keeps_bytes_is_told_in_one_line(tmp_path: Path, engine_name: str) -> None:
    url = sa.make_url(new_database(engine_name, tmp_path))
    server = sa.create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {url.database}")
        connection.exec_driver_sql(
            f"CREATE DATABASE {url.database} ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0"
        )
    try:
        database = Database(url.render_as_string(hide_password=False))
        settings = settings_for(str(url), tmp_path)
        with pytest.raises(ConfigurationError, match="createdb -E UTF8 -T template0"):
            health.revision_problem(database)
        assert any(
            "keeps texts as SQL_ASCII" in each for each in health.problems(database, settings, now=NOW)
        )
        index = OfferIndex(settings.index_dir)
        assert health.readiness(database, settings, index, now=NOW)[1]["database"] == "down"
        database.dispose()
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {url.database} WITH (FORCE)")


READ_ONLY = """
import resource, signal, sys
from marketplace.app import create_app
app = create_app()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
client = app.test_client()
for path in (
    "/fi/", "/sv/", "/fi/services", "/sv/services?q=städning", "/fi/services?q=sanaseppä", "/healthz", "/readyz",
):
    answer = client.get(path)
    sys.stderr.write(f"{answer.status_code} {path}\\n")
"""


def test_pages_are_read_when_nothing_can_be_written(well: Flask, database_url: str, tmp_path: Path) -> None:
    settings: Settings = well.extensions["settings"]
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": settings.secret_key,
    }
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    answers = [line for line in done.stderr.splitlines() if line[:3].isdigit()]
    assert len(answers) == 7, done.stderr
    assert all(line.startswith("200") or line.endswith("/readyz") for line in answers), done.stderr


def upgraded_by_a_newer_program(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))


def test_a_program_that_is_older_than_its_database_says_so_and_changes_nothing(well: Flask) -> None:
    database = well.extensions["database"]
    upgraded_by_a_newer_program(database)
    for words in (["db", "upgrade"], ["db", "downgrade", "0077"]):
        result = CliRunner().invoke(command, words, obj=well)
        assert result.exit_code == 1
        assert "older than the database" in result.output
        assert "Traceback" not in result.output
        assert not isinstance(result.exception, CommandError)
    with database.read() as session:
        assert session.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_an_older_program_serves_on_newer_tables(well: Flask) -> None:
    """Machines that wait for the new program stay with the balancer, and the way back starts (decision 107)."""
    database = well.extensions["database"]
    upgraded_by_a_newer_program(database)
    assert ready(well, "/readyz") == (200, {"status": "ok", "index": "ok", "database": "newer tables"})
    status, body = ready(well)
    assert (status, body["database"]) == (200, "newer tables")
    assert told(well) == []
    noticed = health.notices(database, well.extensions["settings"], now=NOW)
    assert "older than the database" in noticed[0]
    with well.app_context():
        prepare("http://127.0.0.1:8000/", fresh=False)


@pytest.mark.parametrize("part", ["files", "scanner", "copy"])
def test_a_part_that_is_away_is_told_to_operators_monitors_and_counters(
    well: Flask, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(parts, "silence", lambda *_: {part: f"the {part} does not answer"})
    assert told(well) == ([] if part == "files" else [f"the {part} does not answer"])
    status, body = ready(well)
    assert (status, body[part]) == (200, "away")
    assert f'palvelutori_part_up{{part="{part}"}} 0.0' in well.test_client().get("/metrics").text


def test_a_scanner_and_a_standby_that_are_away_are_found(well: Flask, tmp_path: Path) -> None:
    settings = well.extensions["settings"]
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    both = Database(settings.database_url, copy_url=nowhere)
    with running(Daemon()) as daemon:
        there = parts.silence(both, replace(settings, clamd_url=daemon.url))
    away = parts.silence(both, replace(settings, clamd_url=daemon.url))
    assert (there["files"], there["scanner"]) == (None, None)
    assert (away["scanner"] or "").startswith("CLAMD_URL")
    assert (away["copy"] or "").startswith("READ_URL")
    with both.report_session() as session:
        assert session.scalar(sa.text("SELECT 1")) == 1, "reports are read from the database itself"
    both.dispose()
