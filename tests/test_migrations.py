"""Migrations: one head, and exactly the tables of the models on every engine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from marketplace.cli import alembic_config
from marketplace.db import Base, Database


def test_there_is_one_head() -> None:
    heads = ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()
    assert len(heads) == 1, (
        f"{' and '.join(sorted(heads))} follow no other: one has to name the other as down_revision"
    )


def test_migrations_make_exactly_the_tables_of_the_models(empty_url: str) -> None:
    config = alembic_config(empty_url)
    command.upgrade(config, "head")
    command.check(config)  # raises when a model has something that no migration makes


def _named(texts: Iterable[tuple[str, str]]) -> set[tuple[str, frozenset[str]]]:
    """Names of constraints, or of partial indexes, with the values they speak of: engines respell the rest."""
    return {(name, frozenset(re.findall(r"'([^']*)'", text))) for name, text in texts}


def test_the_tables_allow_exactly_what_the_enums_know(database: Database) -> None:
    inspector, option = sa.inspect(database.engine), f"{database.engine.dialect.name}_where"
    for table in Base.metadata.sorted_tables:
        checks = [each for each in table.constraints if isinstance(each, sa.CheckConstraint)]
        assert _named((str(each.name), str(each.sqltext)) for each in checks) == _named(
            (str(each["name"]), each["sqltext"]) for each in inspector.get_check_constraints(table.name)
        )
        assert _named(
            (str(each.name), str(each.dialect_kwargs[option]))
            for each in table.indexes
            if each.dialect_kwargs.get(option) is not None
        ) == _named(
            (str(each["name"]), str(each["dialect_options"][option]))
            for each in inspector.get_indexes(table.name)
            if each.get("dialect_options", {}).get(option) is not None
        )


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
