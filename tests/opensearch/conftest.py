"""A real OpenSearch server for the tests of the second engine; without Java and a fetched node they are left out."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.backends import SearchServer, search_server
from marketplace.search.catalogue import Catalogue
from scripts.search_server import Server, is_built, server

collect_ignore_glob = [] if is_built() else ["test_*.py"]


def told(figures: str) -> None:
    """Print what was measured, for the notes."""
    sys.stderr.write(f"\n{figures}\n")


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    """A server of one node."""
    with server() as started:
        yield started


@pytest.fixture
def place(running: Server) -> SearchServer:
    """Room on the server that no other test has."""
    return place_on(running)


def place_on(running: Server) -> SearchServer:
    """Room on a server under a name of its own."""
    found = search_server({"SEARCH_URL": running.url(f"t{uuid.uuid4().hex[:12]}")})
    assert found is not None
    return found


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """A catalogue without offers that understands words."""
    return Catalogue(tmp_path_factory.mktemp("words"), analyses=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the embedded index and of the table of words."""
    return tmp_path / "index"
