"""How connections are opened and set up: to embedded SQLite, or to a server of PostgreSQL through psycopg 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import OperationalError

from marketplace import sorting
from marketplace.config import ConfigurationError

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a SQLite writer waits for another one before giving up."""

LOCK_TIMEOUT: Final = "lock_timeout"
"""The execution option that says how many milliseconds a transaction waits for a lock."""


def engine_of(url: sa.URL, pool: int, *, pooled: bool) -> Engine:
    """What opens connections to a database, each set up as the portal needs it.

    `pool` and `pooled` are those of `Database`, and say nothing to SQLite. Connecting raises ConfigurationError for a
    database of PostgreSQL that does not keep UTF-8.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    return _server_engine(url, pool, pooled=pooled)


def _sqlite_engine(url: sa.URL) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        # SQLite's own know the case of ASCII only: "åbo" would not find "Åbo".
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.create_collation(sorting.COLLATION, sorting.compared)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        with _waiting(connection, options.get(LOCK_TIMEOUT)):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("immediate", False) else "BEGIN")

    return engine


@contextmanager
def _waiting(connection: Connection, milliseconds: int | None) -> Iterator[None]:
    """Let a connection to SQLite wait so long for the write lock, which a transaction takes when it begins."""
    if milliseconds is None:
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={milliseconds}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _lower(value: Any) -> Any:
    """What PostgreSQL's own gives."""
    return value.lower() if isinstance(value, str) else value


KEPT_CONNECTIONS: Final = 5
"""So many connections of a process stay open; more are closed after use."""

_KEEPALIVES: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
_GIVEN_UP: Final = {**_KEEPALIVES, "tcp_user_timeout": 20_000, "connect_timeout": 10}
"""How soon a database is given up that is gone without a word, as when its machine loses power: in 20 seconds, and not
in the quarter of an hour that the system takes. What the address says goes first.
"""

_LETS_GO: Final = "SELECT set_config('tcp_user_timeout', '20000', false)" + "".join(
    f", set_config('tcp_{name}', '{value}', false)" for name, value in _KEEPALIVES.items()
)
"""Asks the same of the database: locks of a machine that is gone are free in 20 seconds, and not in two hours."""


_READ_ONLY: Final = "25006"
"""What PostgreSQL answers (SQLSTATE) to a change while it takes none: its disk is full, or another machine leads now.
Such a server counts as one that is away, as a file that takes no changes does on SQLite.
"""


def _server_engine(url: sa.URL, pool: int, *, pooled: bool) -> Engine:
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=KEPT_CONNECTIONS,
        max_overflow=pool - KEPT_CONNECTIONS,
        hide_parameters=True,
        connect_args={
            **{name: value for name, value in _GIVEN_UP.items() if name not in url.query},
            **({"prepare_threshold": None} if pooled else {}),
        },
    )

    @event.listens_for(engine, "connect", insert=True)  # before the library asks, which fails without a word
    def _refuse_bytes(connection: Any, _record: Any) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise ConfigurationError(
                f"the database {url.database} keeps texts as {encoding}, the portal needs UTF8: create it again with "
                f"createdb -E UTF8 -T template0 {url.database}"
            )

    @event.listens_for(engine, "connect")
    def _let_go(connection: Any, _record: Any) -> None:
        connection.execute(_LETS_GO)
        connection.commit()

    @event.listens_for(engine, "handle_error", retval=True)
    def _read_only_is_away(context: ExceptionContext) -> OperationalError | None:
        if getattr(context.original_exception, "sqlstate", None) != _READ_ONLY:
            return None
        return OperationalError(context.statement, None, context.original_exception, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if milliseconds := connection.get_execution_options().get(LOCK_TIMEOUT):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")

    return engine
