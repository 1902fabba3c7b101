"""Columns of enums: what is kept and what is refused; and what a page asks the database once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from marketplace.connections import BUSY_TIMEOUT_MS
from marketplace.db import (
    BRIEFLY_MS,
    Base,
    Database,
    EnumColumn,
    UnknownValue,
    among,
    asked_once,
    for_change,
    keep_answers,
    through_indexes,
)
from marketplace.providers.models import Provider
from marketplace.providers.rules import ProviderState
from tests.conftest import ENGINES
from tests.factories import make_provider


def test_the_annotation_of_an_enum_is_enough_for_its_column() -> None:
    kept = Base.metadata.tables["providers"].c.state.type
    assert isinstance(kept, EnumColumn)
    assert kept.kind is ProviderState
    assert isinstance(kept.impl, sa.Text)


def test_a_member_is_kept_as_its_text_and_comes_back_as_itself(session: Session) -> None:
    provider = make_provider(session, state=ProviderState.PAUSED)
    session.expire_all()
    assert provider.state is ProviderState.PAUSED
    assert (
        session.scalar(sa.text("SELECT state FROM providers WHERE id = :id"), {"id": provider.id}) == "paused"
    )


def test_an_unknown_value_is_refused_before_it_reaches_the_database(session: Session) -> None:
    with pytest.raises(StatementError, match="'asleep' is no ProviderState"):
        session.scalars(sa.select(Provider).where(Provider.state == "asleep")).all()


def test_an_unknown_value_in_the_database_is_named_when_it_is_read(session: Session) -> None:
    asleep = sa.select(sa.type_coerce(sa.literal_column("'asleep'"), EnumColumn(ProviderState)))
    with pytest.raises(UnknownValue, match="'asleep' is no ProviderState"):
        session.scalar(asleep)


def test_nothing_stays_nothing(session: Session) -> None:
    assert session.scalar(sa.select(sa.type_coerce(sa.null(), EnumColumn(ProviderState)))) is None


def test_a_condition_names_the_values_as_the_tables_spell_them() -> None:
    assert among("state", ProviderState) == "state IN ('active', 'paused', 'left')"


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", [name for name in ENGINES if name != "sqlite"], indirect=True)
@pytest.mark.parametrize("helped", [True, False])
def test_many_rows_at_once_are_checked_through_the_index_of_a_table_that_was_empty(
    database_url: str, helped: bool
) -> None:
    database = Database(database_url)
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE heads (id integer PRIMARY KEY)"))
        session.execute(sa.text("CREATE TABLE rows (head integer NOT NULL REFERENCES heads (id))"))
        session.execute(sa.text("ANALYZE heads"))
    whole = sa.text("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'heads'")
    with database.transaction() as session:
        before = session.scalar(whole)
        for number in range(20):
            with through_indexes(session) if helped else nullcontext():
                session.execute(sa.text("INSERT INTO heads VALUES (:number)"), {"number": number})
                session.execute(sa.text("INSERT INTO rows VALUES (:number)"), {"number": number})
        assert (session.scalar(whole) == before) is helped
        assert session.scalar(sa.text("SHOW enable_seqscan")) == "on"
    database.dispose()


def test_a_page_asks_once_and_whoever_changes_something_asks_each_time(session: Session) -> None:
    asked: list[tuple[int, bool]] = []

    @asked_once
    def query(_session: Session, number: int, *, whole: bool = False) -> int:
        asked.append((number, whole))
        return number

    for _turn in range(2):
        assert query(session, 1) == 1
    assert asked == [(1, False)] * 2
    page = keep_answers(Session(session.connection()))
    for _turn in range(2):
        assert [query(page, 1), query(page, 2), query(page, 1, whole=True)] == [1, 2, 1]
    assert asked[2:] == [(1, False), (2, False), (1, True)]


def test_a_database_that_is_gone_is_given_up_soon_and_the_address_may_say_when() -> None:
    """How soon it is in fact: tests/cluster/test_lost_machines.py."""

    class Asked(Exception):
        pass

    def asked_of(url: str) -> dict[str, Any]:
        database, seen = Database(url), dict[str, Any]()

        @sa.event.listens_for(database.engine, "do_connect")
        def _look(_dialect: object, _record: object, _words: object, given: dict[str, Any]) -> None:
            seen.update(given)
            raise Asked

        with pytest.raises(Asked), database.read() as session:
            session.execute(sa.text("SELECT 1"))
        return seen

    address = "postgresql+psycopg://portal@127.0.0.1/portal"
    assert asked_of(address)["tcp_user_timeout"] == 20_000
    assert str(asked_of(f"{address}?tcp_user_timeout=5000")["tcp_user_timeout"]) == "5000"


def test_what_is_locked_is_read_again(session: Session) -> None:
    provider = make_provider(session, official_name="Ennen Oy")

    def renamed(name: str) -> None:
        """Another one changes it; the session has read it before."""
        told = sa.update(Provider).where(Provider.id == provider.id).values(official_name=name)
        session.execute(told, execution_options={"synchronize_session": False})

    renamed("Nyt Oy")
    assert session.get_one(Provider, provider.id).official_name == "Ennen Oy"
    session.get_one(Provider, provider.id, with_for_update=for_change(Provider))
    assert provider.official_name == "Nyt Oy"
    renamed("Taas Oy")
    session.scalars(sa.select(Provider).where(Provider.id == provider.id).with_for_update()).one()
    assert provider.official_name == "Taas Oy"


def test_what_may_be_left_undone_waits_for_no_lock(database: Database) -> None:
    """On either database; what must be done waits on afterwards, also on the same connection."""
    with database.transaction() as session:
        provider = make_provider(session, official_name="Ennen Oy").id
    renamed = sa.update(Provider).where(Provider.id == provider).values(official_name="Nyt Oy")
    held, ending = threading.Event(), threading.Event()

    def hold() -> None:
        with database.transaction() as holding:
            holding.get_one(Provider, provider, with_for_update=for_change(Provider))
            held.set()
            ending.wait(20)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold)
        assert held.wait(20)
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError), database.transaction(briefly=True) as session:
            session.execute(renamed)
        assert time.monotonic() - began < BUSY_TIMEOUT_MS / 2000
        threading.Timer(2 * BRIEFLY_MS / 1000, ending.set).start()
        with database.transaction() as session:
            session.execute(renamed)
        holder.result()


def test_a_database_that_takes_no_changes_is_one_that_is_away(database: Database) -> None:
    """So pages say that it is (503) and the worker rests, instead of blaming what it was doing."""
    stop, go_on = {
        "sqlite": ("PRAGMA query_only=ON", "PRAGMA query_only=OFF"),
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    }[database.engine.dialect.name]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(stop)
        with (
            pytest.raises(sa.exc.OperationalError, match=r"read.?only"),
            Session(connection) as session,
        ):
            make_provider(session)
        connection.exec_driver_sql(go_on)


@pytest.mark.parametrize("way", ["get", "refresh", "query"])
def test_what_is_locked_is_as_it_is_by_now_whichever_way_it_is_asked_for(session: Session, way: str) -> None:
    """Also a row with a revision that has changed since the session read it: nothing has been written over yet."""
    provider = make_provider(session)
    another = sa.text("UPDATE providers SET state = 'paused', revision = revision + 1 WHERE id = :id")
    session.execute(another, {"id": provider.id})
    how = for_change(Provider)
    if way == "get":
        session.get(Provider, provider.id, with_for_update=how)
    elif way == "refresh":
        session.refresh(provider, with_for_update=how)
    else:
        session.scalars(sa.select(Provider).where(Provider.id == provider.id).with_for_update(**how)).one()
    assert provider.state is ProviderState.PAUSED
    provider.state = ProviderState.ACTIVE
    session.flush()
