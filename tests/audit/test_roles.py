"""What docs/operations.md says of the roles of the database is followed word for word; the portal runs under them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from marketplace.__main__ import command
from marketplace.config import ROOT
from marketplace.db import Database
from scripts.postgres import binaries
from tests.journeys.conftest import run_commands
from tests.trail import Tried
from tests.work import work_of

CHAPTER: Final = (
    (ROOT / "docs" / "operations.md")
    .read_text("utf-8")
    .partition("### Roles of the database")[2]
    .partition("\n### ")[0]
)
MADE: Final = re.findall(r"^    cd / && runuser -u postgres -- (createuser .+)$", CHAPTER, re.MULTILINE)
GRANTED: Final = re.findall(r"^    portal (db grant .+)$", CHAPTER, re.MULTILINE)
ADDRESSES: Final = dict(
    re.findall(r'^    ([A-Z_]+)="postgresql\+psycopg://(\w+):PASSWORD@', CHAPTER, re.MULTILINE)
)


@pytest.fixture
def suffix(app: Flask, database: Database, engine_name: str) -> Iterator[str]:
    """The chapter's commands, given; what follows the names of roles, which all databases of a server share."""
    if engine_name == "sqlite":
        pytest.skip("SQLite has no roles")
    mark = f"_{os.getpid()}"
    for words in MADE:
        _as_postgres(f"{words}{mark}", database.url)
    try:
        for words in GRANTED * 2:  # after an upgrade they are given again
            found = re.sub(r"(palvelutori_\w+)", rf"\1{mark}", words).split()
            result = CliRunner().invoke(command, found, obj=app)
            assert result.exit_code == 0, result.output
        yield mark
    finally:
        with database.transaction() as session:
            for role in ADDRESSES.values():
                session.execute(sa.text(f"DROP OWNED BY {role}{mark}"))
                session.execute(sa.text(f"DROP ROLE {role}{mark}"))


def _as_postgres(words: str, url: sa.URL) -> None:
    """What the operator types as the user postgres, and the password twice; without a terminal it is read from here."""
    program, *more = words.split()
    where = {"PGHOST": str(url.query["host"]), "PGUSER": str(url.username)}
    subprocess.run(
        [str(binaries() / program), *more],
        env={**os.environ, **where}, input="geheim\ngeheim\n", text=True, check=True, capture_output=True,
        start_new_session=True,
    )  # fmt: skip


def environment(url: sa.URL, mark: str, folder: Path) -> dict[str, str]:
    """The settings of the chapter for what serves, with this server's address."""
    addresses = {
        name: url.set(username=role + mark, password="geheim").render_as_string(hide_password=False)
        for name, role in ADDRESSES.items()
    }
    return {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(folder),
        "SECRET_KEY": "the secret of a portal with three roles",
        **addresses,
    }


def test_the_chapter_has_a_role_for_what_serves_and_one_for_what_reads() -> None:
    assert ADDRESSES.keys() == {"DATABASE_URL", "READ_URL"}
    assert [words.split()[-1] for words in MADE] == list(ADDRESSES.values())
    assert len(GRANTED) == len(MADE)


def test_the_portal_runs_under_the_role_that_serves(suffix: str, database: Database, tmp_path: Path) -> None:
    serving = environment(database.url, suffix, tmp_path)
    run_commands(("worker", "--once"), ("index", "status"), environment=serving)
    opened = Database(serving["DATABASE_URL"])
    try:
        with opened.transaction() as session:
            work_of(session).record(Tried.EVENT, ("Thing", 1))
        with opened.writing_session() as session, pytest.raises(sa.exc.ProgrammingError, match="denied"):
            session.execute(sa.text("DELETE FROM audit_events"))
        with (
            opened.writing_session() as session,
            pytest.raises(sa.exc.ProgrammingError, match="must be owner"),
        ):
            session.execute(sa.text("DROP TABLE audit_events CASCADE"))
    finally:
        opened.dispose()


def test_the_role_that_reads_changes_nothing(suffix: str, database: Database, tmp_path: Path) -> None:
    url = environment(database.url, suffix, tmp_path)["READ_URL"]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert tables
        for (table,) in tables:
            connection.execute(f"SELECT count(*) FROM {table}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}".encode())
