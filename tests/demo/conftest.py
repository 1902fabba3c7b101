"""The default demo content, loaded once for each engine and only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.demo import service as demo
from marketplace.files.store import FileStore
from tests.conftest import NOW
from tests.databases import copy_database, drop_database


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    """Where the documents of the demo content are kept."""
    return FileStore(tmp_path_factory.mktemp("files"), secret="s", limit=0)


@pytest.fixture(scope="session")
def demo_database(
    template_database: str, core_app: Flask, demo_files: FileStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with the content that `marketplace demo load` makes without options."""
    copy = copy_database(template_database, tmp_path_factory.mktemp("demo") / "demo.sqlite")
    database = Database(copy)
    with core_app.app_context():
        demo.load(database, demo_files, providers=None, offers=400, seed=1, now=NOW)
    yield database
    database.dispose()
    drop_database(copy)


@pytest.fixture
def content(demo_database: Database, core_app: Flask) -> Iterator[Session]:
    """A session that reads the demo content."""
    with core_app.app_context(), demo_database.read() as session:
        yield session
