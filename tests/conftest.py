"""What every test builds on: a migrated database per engine, the application, people who sign in.

Tests that touch the database run on SQLite, and on PostgreSQL too when TEST_POSTGRES_URL names a server (the test
target starts one). The tables are migrated once per worker; each database is a copy of that template.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
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
from tests.databases import SharedEngine, copy_database, drop_database, new_database
from tests.division import divide, walks_first
from tests.hearing import Hearing
from tests.letters import follow_links
from tests.once import common_folder
from tests.own_content import own
from tests.pace import Pace
from tests.quick_hashes import hash_quickly
from tests.trail import demand_words
from tests.work import work_of

wire()
demand_words()
follow_links()
guard_approvals()
hash_quickly()
hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no mistake of the code
hypothesis.settings.load_profile("patient")

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AFTER_EVERY_TEST = datetime(2100, 1, 1, tzinfo=UTC)
ENGINES = ["sqlite", *(["postgresql"] if os.environ.get("TEST_POSTGRES_URL") else [])]


def pytest_configure(config: pytest.Config) -> None:
    """Hear what is written; with `--durations` tell what the rooms cost as well."""
    config.pluginmanager.register(Hearing(), "hearing")
    if config.getoption("durations") is not None:
        config.pluginmanager.register(Pace(), "pace")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Tell what every change needs from what follows, before tests are chosen, and order those that are."""
    divide(items, ENGINES)
    yield
    walks_first(items)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stands for the whole run: the portal's modules and all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


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


@pytest.fixture
def empty_url(engine_name: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    url = new_database(engine_name, tmp_path)
    yield url
    drop_database(url)


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


@pytest.fixture(scope="session")
def shared_engine(template_database: str) -> Iterator[SharedEngine]:
    """What reaches the database of whichever test is running."""
    engine = SharedEngine(template_database)
    yield engine
    engine.dispose()


@pytest.fixture
def opened_database(shared_engine: SharedEngine, database_url: str) -> Iterator[Database]:
    """The test's own database with its connections, which are closed after the test."""
    database = shared_engine.open(database_url)
    yield database
    database.dispose()


@pytest.fixture
def database(opened_database: Database) -> Database:
    """A database of the test's own, pilots loaded."""
    return opened_database


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
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Where each template is compiled once for all workers of a run."""
    folder = common_folder(tmp_path_factory) / "compiled-templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture(scope="session")
def core_app(tmp_path_factory: pytest.TempPathFactory, compiled_templates: FileSystemBytecodeCache) -> Flask:
    """An application on an empty in-memory database, for templates and the command line's shell."""
    app = create_app(settings_for("sqlite://", tmp_path_factory.mktemp("core")))
    app.jinja_env.bytecode_cache = compiled_templates
    return app


@pytest.fixture(scope="session")
def wired_app(tmp_path_factory: pytest.TempPathFactory, compiled_templates: FileSystemBytecodeCache) -> Flask:
    """The application of all page tests: wiring it and compiling its templates costs more than most tests."""
    app = create_app(settings_for("sqlite://", tmp_path_factory.mktemp("wired")))
    app.jinja_env.bytecode_cache = compiled_templates
    app.config["TESTING"] = True
    return app


@pytest.fixture
def app(wired_app: Flask, opened_database: Database, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal on a database of its own; its clock stands at NOW. What a test changes on it is put back."""
    kept = [(each, dict(each)) for each in (wired_app.extensions, wired_app.config, wired_app.view_functions)]
    wired_app.extensions |= {
        "settings": settings_for(database_url, tmp_path),
        "database": opened_database,
        "clock": lambda: NOW,
    }
    yield wired_app
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

    The session does not run out: a test that moves the clock by months is about something else than signing in again.
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


__all__ = ["NOW", "browser", "context", "factories", "own", "page"]
