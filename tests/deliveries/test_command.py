"""`marketplace deliveries import`: the file of the page from the command line, with its result file."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from marketplace.deliveries.commands import deliveries
from marketplace.deliveries.models import Delivery
from marketplace.sheets import read_tables
from tests.deliveries.scenes import make_scene
from tests.deliveries.test_pages import file_of

pytestmark = pytest.mark.embedded


def test_good_rows_are_recorded_once_and_bad_ones_come_back_in_the_result_file(
    app: Flask, tmp_path: Path
) -> None:
    with app.extensions["database"].transaction() as session:
        scene = make_scene(session)
    table, result = tmp_path / "rows.csv", tmp_path / "result.csv"
    table.write_bytes(file_of(scene, "1;A;20.11.2026;8.00;9.00;Suihku", "2;A;20.11.2026;8.30;9.30;Ulkoilu"))
    words = ["import", scene.provider.business_id, str(table), "--as", scene.admin.email]
    for _again in range(2):
        with app.app_context():
            told = app.test_cli_runner().invoke(deliveries, [*words, "--result", str(result)])
        assert told.exit_code == 1
        assert "row 2: recorded: " in told.output
        assert "row 3: refused: Another visit to the same client" in told.output
        assert "1 recorded, 1 refused" in told.output
    with app.extensions["database"].read() as session:
        assert [each.reference for each in session.query(Delivery)] == ["1"]
    [found, *_more] = read_tables(result.read_bytes())
    assert [row[0] for row in found.rows[1:]] == ["2", "1"]


def test_a_stranger_and_an_unknown_company_are_told(app: Flask, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("x")
    for words in (
        ["1234567-8", str(table), "--as", "no@one.fi"],
        ["1", str(table), "--as", "a", "--result", "x"],
    ):
        with app.app_context():
            ended = app.test_cli_runner().invoke(deliveries, ["import", *words])
        assert ended.exit_code != 0
