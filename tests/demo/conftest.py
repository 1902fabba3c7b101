"""The default demo content, which the tests of this folder only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.files.store import FileStore
from tests.default_demo import default_demo


@pytest.fixture(scope="session")
def default(
    engine_name: str, template_database: str, core_app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """The database with the content that `marketplace demo load` makes without options, and the folder of its files."""
    return default_demo(engine_name, template_database, core_app, tmp_path_factory)


@pytest.fixture(scope="session")
def demo_files(default: tuple[str, Path]) -> FileStore:
    """Where the documents of the demo content are kept."""
    return FileStore(default[1], secret="s", limit=0)


@pytest.fixture(scope="session")
def demo_database(default: tuple[str, Path]) -> Iterator[Database]:
    """The database of the demo content."""
    database = Database(default[0])
    yield database
    database.dispose()


@pytest.fixture
def content(demo_database: Database, core_app: Flask) -> Iterator[Session]:
    """A session that reads the demo content."""
    with core_app.app_context(), demo_database.read() as session:
        yield session
