"""What every test builds on: a migrated database per engine, the application, people who sign in.

Tests that touch the database run on SQLite, and on PostgreSQL too when TEST_POSTGRES_URL names a server (the test
target starts one). The tables are migrated once per worker; each database is a copy of that template.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.accounts.sessions.service import open_session
from marketplace.app import create_app, wire
from marketplace.cli import alembic_config
from marketplace.config import Settings
from marketplace.db import Database
from marketplace.pilots.content import definition_files
from marketplace.pilots.service import load
from tests import factories
from tests.approval_states import guard_approvals
from tests.browsers import browser, context, page
from tests.letters import follow_links
from tests.own_content import own
from tests.trail import demand_words
from tests.work import work_of

wire()
demand_words()
follow_links()
guard_approvals()
hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no mistake of the code
hypothesis.settings.load_profile("patient")

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AFTER_EVERY_TEST = datetime(2100, 1, 1, tzinfo=UTC)
ENGINES = ["sqlite", *(["postgresql"] if os.environ.get("TEST_POSTGRES_URL") else [])]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that touches the database on each engine, unless it names the engines itself."""
    named = any("engine_name" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine_name" in metafunc.fixturenames and not named:
        engines = ENGINES[:1] if metafunc.definition.get_closest_marker("embedded") else ENGINES
        metafunc.parametrize("engine_name", engines, scope="session", indirect=True)


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    return str(request.param)


@pytest.fixture(scope="session")
def template_database(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated database with the pilots loaded, to be copied and never written to."""
    url = new_database(engine_name, tmp_path_factory.mktemp("template"))
    command.upgrade(alembic_config(url), "head")
    database = Database(url)
    with database.transaction() as session:
        load(work_of(session), definition_files(shipped=True))
    database.dispose()
    yield url
    drop_database(url)


@pytest.fixture
def database_url(template_database: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh copy of the template, the test's own."""
    copy = copy_database(template_database, tmp_path / "test.sqlite")
    yield copy
    drop_database(copy)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of the test's own, pilots loaded."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def shared_database(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database per worker and engine for tests whose transaction is rolled back."""
    copy = copy_database(template_database, tmp_path_factory.mktemp("shared") / "shared.sqlite")
    database = Database(copy)
    yield database
    database.dispose()
    drop_database(copy)


@pytest.fixture
def session(shared_database: Database, core_app: Flask) -> Iterator[Session]:
    """A session for services: everything the test does is rolled back. Templates (mail, PDF) work."""
    with core_app.app_context(), shared_database.writing_session() as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session")
def core_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application on an empty in-memory database, for templates and the command line's shell."""
    return create_app(settings_for("sqlite://", tmp_path_factory.mktemp("core")))


@pytest.fixture(scope="session")
def wired_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application of all page tests: wiring it and compiling its templates costs more than most tests."""
    app = create_app(settings_for("sqlite://", tmp_path_factory.mktemp("wired")))
    app.config["TESTING"] = True
    return app


@pytest.fixture
def app(wired_app: Flask, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal on a database of its own; its clock stands at NOW. What a test changes on it is put back."""
    kept = [(each, dict(each)) for each in (wired_app.extensions, wired_app.config, wired_app.view_functions)]
    database = Database(database_url)
    wired_app.extensions |= {
        "settings": settings_for(database_url, tmp_path),
        "database": database,
        "clock": lambda: NOW,
    }
    yield wired_app
    database.dispose()
    for changed, before in kept:
        changed.clear()
        changed.update(before)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript; forms are sent with `post_form`."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[FlaskClient, User], None]:
    """Sign a person in on a client without going through the page.

    The session does not run out: a test that moves the clock by months is about something else than signing in anew.
    """

    def enter(client: FlaskClient, user: User) -> None:
        with app.extensions["database"].transaction() as session:
            token = open_session(session, user, agent="", now=AFTER_EVERY_TEST)
        client.set_cookie(SESSION_COOKIE, token)

    return enter


def settings_for(url: str, folder: Path) -> Settings:
    """Settings of a test portal whose files live in `folder`."""
    return Settings(
        database_url=url,
        secret_key="a secret for tests only, long enough to be accepted",
        data_dir=folder,
        mail_url=f"file://{folder / 'mail'}",
        public_url="http://localhost",
    )


def new_database(engine_name: str, folder: Path) -> str:
    """The URL of a new database without tables."""
    if engine_name == "sqlite":
        return f"sqlite:///{folder / 'template.sqlite'}"
    name = f"template_{uuid.uuid4().hex}"
    _on_server(f"CREATE DATABASE {name}")
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
    _on_server(f"CREATE DATABASE {name} TEMPLATE {source.database} STRATEGY FILE_COPY")
    return source.set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Drop a database on the server; a SQLite file goes with its folder."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        _on_server(f"DROP DATABASE IF EXISTS {parsed.database} WITH (FORCE)")


def _on_server(statement: str) -> None:
    engine = sa.create_engine(
        os.environ["TEST_POSTGRES_URL"], isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


__all__ = ["NOW", "browser", "context", "factories", "own", "page"]
