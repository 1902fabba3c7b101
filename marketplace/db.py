"""The database: sessions, the declarative base and its column types.

SQLite runs embedded, PostgreSQL through psycopg 3; the same models and migrations serve both.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Concatenate, Final, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
)
from sqlalchemy.types import TypeDecorator

from marketplace.connections import LOCK_TIMEOUT, engine_of
from marketplace.money import Money

BRIEFLY_MS = 250
"""How long what may be left undone waits for a lock, on either database."""

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def among(column: str, values: Iterable[str]) -> str:
    """The SQL condition that the column holds one of the values, as constraints and partial indexes spell it."""
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))


def one_of(column: str, values: Iterable[str], name: str) -> sa.CheckConstraint:
    """A constraint: the column holds one of the values (an enum is the sum of its own), or nothing where it may."""
    return sa.CheckConstraint(among(column, values), name=name)


class UnknownValue(LookupError):
    """The database, or a caller, names a value that the column's enum does not have."""


class EnumColumn(TypeDecorator[StrEnum]):
    """A member of a `StrEnum`, kept as its text: `Mapped[ApprovalState]` is enough, by the base's map of types.

    Anything else is refused on both ways, by UnknownValue. `length` is for columns that were made with one.
    """

    impl: sa.types.TypeEngine[Any] | type[sa.types.TypeEngine[Any]] = sa.Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum] = StrEnum, length: int | None = None) -> None:
        super().__init__()
        self.kind, self.length = kind, length
        if length is not None:
            self.impl = sa.String(length)

    def _resolve_for_python_type(self, python_type: Any, *_matched: Any) -> EnumColumn:
        """What the base's map of types gives for an enum: SQLAlchemy asks here, as it asks its own `Enum`."""
        return EnumColumn(python_type)

    def _member(self, value: str | None) -> StrEnum | None:
        try:
            return None if value is None else self.kind(value)
        except ValueError:
            raise UnknownValue(f"{value!r} is no {self.kind.__name__}") from None

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        member = self._member(value)
        return None if member is None else member.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return self._member(value)


class MoneyColumn(TypeDecorator[Money]):
    """Money kept as a whole number of cents; sums of it too, which PostgreSQL gives as decimals."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.cents

    def process_result_value(self, value: int | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(int(value))


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on both sides, UTC in the database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must carry its time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table; constraints get predictable names so that migrations can speak of them."""

    __audit_name__: ClassVar[str]
    """What the audit trail calls a thing of this class, for ever: set where events are written about it."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        Money: MoneyColumn,
        datetime: UtcDateTime,
        date: sa.Date,
        str: sa.Text,
        StrEnum: EnumColumn(),
        list[str]: Json,
        list[dict[str, Any]]: Json,
        dict[str, Any]: Json,
    }


class Revised:
    """What a table has whose rows go through a workflow: a revision that counts up with every change.

    A row that has changed since it was read is not written over (StaleDataError, which people see as a conflict). This
    is the second net; the first is that verbs lock what they change (`for_change`).
    """

    revision: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.revision}


def for_change(model: type[Base]) -> dict[str, Any]:
    """How the row of a thing is read that is going to be changed: locked until the transaction ends.

    For the argument `with_for_update`. Rows that only refer to the thing can be added meanwhile (FOR NO KEY UPDATE).
    Everybody locks in one order, so that nobody waits for who waits for him: people, a mandate, a company, its
    applications, its approvals and their measures, its offers; of equals by number. The ends of the audit chains come
    last of all.
    """
    return {"of": model, "key_share": True}


@event.listens_for(Session, "do_orm_execute")
def read_anew(asked: ORMExecuteState) -> None:
    """Read again what is locked, also where the session has read it before: it may have changed until the lock came.

    `Session.get` would compare revisions instead and raise StaleDataError, though who waited has written nothing yet.
    """
    if getattr(asked.statement, "_for_update_arg", None) is not None:
        anew = asked.load_options + {"_populate_existing": True, "_version_check": False}
        asked.update_execution_options(_sa_orm_load_options=anew)


_ASKED: Final = "asked"
P = ParamSpec("P")
R = TypeVar("R")


def keep_answers(session: Session) -> Session:
    """Let a session that reads for one page, and changes nothing, keep what its parts have asked (`asked_once`)."""
    session.info[_ASKED] = {}
    return session


def asked_once(query: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """A query that several parts of a page ask, each for itself: the database is asked once a page."""

    @functools.wraps(query)
    def ask(session: Session, /, *args: P.args, **given: P.kwargs) -> R:
        kept = session.info.get(_ASKED)
        if kept is None:
            return query(session, *args, **given)
        key = query, args, tuple(sorted(given.items()))
        if key not in kept:
            kept[key] = query(session, *args, **given)
        return cast(R, kept[key])

    return ask


class Database:
    """One database and the two ways into it: `read` for looking, `transaction` for one change that holds or not."""

    copy: Engine | None = None

    def __init__(
        self,
        url: str,
        info: Mapping[str, Any] | None = None,
        *,
        pool: int = 15,
        pooled: bool = False,
        copy_url: str = "",
    ) -> None:
        """`info` is what every session carries in `Session.info`, for example the keys of the audit trail.

        `pool` is the most connections of a process to PostgreSQL, at least as many as it has threads; `pooled` says
        that PgBouncer stands between in transaction mode, where nothing is prepared on a connection for the next time.
        `copy_url` is a standby that is a moment behind, for reports; without one they read the database itself.
        """
        self.url = sa.make_url(url)
        self.info = dict(info or {})
        self.engine = engine_of(self.url, pool, pooled=pooled)
        self.writer = self.engine.execution_options(immediate=True)
        if copy_url:
            self.copy = engine_of(sa.make_url(copy_url), pool, pooled=pooled)
        for engine in filter(None, (self.engine, self.copy)):
            weakref.finalize(self, engine.dispose)  # whoever lets go of a database leaves no connection open

    def reading_session(self) -> Session:
        """A session for reads; nothing it does is committed."""
        return Session(self.engine, expire_on_commit=False, info=self.info)

    def report_session(self) -> Session:
        """A session for reads that may be a moment behind: on the copy, while that one answers."""
        engine = self.copy if self.copy is not None and not self.copy_problem() else self.engine
        return Session(engine, expire_on_commit=False, info=self.info)

    def copy_problem(self) -> str | None:
        """What the copy (without one, the database) says when it does not answer, in a line; None when it does."""
        try:
            (self.copy or self.engine).connect().close()
        except DBAPIError as error:
            return first_line(error)
        return None

    def writing_session(self) -> Session:
        """A session whose transaction holds the write lock from its first statement on SQLite."""
        return Session(self.writer, expire_on_commit=False, info=self.info)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that is rolled back and closed at the end."""
        with self.reading_session() as session:
            yield session

    @contextmanager
    def transaction(self, *, briefly: bool = False) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        `briefly`: for what may be left undone; a lock that is not free within BRIEFLY raises OperationalError.
        """
        with self.writing_session() as session, session.begin():
            if briefly:
                session.connection(execution_options={LOCK_TIMEOUT: BRIEFLY_MS})
            yield session

    @property
    def connections_in_use(self) -> int:
        """How many connections of this process are with somebody at this moment."""
        pool: Any = self.engine.pool
        return int(pool.checkedout()) if hasattr(pool, "checkedout") else 0

    def dispose(self) -> None:
        """Close every pooled connection, for example before a fork."""
        for engine in filter(None, (self.engine, self.copy)):
            engine.dispose()


class Watch:
    """Tells at next to no cost whether anything has been committed to a database since it was last asked.

    For one thread. It may say yes without a reason, and never no when there is one.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._connection: sa.PoolProxiedConnection | None = None
        self._seen: object = None

    def has_changed(self) -> bool:
        """Whether something has, also when the database does not answer; true at the first call."""
        try:
            seen = self._state()
        except (DBAPIError, self._engine.dialect.loaded_dbapi.Error):
            self.close()
            return True
        changed, self._seen = seen != self._seen, seen
        return changed

    def _state(self) -> object:
        """SQLite counts what other connections commit; PostgreSQL names the transactions that a reader sees."""
        sqlite = self._engine.dialect.name == "sqlite"
        if self._connection is None:
            connection = self._engine.raw_connection()
            if not sqlite:
                connection.driver_connection.autocommit = True  # type: ignore[union-attr]
            connection.detach()
            self._connection = connection
        cursor = self._connection.cursor()
        try:
            cursor.execute("PRAGMA data_version" if sqlite else "SELECT pg_current_snapshot()::text")
            return cursor.fetchone()
        finally:
            cursor.close()

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        connection, self._connection, self._seen = self._connection, None, None
        if connection is not None:
            with suppress(self._engine.dialect.loaded_dbapi.Error):
                connection.close()


def first_line(error: DBAPIError) -> str:
    """What a database or its driver says went wrong, in one line."""
    lines = str(error.orig or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


DEADLOCK, SERIALISATION = "40P01", "40001"
"""What PostgreSQL answers (SQLSTATE) when it has ended one of several transactions that stood in each other's way."""


def may_be_repeated(error: BaseException) -> bool:
    """Whether a transaction failed only because of others at the same time: nothing of it holds, and done once more it
    goes through.
    """
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in {
        DEADLOCK,
        SERIALISATION,
    }


def insert_missing(session: Session, model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless one with its key is there already, and say whether it did; two at once insert it once."""
    row = _insert_of(session, model).values(**values).on_conflict_do_nothing().returning(sa.literal(1))
    return session.execute(row).first() is not None


def add_up(
    session: Session, model: type[Base], key: dict[str, Any], values: dict[str, Any], number: str
) -> None:
    """Insert a row with its unique key, or add the value named `number` to the row that is there already."""
    row = _insert_of(session, model).values(**key, **values)
    total = getattr(model, number) + values[number]
    session.execute(row.on_conflict_do_update(index_elements=list(key), set_={number: total}))


def _insert_of(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model)
    return sqlite.insert(model)


@contextmanager
def through_indexes(session: Session) -> Iterator[None]:
    """Inside the block PostgreSQL finds every row through an index: for transactions that add rows by thousands.

    It plans the look at what a foreign key refers to once and keeps the plan. Made while that table is empty, the plan
    reads the table whole, and goes on doing so for each of a million rows that the same transaction adds.
    """
    by_index = session.get_bind().dialect.name == "postgresql"
    if by_index:
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        session.execute(sa.text("DISCARD PLANS"))
    yield
    if by_index:
        session.execute(sa.text("SET LOCAL enable_seqscan = DEFAULT"))
