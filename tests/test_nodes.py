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


def test_one_machine_needs_nothing_more(session: Session, settings: Settings) -> None:
    now = datetime.now(UTC)
    following.say(session, "old", 1, "", now - timedelta(hours=1))
    following.say(session, "only", 1, "", now)
    assert told(session, settings, now) == ""


def test_several_machines_share_files_and_the_key(session: Session, settings: Settings) -> None:
    now = datetime.now(UTC)
    for name in ("a", "b"):
        following.say(session, name, 1, "", now)
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
