"""Migrations: one head, complete, and reversible on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from marketplace.cli import alembic_config
from marketplace.db import Database
from tests.conftest import drop_database, new_database


@pytest.fixture
def empty_url(engine_name: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    url = new_database(engine_name, tmp_path)
    yield url
    drop_database(url)


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def test_migrations_make_exactly_the_tables_of_the_models(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "head")
    command.check(config)  # raises when a model has something that no migration makes


def test_migrations_go_down_to_nothing_and_up_again(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    database = Database(empty_url)
    assert set(sa.inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.dispose()
    command.upgrade(config, "head")


def test_what_a_database_holds_stays_when_later_revisions_come(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "0001")
    database = Database(empty_url)
    with database.transaction() as session:
        session.execute(
            sa.text(
                "INSERT INTO audit_head (id, last_id, last_hash) VALUES (1, 7, 'kept') ON CONFLICT (id)"
                " DO UPDATE SET last_id = 7, last_hash = 'kept'"
            )
        )
    command.upgrade(config, "head")
    with database.read() as session:
        assert session.execute(sa.text("SELECT last_id, last_hash FROM audit_head")).one() == (7, "kept")
    database.dispose()


def test_the_circle_between_pilots_and_versions_is_closed(database: Database) -> None:
    keys = sa.inspect(database.engine).get_foreign_keys("pilots")
    assert {key["referred_table"] for key in keys} == {"organisations", "pilot_versions"}


def test_sqlite_runs_with_its_safeguards_on(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with database.read() as session:
        names = ("journal_mode", "foreign_keys")
        pragmas = {name: session.execute(sa.text(f"PRAGMA {name}")).scalar() for name in names}
    database.dispose()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
