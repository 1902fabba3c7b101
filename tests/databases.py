"""Databases of tests: each is a copy of one migrated template, and all copies of a worker are reached by one engine.

Making an engine, asking the server what it is and compiling every statement again cost more than most tests do.
"""

from __future__ import annotations

import functools
import os
import shutil
import uuid
from pathlib import Path
from typing import Any, Final, Self

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from marketplace.db import Database


class SharedEngine:
    """The one engine of a kind of database, which opens its connections where it is pointed.

    What the library has compiled for one test's database stays good for the next one's.
    """

    def __init__(self, url: str) -> None:
        """`url` is that of any database of the kind."""
        self._database: Final = Database(url)
        self._place = self._database.url.database
        event.listen(self._database.engine, "do_connect", self._lead)
        if self._database.url.get_backend_name() == "sqlite":
            event.listen(self._database.engine, "connect", _never_wait_for_the_disk)

    def _lead(self, _dialect: object, _record: object, args: list[Any], parameters: dict[str, Any]) -> None:
        """Replace the name of the database in what a connection is opened with."""
        if args:
            args[0] = self._place
        else:
            parameters["dbname"] = self._place

    def open(self, url: str) -> Database:
        """The database at `url`. The one that was open before must not be used any more."""
        place = sa.make_url(url).database
        if place != self._place:
            self._database.dispose()
            self._place = place
        return _Opened.at(url, self._database)

    def dispose(self) -> None:
        """Close every connection."""
        self._database.dispose()


class _Opened(Database):
    """A database that borrows its engine."""

    @classmethod
    def at(cls, url: str, lender: Database) -> Self:
        opened = cls.__new__(cls)
        opened.url, opened.info = sa.make_url(url), {}
        opened.engine, opened.writer = lender.engine, lender.writer
        return opened


def _never_wait_for_the_disk(connection: Any, _record: object) -> None:
    """No test's database outlives the machine."""
    connection.execute("PRAGMA synchronous=OFF")


def new_database(engine_name: str, folder: Path) -> str:
    """The URL of a new database without tables."""
    if engine_name == "sqlite":
        return f"sqlite:///{folder / 'template.sqlite'}"
    name = f"template_{uuid.uuid4().hex}"
    _server().execute(f"CREATE DATABASE {name}".encode())
    return (
        sa.make_url(os.environ["TEST_POSTGRES_URL"]).set(database=name).render_as_string(hide_password=False)
    )


def copy_database(url: str, target: Path) -> str:
    """The URL of a copy: the file `target` on SQLite, a database of a new name on the server."""
    source = sa.make_url(url)
    if source.get_backend_name() == "sqlite":
        shutil.copy(str(source.database), target)
        return f"sqlite:///{target}"
    name = f"copy_{uuid.uuid4().hex}"
    _server().execute(f"CREATE DATABASE {name} TEMPLATE {source.database} STRATEGY FILE_COPY".encode())
    return source.set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Drop a database on the server; a SQLite file goes with its folder."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        _server().execute(f"DROP DATABASE IF EXISTS {parsed.database} WITH (FORCE)".encode())


@functools.cache
def _server() -> psycopg.Connection:
    """The connection on which this process makes and drops databases; the server closes it when it ends."""
    address = sa.make_url(os.environ["TEST_POSTGRES_URL"]).set(drivername="postgresql")
    return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)
