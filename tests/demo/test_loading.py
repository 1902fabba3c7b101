"""Loading: the same seed gives the same content, and what happens where it cannot be loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.applications.models import Application
from marketplace.cli import demo_group
from marketplace.db import Base, Database
from marketplace.demo import service as demo
from marketplace.demo.loading import Loading
from marketplace.demo.people import PASSWORD
from marketplace.demo.rows import ORDER
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.offers.models import Offer
from marketplace.offers.rules import OfferState
from marketplace.providers.models import Provider
from tests.conftest import NOW
from tests.factories import make_user

SMALL: dict[str, Any] = {"providers": 16, "offers": 40, "now": NOW}


def rows_of(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the tables of the content, but for the salted password hashes."""
    tables = [model.__table__ for model in ORDER]
    return {
        table.name: [
            tuple(row)
            for row in session.execute(
                sa.select(
                    *(c for c in table.c if c.name not in ("password_hash", "sha256", "size"))
                ).order_by(*table.primary_key.columns)
            )
        ]
        for table in tables
        if isinstance(table, sa.Table)
    }


def content_with(seed: int, folder: Path, template: Database) -> dict[str, list[tuple[object, ...]]]:
    """The content of a small loading that is rolled back."""
    with template.writing_session() as session:
        loading = Loading(session, FileStore(folder, secret="", limit=0), seed=seed, now=NOW)
        loading.run(providers=16, offers=40, made=lambda count: count)
        rows = rows_of(session)
        session.rollback()
    return rows


def test_the_same_seed_gives_the_same_content(
    shared_database: Database, core_app: Flask, tmp_path: Path
) -> None:
    with core_app.app_context():
        first, second, other = (content_with(seed, tmp_path, shared_database) for seed in (7, 7, 8))
    assert {name: len(rows) for name, rows in first.items()} == {
        name: len(rows) for name, rows in second.items()
    }
    for name, rows in first.items():
        assert rows == second[name], name
    assert first["offer_versions"] != other["offer_versions"]


def test_after_loading_the_portal_goes_on_numbering(
    database: Database, core_app: Flask, tmp_path: Path
) -> None:
    with core_app.app_context():
        demo.load(database, FileStore(tmp_path, secret="", limit=0), seed=1, **SMALL)
    with database.transaction() as session:
        last = session.scalar(sa.select(sa.func.max(User.id))) or 0
        assert make_user(session).id == last + 1


def test_the_smallest_content_still_has_the_demo_provider_and_its_neighbours(
    database: Database, core_app: Flask, tmp_path: Path
) -> None:
    assert demo.is_empty(database)
    with core_app.app_context():
        demo.load(database, FileStore(tmp_path, secret="", limit=0), providers=8, offers=8, seed=3, now=NOW)
    assert not demo.is_empty(database)
    with database.read() as session:
        companies = sa.select(sa.func.count(Provider.id)).where(Provider.business_id != "")
        assert session.scalar(companies) == 8
        offers = sa.select(sa.func.count(Offer.id)).where(Offer.state != OfferState.PRIVATE)
        assert session.scalar(offers) == 8
        assert len(session.scalars(sa.select(Application.id)).all()) >= 5


def test_a_database_without_pilots_is_left_as_it_is(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bare.sqlite'}")
    Base.metadata.create_all(database.engine)
    with pytest.raises(Conflict):
        demo.load(database, FileStore(tmp_path, secret="", limit=0), seed=1, **SMALL)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(User.id))) == 0
    database.dispose()


def test_the_command_loads_once_and_says_so(app: Flask) -> None:
    runner, options = CliRunner(), ["load", "--providers", "8", "--offers", "8"]
    with app.app_context():
        first = runner.invoke(demo_group, options)
        again = runner.invoke(demo_group, options)
        kept = runner.invoke(demo_group, [*options, "--if-empty"])
    assert first.exit_code == 0
    assert again.exit_code != 0
    assert "empty database" in again.output
    assert kept.exit_code == 0
    assert "nothing was loaded" in kept.output


def test_the_welcome_names_the_address_and_the_accounts(demo_database: Database) -> None:
    lines: list[str] = []
    demo.print_welcome(demo_database, "http://127.0.0.1:8000/", lines.append)
    text = "\n".join(lines)
    assert "http://127.0.0.1:8000/" in text
    assert PASSWORD in text
    for name in (
        "coordinator",
        "reviewer",
        "decider",
        "counsellor",
        "payer",
        "payer2",
        "auditor",
        "provider",
    ):
        assert f"  {name}@demo.fi" in text
    assert "soite" in text


def test_without_demo_content_the_welcome_is_only_the_address(database: Database) -> None:
    lines: list[str] = []
    demo.print_welcome(database, "http://127.0.0.1:8000/", lines.append)
    assert lines == ["Palvelutori – Servicetorget: http://127.0.0.1:8000/"]


@pytest.mark.parametrize(("offers", "providers"), [(8, 120), (400, 120), (20_000, 1_000), (200_000, 10_000)])
def test_more_offers_come_from_more_providers(offers: int, providers: int) -> None:
    assert demo.default_providers(offers, pilots=5) == providers
    assert demo.default_providers(offers, pilots=6) >= 140
