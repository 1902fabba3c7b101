"""What a start and the command line do with the folder of a county: what they load, and what they tell of mistakes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click import ClickException
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import cli
from marketplace.__main__ import command
from marketplace.config import ROOT
from marketplace.pilots import content, queries, vocabulary
from marketplace.pilots.content import DATA
from marketplace.pilots.models import PilotVersion
from tests.own_content import ANIMALS, ANIMALS_IN_PILOT, load_elsewhere, own_pilot, own_words, write


@pytest.fixture
def portal(database_url: str, own: Path, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """`marketplace …` with the own folder."""
    from click.testing import CliRunner

    def run(*arguments: str, **settings: str) -> tuple[int, str]:
        env = {
            "DATABASE_URL": database_url, "PILOTS_DIR": str(own), "DATA_DIR": str(tmp_path),
            "SECRET_KEY": "x" * 40, "PUBLIC_URL": "https://palvelut.county.fi", "MAIL_FROM": "palvelut@county.fi",
            "MAIL_URL": "smtp://mail.county.fi", **settings,
        }  # fmt: skip
        done = CliRunner().invoke(command, arguments, env=env)
        return done.exit_code, done.output

    return run


def keys_in(database_url: str) -> set[str]:
    engine = sa.create_engine(database_url)
    with Session(engine) as session:
        return set(session.scalars(sa.select(PilotVersion.pilot_key)))


def test_all_loads_the_own_pilots_and_in_production_no_invented_ones(
    portal: Callable[..., tuple[int, str]], own: Path
) -> None:
    own_words(own)
    own_pilot(own)
    code, output = portal("pilots", "load", "--all", MARKETPLACE_ENV="production")
    assert (code, output) == (0, "xanadu-2027: version 1, new\n")
    assert "soite-2018" in portal("pilots", "load", "--all", "--invented", MARKETPLACE_ENV="production")[1]
    assert "soite-2018" in portal("pilots", "load", "--all")[1]


def test_all_without_own_pilots_is_refused_in_production(portal: Callable[..., tuple[int, str]]) -> None:
    code, output = portal("pilots", "load", "--all", MARKETPLACE_ENV="production")
    assert code == 1
    assert "those that come with the portal are invented" in output


def test_a_pilot_that_cannot_be_read_keeps_no_portal_from_starting(
    app: Flask, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_words(own)
    path = own_pilot(own, ANIMALS_IN_PILOT)
    with app.app_context():
        cli.load_pilots_at_start([path, *content.definition_files(shipped=True, own=False)])
        assert "xanadu-2027: version 1, new" in capsys.readouterr().out
        second = path.read_text(encoding="utf-8").replace("key: xanadu-2027", "key: second-2027")
        write(path.parent, "second-2027.yaml", second)
        write(path.parent, path.name, "key: xanadu-2027\nhandeling_days: 3\n")
        cli.load_pilots_at_start(content.definition_files(shipped=False))
    told = capsys.readouterr()
    assert told.out == "second-2027: version 1, new\n"
    assert "Not loaded: xanadu-2027.yaml:2 handeling_days: “handeling_days” is not a key that" in told.err
    with app.extensions["database"].read() as session:
        assert "xanadu_animals" in queries.current_definition(session, "xanadu-2027").service_keys


def test_words_with_a_mistake_keep_all_pilots_as_they_were_loaded(
    app: Flask, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_words(own)
    path = own_pilot(own)
    load_elsewhere(app, path)
    write(own / "data", "services.yaml", ANIMALS.replace("name:", "nmae:"))
    own_pilot(own, ANIMALS_IN_PILOT)
    with app.app_context():
        cli.load_pilots_at_start([path])
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Not loaded: data/services.yaml:2 0.nmae: ")


def test_a_portal_without_any_pilot_does_not_start_with_a_mistake(
    app: Flask, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "pilots", lambda session: [])
    write(own / "data", "bands.yaml", "\t- x\n")
    with app.app_context(), pytest.raises(ClickException, match=r"data/bands\.yaml:1: this line is indented"):
        cli.load_pilots_at_start([own_pilot(own)])


def test_every_mistake_is_one_line_and_no_traceback(
    portal: Callable[..., tuple[int, str]], own: Path
) -> None:
    write(own / "data", "bands.yaml", "\t- x\n")
    code, output = portal("pilots", "load", "--all")
    assert (code, output) == (1, "Error: data/bands.yaml:1: this line is indented with a tab; write spaces\n")
    assert "data/bands.yaml:1: this line is indented with a tab" in portal("check")[1]


def test_the_portal_starts_without_reading_the_words(tmp_path: Path) -> None:
    script = """
from sqlalchemy.orm import configure_mappers
from marketplace.app import create_app
from marketplace.pilots import vocabulary_files
vocabulary_files.FILES = None
create_app()
configure_mappers()
"""
    env = {**os.environ, "DATA_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_broken_shipped_vocabulary_leaves_the_help_readable(
    portal: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "shipped"
    shutil.copytree(DATA, broken)
    (broken / "bands.yaml").write_text("\t- x\n", encoding="utf-8")
    monkeypatch.setattr(content, "DATA", broken)
    monkeypatch.setattr("marketplace.pilots.vocabulary_files.DATA", broken)
    vocabulary.use_content(None)
    assert portal("--help")[0] == 0
    code, output = portal("pilots", "load", "--all")
    assert (code, output) == (1, "Error: bands.yaml:1: this line is indented with a tab; write spaces\n")
    code, output = portal("check")
    assert code == 1
    assert "bands.yaml:1: this line is indented with a tab" in output
    assert "Traceback" not in output
