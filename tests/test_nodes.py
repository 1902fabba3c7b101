"""`marketplace check` names what does not fit several machines."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace import nodes
from marketplace.config import Settings
from marketplace.search import following


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"DATA_DIR": str(tmp_path)})


def told(session: Session, settings: Settings, now: datetime) -> str:
    return "\n".join(
        [*nodes.problems(session, settings, now=now), *nodes.notices(session, settings, now=now)]
    )


def say(session: Session, name: str, now: datetime) -> None:
    """A machine says how far its index has come, on the present timeline."""
    following.say(session, name, 1, following.mark(session, name).timeline, now)


def test_one_machine_needs_nothing_more(session: Session, settings: Settings) -> None:
    now = datetime.now(UTC)
    say(session, "old", now - timedelta(hours=1))
    say(session, "only", now)
    assert told(session, settings, now) == ""


def test_several_machines_share_files_and_the_key(session: Session, settings: Settings) -> None:
    now = datetime.now(UTC)
    for name in ("a", "b"):
        say(session, name, now)
    found = told(session, settings, now)
    assert "2 machines serve this portal (a, b) and each keeps files on its own disk" in found
    assert "SECRET_KEY is not set" in found
    assert "names one host" in found
    fitting = replace(
        settings,
        files_place="s3://files",
        secret_key="given",
        database_url="postgresql+psycopg://p@/p?host=a:5432&host=b:5432",
    )
    assert told(session, fitting, now) == ""


def test_machines_of_another_history_of_the_database_are_not_counted(
    session: Session, settings: Settings
) -> None:
    now = datetime.now(UTC)
    say(session, "here", now)
    following.say(session, "of the primary before this", 1, "000000FF", now)
    assert told(session, settings, now) == ""


@pytest.mark.parametrize("apart", [-30, 30])
def test_clocks_and_connections_are_compared_with_those_of_the_database(
    session: Session, settings: Settings, apart: int, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, moment = datetime.now(UTC), time.time() + apart
    monkeypatch.setattr(time, "time", lambda: moment)
    many = replace(settings, database_pool=200)
    found = told(session, many, now)
    if engine_name == "sqlite":
        assert found == ""
    else:
        assert "the clocks of this machine and of the database are " in found
        assert "the portal may open 600 connections (1 machines × 3 processes × DATABASE_POOL 200)" in found
        assert "connections" not in told(session, replace(many, database_pooled=True), now)
