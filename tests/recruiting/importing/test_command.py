"""`marketplace providers import` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from marketplace.__main__ import command
from marketplace.providers.models import Provider
from tests.recruiting.importing.tables import csv_file

FILES = Path(__file__).parent / "files"


def run(app: Flask, *arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, ["providers", "import", *map(str, arguments)], obj=app)
    return result.exit_code, result.output


def count(app: Flask) -> int | None:
    with app.extensions["database"].read() as session:
        count: int | None = session.scalar(sa.select(sa.func.count(Provider.id)))
    return count


def test_a_clean_file_is_imported_and_the_exit_is_zero(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "clean.csv").write_bytes(csv_file())
    code, output = run(app, "keusote-2022", tmp_path / "clean.csv")
    assert (code, count(app)) == (0, 2)
    assert "3 rows: 3 created, 0 updated, 0 unchanged, 0 refused" in output
    code, output = run(app, "keusote-2022", tmp_path / "clean.csv")
    assert (code, count(app)) == (0, 2)
    assert "0 created, 0 updated, 3 unchanged, 0 refused" in output


@pytest.mark.parametrize(("options", "providers"), [([], 3), (["--all-or-nothing"], 0), (["--dry-run"], 0)])
def test_refused_rows_make_the_exit_non_zero(app: Flask, options: list[str], providers: int) -> None:
    code, output = run(app, "keusote-2022", FILES / "keusote.csv", *options)
    assert (code, count(app)) == (1, providers)
    assert "row 11   refused    9100040-0 Päiväkumpu ry: municipalities: outside the area" in output


def test_a_file_that_cannot_be_read_says_why_in_english(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    assert run(app, "keusote-2022", tmp_path / "empty.csv") == (1, "Error: The file is empty.\n")
    assert run(app, "nobody", FILES / "soite.csv")[1].startswith(
        "Error: There is no pilot “nobody”. Pilots: "
    )
