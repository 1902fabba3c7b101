"""PgBouncer in transaction mode, with the configuration in `deploy/`, between the portal and PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from marketplace.config import ROOT
from marketplace.db import Database, Watch
from scripts.postgres import owner_of
from tests.journeys.conftest import free_port

CLIENTS, TURNS = 12, 12


@pytest.fixture(scope="module")
def pooled_url() -> Iterator[str]:
    """The address of a pooler that shares two connections to the tests' PostgreSQL among all clients."""
    server = make_url(os.environ["TEST_POSTGRES_URL"])
    folder, port = Path(mkdtemp(prefix="pgbouncer-")), free_port()
    changes = {
        r"^\* = .*": f"* = host={server.query['host']} user={server.username}",
        r"^listen_port = .*": f"listen_port = {port}",
        r"^auth_type = .*": "auth_type = any",
        r"^auth_file = .*\n": "",
        r"^default_pool_size = .*": "default_pool_size = 2",
    }
    text = (ROOT / "deploy" / "pgbouncer.ini").read_text("utf-8")
    for shipped, here in changes.items():
        text, count = re.subn(shipped, here, text, flags=re.MULTILINE)
        assert count == 1, shipped
    (folder / "pgbouncer.ini").write_text(text + "unix_socket_dir =\n", "utf-8")
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    process = subprocess.Popen([program, str(folder / "pgbouncer.ini")], cwd="/", **owner_of(folder))
    url = f"postgresql+psycopg://{server.username}@127.0.0.1:{port}/{server.database}"
    try:
        for _ in range(100):
            try:
                with sa.create_engine(url, poolclass=sa.NullPool).connect():
                    break
            except sa.exc.OperationalError:
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def work(database: Database) -> None:
    """Reads, writes, locks and one state of the whole database, the same statements many times."""
    with database.transaction() as session:
        session.execute(sa.text("CREATE TABLE IF NOT EXISTS pooled (id int PRIMARY KEY, count int)"))
        session.execute(sa.text("INSERT INTO pooled VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET count = 0"))

    def turns(_client: int) -> None:
        for _ in range(TURNS):
            with database.transaction() as session:
                count = session.scalar(
                    sa.text("SELECT count FROM pooled WHERE id = :id FOR UPDATE"), {"id": 1}
                )
                session.execute(sa.text("UPDATE pooled SET count = :n WHERE id = 1"), {"n": (count or 0) + 1})
            with database.read() as session:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                session.scalar(sa.text("SELECT count FROM pooled WHERE id = :id"), {"id": 1})

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(turns, range(CLIENTS)))
    with database.read() as session:
        assert session.scalar(sa.text("SELECT count FROM pooled WHERE id = 1")) == CLIENTS * TURNS


def test_the_portal_works_over_a_pooler_in_transaction_mode(pooled_url: str) -> None:
    database = Database(pooled_url, pool=CLIENTS + 3, pooled=True)
    work(database)
    watch = Watch(database)
    assert watch.has_changed()
    assert not watch.has_changed()
    with database.transaction() as session:
        session.execute(sa.text("UPDATE pooled SET count = 7"))
    assert watch.has_changed()
    watch.close()
    database.dispose()


def test_without_the_setting_it_would_not(pooled_url: str) -> None:
    clients = [Database(pooled_url) for _ in range(2)]

    def take_turns() -> None:
        for number in range(2 * TURNS):
            with clients[number % 2].transaction() as session:
                session.scalar(sa.text("SELECT :number + 1"), {"number": number})

    with pytest.raises(sa.exc.DBAPIError, match="prepared statement"):
        take_turns()
    for client in clients:
        client.dispose()
