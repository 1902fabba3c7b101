"""What every race stands on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from marketplace import pdf
from marketplace.db import Database
from marketplace.pilots.vocabulary import ORGANISATIONS
from tests.databases import copy_database, drop_database
from tests.mandated import accept

ROLE = "NIMKO"
"""The role of the register of mandates that is enough for every organisation here."""


@pytest.fixture(autouse=True)
def roles_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Organisations say by which role somebody may act for a company."""
    accept(monkeypatch, dict.fromkeys(ORGANISATIONS, (ROLE,)))


@pytest.fixture(autouse=True)
def documents_are_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What decisions and contracts look like is tested elsewhere, and takes longer than all the rest of a race."""
    numbers = count()

    def written(template: str, _content: Any, _now: Any) -> bytes:
        return f"%PDF-1.7 {template} {next(numbers)}".encode()

    monkeypatch.setattr(pdf, "_compiled", written)


@pytest.fixture(scope="module")
def races(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all pairs of a file: each has a thing of its own."""
    url = copy_database(template_database, tmp_path_factory.mktemp("races") / "races.sqlite")
    database = Database(url)
    yield database
    database.dispose()
    drop_database(url)
