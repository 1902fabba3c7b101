"""How each database is written to one file as it is at one moment, and read from it again."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database

DUMP: Final = "database.dump"
"""The file of a backup that holds the database."""


class ToolFailed(Exception):
    """A program of the database is missing or has failed; the message is one line of English."""


class Dumping(Protocol):
    """What can be done with a database of one kind."""

    def dump(self, database: Database, session: Session, target: Path) -> None:
        """Write to `target` what `session` sees, which stands in a transaction that sees one state."""

    def load(self, url: sa.URL, dump: Path) -> None:
        """Fill the empty database at `url`."""

    def aside(self, url: sa.URL, folder: Path) -> AbstractContextManager[sa.URL]:
        """The address of a new empty database beside that of `url`, for the time of a block."""


class _Sqlite:
    def dump(self, database: Database, session: Session, target: Path) -> None:
        """The library's own copying sees the state that the session's read transaction holds."""
        source = session.connection().connection.driver_connection
        assert isinstance(source, sqlite3.Connection)  # noqa: S101 - the driver of this engine
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)

    def load(self, url: sa.URL, dump: Path) -> None:
        with closing(sqlite3.connect(dump)) as source, closing(sqlite3.connect(url.database or "")) as target:
            source.backup(target)

    @contextmanager
    def aside(self, url: sa.URL, folder: Path) -> Iterator[sa.URL]:
        yield url.set(database=str(folder / "drill.sqlite"))


class _Postgres:
    def dump(self, database: Database, session: Session, target: Path) -> None:
        snapshot = session.scalar(sa.text("SELECT pg_export_snapshot()"))
        _run("pg_dump", database.url, "--format=custom", f"--snapshot={snapshot}", f"--file={target}")

    def load(self, url: sa.URL, dump: Path) -> None:
        _run(
            "pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(dump)
        )

    @contextmanager
    def aside(self, url: sa.URL, folder: Path) -> Iterator[sa.URL]:
        name = f"drill_{uuid.uuid4().hex}"
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield url.set(database=name)
        finally:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


ENGINES: Final[Mapping[str, Dumping]] = {"sqlite": _Sqlite(), "postgresql": _Postgres()}


def _run(program: str, url: sa.URL, *words: str) -> None:
    """Run a program of PostgreSQL on the database at `url`; the password is not among its words. Raises ToolFailed."""
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with words of its own
            [program, f"--dbname={address}", *words],
            env={**os.environ, **secret},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolFailed(
            f"{program} is not installed: apt-get install postgresql-client, of the server's version or newer"
        ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise ToolFailed(f"{program} failed: {lines[0]}")
