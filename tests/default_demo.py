"""What `marketplace demo load` makes without options: loaded once in a run for each engine, and only read."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from marketplace.db import Database
from marketplace.demo import service as demo
from marketplace.files.store import FileStore
from tests.databases import copy_database
from tests.factories import NOW
from tests.once import made_once


def default_demo(
    engine_name: str, template: str, app: Flask, factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """The URL of its database and the folder of its files."""

    def make(folder: Path) -> str:
        url = copy_database(template, folder / "demo.sqlite")
        database = Database(url)
        with app.app_context():
            demo.load(
                database,
                FileStore(folder / "files", secret="s", limit=0),
                providers=None,
                offers=400,
                seed=1,
                now=NOW,
            )
        database.dispose()
        return url

    url, folder = made_once(factory, f"default-demo-{engine_name}", make)
    return url, folder / "files"
